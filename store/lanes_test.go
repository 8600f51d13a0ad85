package store

import (
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/botd-chat/botd/chat"
)

// TestLanes does whatever comes to its mind with lanes, and compares with a
// model of a few lines: who is handed out when, in which order, and what is
// refused to those who come late.
func TestLanes(t *testing.T) {
	m := &model{t: t, path: filepath.Join(t.TempDir(), "botd.db"), clock: newHand()}
	m.open()
	defer func() { must(t, m.s.Close()) }()
	rapid.Check(t, func(rt *rapid.T) {
		m.begin()
		rt.Repeat(map[string]func(*rapid.T){
			"":              m.check,
			"accept":        m.accept,
			"time":          m.time,
			"take events":   m.takeEvents,
			"end event":     m.endEvent,
			"take messages": m.takeMessages,
			"work":          m.workOnMessage,
			"reopen":        m.reopen,
		})
	})
}

type modelLane struct {
	waits  []string // what is in it, head first
	due    time.Time
	take   int64
	leased bool
}

// model is what the store should be.
type model struct {
	t        *testing.T
	s        *Store
	clock    *hand
	path     string
	lanes    map[string]*modelLane
	keys     map[string]chat.ReceiptID
	seen     map[string]chat.EventID // by key and group
	events   []chat.EventWork        // taken, and perhaps too late by now
	messages []chat.MessageWork      // likewise
	said     int
}

const lease = 30 * time.Second

func (m *model) open() {
	var err error
	m.s, err = Open(m.t.Context(), Options{URL: "sqlite:" + m.path, Clock: m.clock.now})
	must(m.t, err)
	must(m.t, m.s.writer.sql("PRAGMA synchronous = OFF")) // what is kept through a crash is for other tests
}

// begin empties both the store and the model.
func (m *model) begin() {
	must(m.t, m.s.tx(m.t.Context(), func(q *tx) error {
		for _, table := range []string{"event", "message", "delivery", "attempt", "lane", "seen"} {
			if _, err := q.exec("DELETE FROM " + table); err != nil {
				return err
			}
		}
		return nil
	}))
	m.lanes, m.keys, m.seen = map[string]*modelLane{}, map[string]chat.ReceiptID{}, map[string]chat.EventID{}
	m.events, m.messages = nil, nil
}

func (m *model) add(lane, what string) {
	l := m.lanes[lane]
	if l == nil {
		l = &modelLane{}
		m.lanes[lane] = l
	}
	if len(l.waits) == 0 && l.due.Before(m.clock.now()) {
		l.due = m.clock.now()
	}
	l.waits = append(l.waits, what)
}

func (m *model) accept(t *rapid.T) {
	groups := rapid.SliceOfNDistinct(rapid.SampledFrom([]chat.GroupID{"a", "b", "c"}), 1, 3, rapid.ID).Draw(t, "groups")
	a := arrival(rapid.SampledFrom([]string{"", "k1", "k2", "k3"}).Draw(t, "key"), groups...)
	a.Bot = rapid.SampledFrom([]chat.BotName{"quiz", "notice"}).Draw(t, "bot")
	if a.Key != "" {
		a.Key = fmt.Sprintf("%s/%s", a.Bot, a.Key)
	}
	r, err := m.s.Accept(m.t.Context(), a)
	if err != nil {
		t.Fatal(err)
	}
	repeated := true
	for i, g := range groups {
		if first, known := m.keys[a.Key]; known && r.ID != first {
			t.Fatalf("%s: receipt %+v, first %s", a.Key, r, first)
		}
		if first, known := m.seen[a.Key+"/"+string(g)]; known {
			if r.Events[i] != first {
				t.Fatalf("%s in %s: receipt %+v, first %s", a.Key, g, r, first)
			}
			continue
		}
		repeated = false
		if a.Key != "" {
			m.keys[a.Key], m.seen[a.Key+"/"+string(g)] = r.ID, r.Events[i]
		}
		m.add(eventLane(a.Bot, g), r.Events[i].String())
	}
	if r.Repeated != repeated || len(r.Events) != len(groups) {
		t.Fatalf("receipt %+v for groups %q, repeated: %v", r, groups, repeated)
	}
}

func (m *model) time(t *rapid.T) {
	m.clock.move(time.Duration(rapid.IntRange(1, 40).Draw(t, "seconds")) * time.Second)
}

// taken checks one lane that was handed out.
func (m *model) taken(t *rapid.T, l chat.Lease, head string) {
	lane := m.lanes[l.Lane]
	if lane == nil || len(lane.waits) == 0 || lane.due.After(m.clock.now()) {
		t.Fatalf("lane %s was handed out: %+v", l.Lane, lane)
	}
	newer := l.Take > lane.take
	lane.take = l.Take
	lane.due, lane.leased = m.clock.now().Add(lease), true
	if head != lane.waits[0] || !newer || !l.Until.Equal(lane.due) {
		t.Fatalf("lane %s handed out %s under %+v; want %s under a new take", l.Lane, head, l, lane.waits[0])
	}
}

func (m *model) due(kind byte) (now int, next time.Time) {
	for name, l := range m.lanes {
		if name[0] != kind || len(l.waits) == 0 {
			continue
		}
		if !l.due.After(m.clock.now()) {
			now++
		} else if next.IsZero() || l.due.Before(next) {
			next = l.due
		}
	}
	return now, next
}

func (m *model) handedOut(t *rapid.T, kind byte, limit, before, got int, next time.Time) {
	if got != min(before, limit) {
		t.Fatalf("%d lanes were handed out of %d that are due, at most %d", got, before, limit)
	}
	if _, want := m.due(kind); !next.Equal(want) {
		t.Fatalf("the next lane is said to fall due at %s, not %s", next, want)
	}
}

func (m *model) takeEvents(t *rapid.T) {
	limit := rapid.IntRange(0, 4).Draw(t, "limit")
	before, _ := m.due('e')
	list, next, err := m.s.TakeEvents(m.t.Context(), limit, lease)
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range list {
		m.taken(t, w.Lease, w.Event.ID.String())
	}
	m.handedOut(t, 'e', limit, before, len(list), next)
	m.events = append(m.events, list...)
}

func (m *model) takeMessages(t *rapid.T) {
	limit := rapid.IntRange(0, 4).Draw(t, "limit")
	before, _ := m.due('m')
	list, next, err := m.s.TakeMessages(m.t.Context(), limit, lease)
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range list {
		m.taken(t, w.Lease, w.Message.Message.Text)
	}
	m.handedOut(t, 'm', limit, before, len(list), next)
	m.messages = append(m.messages, list...)
}

// draw takes one of the works out of the list, perhaps one that is too late.
func draw[T any](t *rapid.T, list *[]T) T {
	if len(*list) == 0 {
		t.Skip("nothing was taken")
	}
	i := rapid.IntRange(0, len(*list)-1).Draw(t, "which")
	w := (*list)[i]
	*list = slices.Delete(*list, i, i+1)
	return w
}

// holds says whether a lease is still good, and ends the round for the model.
func (m *model) holds(l chat.Lease) bool {
	lane := m.lanes[l.Lane]
	return lane.leased && lane.take == l.Take
}

func (m *model) release(l chat.Lease, gone bool, due time.Time) {
	lane := m.lanes[l.Lane]
	lane.leased, lane.due = false, later(due, m.clock.now())
	if gone {
		lane.waits = lane.waits[1:]
	}
}

func (m *model) endEvent(t *rapid.T) {
	w := draw(t, &m.events)
	end := chat.EventEnd{Lease: w.Lease, Event: w.Event.ID}
	to := rapid.SampledFrom([]chat.Stand{{Status: chat.Done, Outcome: chat.Handled}, {Status: chat.Done, Outcome: chat.Handled}, {Status: chat.Ready},
		{Status: chat.Dead, Outcome: chat.Failed}, {Status: chat.Held, Outcome: chat.Refused}}).Draw(t, "status")
	end.Status, end.Outcome = to.Status, to.Outcome
	if end.Status == chat.Done {
		for range rapid.IntRange(0, 3).Draw(t, "messages") {
			m.said++
			say := chat.Admins.Say("%d", m.said)
			say[0].Priority = rapid.SampledFrom([]chat.Priority{"", chat.High, chat.Low}).Draw(t, "priority")
			end.Messages = append(end.Messages, say...)
		}
	}
	if end.Status == chat.Ready {
		end.Due = m.clock.now().Add(time.Duration(rapid.IntRange(-5, 20).Draw(t, "due")) * time.Second)
	}
	holds := m.holds(w.Lease)
	m.compare(t, holds, m.s.EndEvent(m.t.Context(), end))
	if !holds {
		return
	}
	due := m.clock.now()
	if end.Status == chat.Ready {
		due = end.Due
	}
	m.release(w.Lease, end.Status != chat.Ready, due)
	for _, say := range end.Messages {
		m.add(messageLane(w.Event.App, w.Event.Group, say.Priority), say.Text)
	}
}

func (m *model) compare(t *rapid.T, holds bool, err error) {
	if holds && err != nil {
		t.Fatal(err)
	}
	if !holds && !errors.Is(err, chat.ErrLeaseLost) {
		t.Fatalf("who came too late got %v", err)
	}
}

func (m *model) workOnMessage(t *rapid.T) {
	w := draw(t, &m.messages)
	holds := m.holds(w.Lease)
	if w.Message.Snapshot == "" {
		var err error
		w.Deliveries, err = resolved(m.t.Context(), m.s, w, people(m.t, "boss"), people(m.t, "hana"))
		m.compare(t, holds, err)
	}
	round := chat.Round{Lease: w.Lease, Message: w.Message.ID}
	for i, d := range w.Deliveries {
		w.Deliveries[i] = started(d, m.clock.now())
		round.Attempts = append(round.Attempts, sent(w, w.Deliveries[i], m.clock.now()).Attempts...)
	}
	if len(w.Deliveries) > 0 {
		_, err := m.s.Begin(m.t.Context(), chat.Begin{Lease: w.Lease, Message: w.Message.ID, Deliveries: w.Deliveries})
		m.compare(t, holds, err)
	}
	round.Deliveries = w.Deliveries
	switch rapid.IntRange(0, 3).Draw(t, "then") {
	case 0: // the process dies here, or takes too long
		if holds {
			m.messages = append(m.messages, chat.MessageWork{Lease: w.Lease, Message: chat.MessageRecord{ID: w.Message.ID, Snapshot: "resolved"}})
		}
		return
	case 1:
		round.Due = m.clock.now().Add(7 * time.Second)
	default:
		to := rapid.SampledFrom([]chat.Stand{{Status: chat.Done, Outcome: chat.Sent}, {Status: chat.Dead, Outcome: chat.Failed},
			{Status: chat.Held, Outcome: chat.Unknown}}).Draw(t, "end")
		round.End = &chat.MessageEnd{Status: to.Status, Outcome: to.Outcome}
	}
	m.compare(t, holds, m.s.EndRound(m.t.Context(), round))
	if holds {
		m.release(w.Lease, round.End != nil, round.Due)
	}
}

func (m *model) reopen(t *rapid.T) {
	if rapid.IntRange(0, 3).Draw(t, "really") > 0 {
		t.Skip("it takes long")
	}
	must(m.t, m.s.Close())
	m.open()
	back := map[time.Duration]bool{}
	for name, l := range m.lanes {
		if !l.leased {
			continue
		}
		l.leased, l.due = false, m.clock.now()
		if strings.HasPrefix(name, "e/") {
			wait := m.comesBack(name)
			if wait%apart != 0 || wait > 0 && back[wait] {
				t.Fatalf("lane %s comes back after %v; others after %v", name, wait, back)
			}
			back[wait], l.due = true, l.due.Add(wait)
		}
	}
}

// comesBack is how long after the start a lane is due.
func (m *model) comesBack(lane string) time.Duration {
	var due int64
	must(m.t, m.s.reader.view(m.t.Context(), func(v view) error {
		return v.one(`SELECT due_at FROM lane WHERE name = $1`, lane).Scan(&due)
	}))
	return fromMicros(due).Sub(m.clock.now())
}

func (m *model) check(t *rapid.T) {
	rows := map[string]string{}
	err := m.s.reader.view(m.t.Context(), func(v view) error {
		var wrong int
		if err := v.one(drifted).Scan(&wrong); err != nil || wrong > 0 {
			return fmt.Errorf("%d lanes do not count what is in them (%w)", wrong, err)
		}
		return v.each(func(row scanner) error {
			var name, is string
			err := row.Scan(&name, &is)
			rows[name] = is
			return err
		}, `SELECT name, n || ' due ' || due_at || ' take ' || take || ' leased ' || leased FROM lane`)
	})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{}
	for name, l := range m.lanes {
		leased := 0
		if l.leased {
			leased = 1
		}
		want[name] = fmt.Sprintf("%d due %d take %d leased %d", len(l.waits), micros(l.due), l.take, leased)
	}
	if !maps.Equal(rows, want) {
		t.Fatalf("lanes:\n%v\nwant:\n%v", rows, want)
	}
}
