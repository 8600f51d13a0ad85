package store

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/botd-chat/botd/chat"
)

func TestEvents(t *testing.T) {
	s, clock := newStore(t)
	began := clock.now()
	var receipt chat.ReceiptID
	for i := 1; i <= 12; i++ {
		a := arrival("", chat.GroupID(fmt.Sprintf("g%d", i%3)))
		if i%4 == 0 {
			a.Bot = "notice"
		}
		if r := accept(t, s, a); i == 5 {
			receipt = r.ID
		}
		clock.move(time.Minute)
	}
	for _, w := range takeEvents(t, s, 2) { // 1 and 2
		must(t, s.EndEvent(t.Context(), chat.EventEnd{Lease: w.Lease, Event: w.Event.ID, Status: chat.Dead, Outcome: chat.Failed, Reason: "it panics"}))
	}
	for _, tt := range []struct {
		name string
		f    Filter
		want []chat.EventID
		next chat.EventID
	}{
		{"all, newest first", Filter{}, []chat.EventID{12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1}, 0},
		{"the first page", Filter{Limit: 5}, []chat.EventID{12, 11, 10, 9, 8}, 8},
		{"the next page", Filter{Limit: 5, Before: 8}, []chat.EventID{7, 6, 5, 4, 3}, 3},
		{"the last page", Filter{Limit: 5, Before: 3}, []chat.EventID{2, 1}, 0},
		{"a page that just fits", Filter{Limit: 2, Before: 3}, []chat.EventID{2, 1}, 0},
		{"a bot's", Filter{Bot: "notice"}, []chat.EventID{12, 8, 4}, 0},
		{"a group's", Filter{Group: "g0"}, []chat.EventID{12, 9, 6, 3}, 0},
		{"a bot's in a group", Filter{Bot: "quiz", Group: "g0"}, []chat.EventID{9, 6, 3}, 0},
		{"an app's", Filter{App: "other"}, nil, 0},
		{"the dead", Filter{Status: chat.Dead}, []chat.EventID{2, 1}, 0},
		{"those that wait, of a bot", Filter{Status: chat.Ready, Bot: "quiz", Limit: 2}, []chat.EventID{11, 10}, 10},
		{"what is done", Filter{Status: chat.Done}, nil, 0},
		{"a receipt's", Filter{Receipt: receipt}, []chat.EventID{5}, 0},
		{"in a time", Filter{Since: began.Add(3 * time.Minute), Until: began.Add(5 * time.Minute)}, []chat.EventID{5, 4}, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			list, next, err := s.Events(t.Context(), tt.f)
			must(t, err)
			var got []chat.EventID
			for _, e := range list {
				got = append(got, e.ID)
				if e.Payload != nil {
					t.Errorf("a listing shows content: %s", e.Payload)
				}
			}
			if !slices.Equal(got, tt.want) || next != tt.next {
				t.Errorf("got %v and next %s, want %v and %s", got, next, tt.want, tt.next)
			}
		})
	}
	if _, _, err := s.Events(t.Context(), Filter{Status: "lost"}); err == nil || !strings.Contains(err.Error(), "have ready, held, done, dead") {
		t.Errorf("an unknown status: %v", err)
	}
	c, err := s.Counts(t.Context())
	must(t, err)
	// Both bots have a lane in each group; event 3 has waited for longest.
	if diff := cmp.Diff(Count{Ready: 10, Dead: 2, Due: 6, Age: 10 * time.Minute}, c.Events); diff != "" {
		t.Error(diff)
	}
	if c.Commits == 0 || c.Calls < c.Commits {
		t.Errorf("%d calls in %d commits", c.Calls, c.Commits)
	}
}

func TestCountStuck(t *testing.T) {
	s, clock := newStore(t)
	w, d := oneMessage(t, s, people(t, "boss"))
	x := started(d[0], clock.now())
	_, err := s.Begin(t.Context(), chat.Begin{Lease: w.Lease, Message: w.Message.ID, Deliveries: []chat.Delivery{x}})
	must(t, err)
	r := sent(w, x, clock.now())
	r.Deliveries[0].Status, r.Deliveries[0].Outcome = chat.Held, chat.Unknown
	r.End = &chat.MessageEnd{Status: chat.Held, Outcome: chat.Unknown, Reason: "nobody knows"}
	must(t, s.EndRound(t.Context(), r))
	if list, _, err := s.Events(t.Context(), Filter{Status: chat.Held}); err != nil || len(list) != 1 || list[0].ID != w.Message.Event {
		t.Errorf("the event of a held message is not among what is held: %v, %v", list, err)
	}
	if list, _, err := s.Events(t.Context(), Filter{Status: chat.Dead}); err != nil || len(list) != 0 {
		t.Errorf("it is among what is dead: %v, %v", list, err)
	}
	c, err := s.Counts(t.Context())
	must(t, err)
	if diff := cmp.Diff([]Count{{Held: 1}, {Held: 1}}, []Count{c.Messages, c.Deliveries}); diff != "" {
		t.Error(diff)
	}
	if list := takeMessages(t, s, 1); len(list) != 0 {
		t.Errorf("a message that waits for a person was handed out: %+v", list)
	}
}

func TestNotFound(t *testing.T) {
	s, _ := newStore(t)
	if _, err := s.History(t.Context(), 17); !errors.Is(err, ErrNotFound) || !strings.Contains(err.Error(), "e17") {
		t.Errorf("history: %v", err)
	}
	if _, err := s.Snapshot(t.Context(), "beef"); !errors.Is(err, ErrNotFound) {
		t.Errorf("snapshot: %v", err)
	}
}

func TestState(t *testing.T) {
	s, _ := newStore(t)
	run := func(g chat.GroupID, after chat.State) chat.State {
		t.Helper()
		accept(t, s, arrival("", g))
		w := takeEvents(t, s, 1)[0]
		end := done(w)
		end.State = after
		must(t, s.EndEvent(t.Context(), end))
		return w.State
	}
	one := chat.State{"n": []byte(`1`)}
	for i, tt := range []struct {
		group       chat.GroupID
		sees, saves chat.State
	}{
		{"g", chat.State{}, one},
		{"other", chat.State{}, nil},
		{"g", one, nil}, // left alone
		{"g", one, chat.State{"m": []byte(`[2]`)}},
		{"g", chat.State{"m": []byte(`[2]`)}, chat.State{}}, // cleared
		{"g", chat.State{}, nil},
	} {
		if diff := cmp.Diff(tt.sees, run(tt.group, tt.saves)); diff != "" {
			t.Errorf("run %d: %s", i+1, diff)
		}
	}
}

// A row that cannot be understood must not hold up the other lanes.
func TestDamagedRows(t *testing.T) {
	var log bytes.Buffer
	clock := newHand()
	s, err := Open(t.Context(), Options{URL: "sqlite:" + filepath.Join(t.TempDir(), "botd.db"), Clock: clock.now,
		Log: slog.New(slog.NewTextHandler(&log, nil))})
	must(t, err)
	defer func() { must(t, s.Close()) }()
	accept(t, s, arrival("", "a"))
	accept(t, s, arrival("", "b"))
	accept(t, s, arrival("", "c"))
	must(t, s.tx(t.Context(), func(q *tx) error {
		_, err := q.exec(`INSERT INTO state (bot, group_id, data) VALUES ('quiz', 'a', '{')`)
		return errors.Join(err, q.each(nil, `UPDATE event SET status = 'done' WHERE group_id = 'b'`))
	}))
	list := takeEvents(t, s, 5)
	if len(list) != 1 || list[0].Event.Group != "c" {
		t.Errorf("took %+v", list)
	}
	for _, want := range []string{"lane=e/quiz/a", "lane=e/quiz/b", "had none"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log does not say %q: %s", want, log.String())
		}
	}
	log.Reset()
	clock.move(time.Hour)
	if takeEvents(t, s, 5); strings.Contains(log.String(), "had none") {
		t.Errorf("the empty lane was taken again: %s", log.String())
	}
}
