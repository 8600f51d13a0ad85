package store

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/botd-chat/botd/chat"
)

// score has an event answered with messages, and returns their ids.
func score(t *testing.T, s *Store, said ...chat.Message) []chat.MessageID {
	t.Helper()
	e := accept(t, s, arrival("", "@TGS#1")).Events[0]
	must(t, s.EndEvent(t.Context(), done(takeEvents(t, s, 1)[0], said...)))
	h, err := s.History(t.Context(), e)
	must(t, err)
	var ids []chat.MessageID
	for _, m := range h.Messages {
		ids = append(ids, m.ID)
	}
	return ids
}

func withKey(key, text string) chat.Message {
	return chat.Collapse(key, chat.Admins.Say("%s", text))[0]
}

// counts fails unless every lane counts what is ready in it.
func counts(t *testing.T, s *Store) {
	t.Helper()
	must(t, s.tx(t.Context(), func(q *tx) error {
		return q.each(func(row scanner) error {
			var lane string
			var n, ready int
			err := row.Scan(&lane, &n, &ready)
			if n != ready {
				t.Errorf("lane %s counts %d, and %d are ready", lane, n, ready)
			}
			return err
		}, `SELECT name, n, (SELECT COUNT(*) FROM message WHERE lane = name AND status = 'ready') FROM lane WHERE kind = 'message'`)
	}))
}

// standings says of each message how it stands, in one line.
func standings(t *testing.T, s *Store, ids ...chat.MessageID) string {
	t.Helper()
	var list []string
	for _, id := range ids {
		m := message(t, s, id)
		list = append(list, strings.TrimSpace(fmt.Sprintf("%s %s", m.Status, m.Outcome)))
	}
	return strings.Join(list, ", ")
}

func TestOfABacklogWithOneKeyOnlyTheNewestIsLeft(t *testing.T) {
	s, _ := newStore(t)
	first := score(t, s, chat.Admins.Say("no key")[0], withKey("score", "1"), withKey("other", "1"))
	low := withKey("score", "2")
	low.Priority = chat.Low
	second := score(t, s, withKey("score", "3"), low, withKey("score", "4"))
	third := score(t, s, withKey("score", "5"))
	if got := standings(t, s, append(append(first, second...), third...)...); got != "ready, done dropped, ready, done dropped, done dropped, done dropped, ready" {
		t.Errorf("they stand %s", got)
	}
	counts(t, s)
	if m := message(t, s, second[0]); m.Reason != chat.ReplacedReason(second[2]) || m.Ended.IsZero() {
		t.Errorf("it was dropped because %q", m.Reason)
	}
	if m := message(t, s, first[1]); !strings.HasPrefix(m.Reason, second[2].String()+" is newer") {
		t.Errorf("it was dropped because %q, not in favour of %s", m.Reason, second[2])
	}
}

func TestAKeyIsOfOneBotInOneGroup(t *testing.T) {
	s, _ := newStore(t)
	own := score(t, s, withKey("score", "1"))
	for _, change := range []func(*chat.Arrival){
		func(a *chat.Arrival) { a.Groups = []chat.GroupID{"@TGS#2"} },
		func(a *chat.Arrival) { a.Bot = "other" },
	} {
		a := arrival("", "@TGS#1")
		change(&a)
		accept(t, s, a)
		must(t, s.EndEvent(t.Context(), done(takeEvents(t, s, 1)[0], withKey("score", "2"))))
	}
	if got := standings(t, s, own...); got != "ready" {
		t.Errorf("it stands %s", got)
	}
}

func TestWhatIsInHandGoesAndTheNewestOfTheRestAfterIt(t *testing.T) {
	s, clock := newStore(t)
	ids := score(t, s, withKey("score", "1"))
	w := takeMessages(t, s, 1)[0]
	ids = append(ids, score(t, s, withKey("score", "2"))...)
	ids = append(ids, score(t, s, withKey("score", "3"))...)
	if got := standings(t, s, ids...); got != "ready, done dropped, ready" {
		t.Errorf("they stand %s", got)
	}
	counts(t, s)
	d := resolve(t, s, w, people(t, "boss"))
	d[0] = started(d[0], clock.now())
	_, err := s.Begin(t.Context(), chat.Begin{Lease: w.Lease, Message: w.Message.ID, Deliveries: d})
	must(t, err)
	must(t, s.EndRound(t.Context(), sent(w, d[0], clock.now())))
	counts(t, s)
	if next := takeMessages(t, s, 1); len(next) != 1 || next[0].Message.ID != ids[2] {
		t.Errorf("then comes %+v", next)
	}
}

func TestWhatWasInHandAndWaitsAgainGivesWayToANewerOne(t *testing.T) {
	s, clock := newStore(t)
	ids := score(t, s, withKey("score", "1"))
	w := takeMessages(t, s, 1)[0]
	ids = append(ids, score(t, s, withKey("score", "2"))...)
	newer, err := s.Newer(t.Context(), ids[0])
	if err != nil || newer != ids[1] {
		t.Errorf("newer is %s, %v", newer, err)
	}
	must(t, s.EndRound(t.Context(), chat.Round{Lease: w.Lease, Message: w.Message.ID, Keyed: true, Waits: "waits", Due: clock.now().Add(time.Hour)}))
	ids = append(ids, score(t, s, withKey("score", "3"))...)
	if got := standings(t, s, ids...); got != "done dropped, done dropped, ready" {
		t.Errorf("they stand %s", got)
	}
	counts(t, s)
}

// A worker may hold more of a lane than its head.
func TestARoundOfAMessageThatWasReplacedMeanwhileOnlyGivesTheLaneBack(t *testing.T) {
	for name, round := range map[string]chat.Round{
		"it waits":  {Waits: "waits", Due: time.Date(2026, 3, 4, 10, 0, 0, 0, time.UTC)},
		"it ended":  {End: &chat.MessageEnd{Status: chat.Done, Outcome: chat.Nobody}},
		"its parts": {},
	} {
		t.Run(name, func(t *testing.T) {
			s, _ := newStore(t)
			head := score(t, s, chat.Admins.Say("in front")[0])
			ids := score(t, s, withKey("score", "1"))
			w := takeMessages(t, s, 1)[0]
			w.Message.ID = ids[0]
			d := resolve(t, s, w, people(t, "boss"))
			ids = append(ids, score(t, s, withKey("score", "2"))...)
			if _, err := s.Begin(t.Context(), chat.Begin{Lease: w.Lease, Message: ids[0], Deliveries: []chat.Delivery{started(d[0], time.Now())}}); err == nil {
				t.Error("an attempt was begun of what was dropped")
			}
			round.Lease, round.Message, round.Keyed, round.Deliveries = w.Lease, ids[0], true, d
			must(t, s.EndRound(t.Context(), round))
			if got := standings(t, s, append(head, ids...)...); got != "ready, done dropped, ready" {
				t.Errorf("they stand %s", got)
			}
			if got := stands(t, s, ids[0]); got != "done dropped: dropped" {
				t.Errorf("it stands %s", got)
			}
			counts(t, s)
			if next := takeMessages(t, s, 1); len(next) != 1 || next[0].Message.ID != head[0] {
				t.Errorf("then comes %+v", next)
			}
		})
	}
}

func TestWhatWasBegunIsNotReplaced(t *testing.T) {
	for name, end := range map[string]func(*chat.Delivery, *chat.Attempt){
		"with an outcome nobody knows": func(_ *chat.Delivery, a *chat.Attempt) { a.Result = chat.Unclear },
		"with a definite no":           func(d *chat.Delivery, a *chat.Attempt) { a.Result, d.Series, d.Digest = chat.No, time.Time{}, "" },
	} {
		t.Run(name, func(t *testing.T) {
			s, clock := newStore(t)
			ids := score(t, s, withKey("score", "1"))
			w := takeMessages(t, s, 1)[0]
			d := resolve(t, s, w, people(t, "boss"))
			d[0] = started(d[0], clock.now())
			_, err := s.Begin(t.Context(), chat.Begin{Lease: w.Lease, Message: w.Message.ID, Deliveries: d})
			must(t, err)
			a := chat.Attempt{Delivery: d[0].ID, N: 1, Began: clock.now(), Ended: clock.now()}
			end(&d[0], &a)
			must(t, s.EndRound(t.Context(), chat.Round{Lease: w.Lease, Message: ids[0], Keyed: true, Deliveries: d, Attempts: []chat.Attempt{a}, Due: clock.now().Add(time.Second)}))
			ids = append(ids, score(t, s, withKey("score", "2"))...)
			if got := standings(t, s, ids...); got != "ready, ready" {
				t.Errorf("they stand %s", got)
			}
			counts(t, s)
		})
	}
}

func TestWhatAPersonHasSentAgainHasNoKey(t *testing.T) {
	s, _ := newStore(t)
	old := score(t, s, withKey("score", "old"))
	must(t, s.EndRound(t.Context(), chat.Round{Lease: takeMessages(t, s, 1)[0].Lease, Message: old[0], Keyed: true, End: &refused}))
	waits := score(t, s, withKey("score", "new"))
	again, err := s.RetryMessage(t.Context(), old[0], false, ann)
	must(t, err)
	if got := standings(t, s, waits[0], again); got != "ready, ready" {
		t.Errorf("after the retry: %s", got)
	}
	newest := score(t, s, withKey("score", "newest"))
	if got := standings(t, s, waits[0], again, newest[0]); got != "done dropped, ready, ready" {
		t.Errorf("after a newer one: %s", got)
	}
	if newer, err := s.Newer(t.Context(), again); err != nil || newer != 0 {
		t.Errorf("%s takes its place, %v", newer, err)
	}
	counts(t, s)
}
