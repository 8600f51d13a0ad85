package store

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/botd-chat/botd/chat"
)

// everything is all that the store holds, as text.
func everything(t *testing.T, s *Store) string {
	t.Helper()
	var b strings.Builder
	must(t, s.reader.view(t.Context(), func(v view) error {
		for table, columns := range map[string]string{
			"event": "sender || CAST(payload AS TEXT) || reason", "message": "sender || body || ceiling || limited_to || reason",
			"delivery": "recipients || lost || reason", "attempt": "error", "timer": "sender || key || payload || name", "snapshot": "members", "erasure": "app || hash || who || counts",
		} {
			err := v.each(func(row scanner) error {
				var text string
				err := row.Scan(&text)
				fmt.Fprintln(&b, table, text)
				return err
			}, `SELECT `+columns+` FROM `+table)
			if err != nil {
				return err
			}
		}
		return nil
	}))
	return b.String()
}

func TestAUserIsErasedFromWhatIsOver(t *testing.T) {
	s, h := newStore(t)
	// Caused by minji, to boss and minji; then by boss, to minji alone, by name.
	a := arrival("a", "@TGS#1")
	a.Payload = []byte(`{"answer":"B","user":"minji"}`)
	accept(t, s, a)
	w := takeEvents(t, s, 1)[0]
	end := done(w, chat.Admins.Or(chat.Users("minji")).Say("minji said B")...)
	end.State = chat.State{"scores": []byte(`{"minji":3}`), "other": []byte(`{"minjix":3}`)}
	must(t, s.EndEvent(t.Context(), end))
	send := func(to ...chat.UserID) {
		m := takeMessages(t, s, 1)[0]
		d := resolve(t, s, m, people(t, to...))
		d[0] = started(d[0], h.now())
		d[0].Lost = []chat.Exclusion{{User: "minji", Reason: "left", At: h.now()}}
		_, err := s.Begin(t.Context(), chat.Begin{Lease: m.Lease, Message: m.Message.ID, Deliveries: d})
		must(t, err)
		must(t, s.EndRound(t.Context(), sent(m, d[0], h.now())))
	}
	send("boss", "minji")
	b := arrival("b", "@TGS#1")
	b.Sender, b.Payload = "boss", []byte(`{"text":"hello"}`)
	accept(t, s, b)
	must(t, s.EndEvent(t.Context(), done(takeEvents(t, s, 1)[0], chat.Users("minji").Say("a question")...)))
	send("minji")
	waiting := accept(t, s, arrival("c", "@TGS#1"))

	if e, err := s.Erase(t.Context(), "other", "minji", ann); err != nil || e.Counts != (chat.Erased{}) {
		t.Errorf("in another application: %+v, %v", e, err)
	}
	if e, err := s.Erase(t.Context(), "main", "minj_", ann); err != nil || e.Counts != (chat.Erased{}) {
		t.Errorf("somebody of a like name: %+v, %v", e, err)
	}
	e, err := s.Erase(t.Context(), "main", "minji", ann)
	must(t, err)
	if e.Counts != (chat.Erased{Events: 1, Messages: 2, Parts: 2, Snapshots: 1}) {
		t.Errorf("erased %+v", e.Counts)
	}
	if len(e.Waiting) != 1 || e.Waiting[0] != waiting.Events[0] {
		t.Errorf("waiting: %v", e.Waiting)
	}
	if len(e.States) != 1 || e.States[0] != (chat.StateRef{Bot: "quiz", Group: "@TGS#1", Key: "scores"}) {
		t.Errorf("states: %v", e.States)
	}
	for line := range strings.Lines(everything(t, s)) {
		if strings.Contains(line, "minji") && !strings.HasPrefix(line, `event minji{"answer":"B"}`) {
			t.Errorf("left: %s", line)
		}
	}
	t.Run("what is left can be read and is about the same people", func(t *testing.T) {
		x, err := s.History(t.Context(), 1)
		must(t, err)
		m := x.Messages[0]
		if x.Event.Sender != e.Token || string(x.Event.Payload) != "{}" || m.Progress.Reached != 2 || !m.Deliveries[0].Recipients.Has(e.Token) || m.Message.Text != "(erased)" {
			t.Errorf("%+v", x)
		}
		group, err := s.Snapshot(t.Context(), m.Snapshot)
		must(t, err)
		if member, ok := group.Find(e.Token); !ok || member.Role != chat.Normal || group.Hash() != m.Snapshot {
			t.Errorf("the reading is %+v", group)
		}
		x, err = s.History(t.Context(), 2)
		must(t, err)
		if x.Event.Sender != "boss" || string(x.Event.Payload) != `{"text":"hello"}` || x.Messages[0].Message.Text != "a question" {
			t.Errorf("another's is %+v", x)
		}
	})
	t.Run("what was waiting goes the next time, by the same token", func(t *testing.T) {
		must(t, s.EndEvent(t.Context(), done(takeEvents(t, s, 1)[0])))
		again, err := s.Erase(t.Context(), "main", "minji", ann)
		must(t, err)
		if again.Token != e.Token || again.Counts != (chat.Erased{Events: 1}) || len(again.Waiting) != 0 || strings.Contains(everything(t, s), "minji") {
			t.Errorf("%+v", again)
		}
	})
}

func TestWhatIsOnItsWayToAnErasedUserDoesNotGoThere(t *testing.T) {
	for _, c := range []struct {
		name    string
		to      []chat.UserID
		leased  bool
		begun   bool
		dropped int
	}{
		{"with others", []chat.UserID{"boss", "minji"}, false, false, 1},
		{"alone", []chat.UserID{"minji"}, false, false, 1},
		{"in somebody's hands", []chat.UserID{"boss", "minji"}, true, false, 0},
		{"when it may have been delivered", []chat.UserID{"boss", "minji"}, false, true, 0},
		{"to others", []chat.UserID{"boss"}, false, false, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, h := newStore(t)
			accept(t, s, arrival("a", "@TGS#1"))
			must(t, s.EndEvent(t.Context(), done(takeEvents(t, s, 1)[0], chat.Everyone.Say("x")...)))
			m := takeMessages(t, s, 1)[0]
			d := resolve(t, s, m, people(t, c.to...))
			if c.begun {
				d[0] = started(d[0], h.now())
				_, err := s.Begin(t.Context(), chat.Begin{Lease: m.Lease, Message: m.Message.ID, Deliveries: d})
				must(t, err)
			}
			if !c.leased {
				must(t, s.EndRound(t.Context(), chat.Round{Lease: m.Lease, Message: m.Message.ID}))
			}
			e, err := s.Erase(t.Context(), "main", "minji", ann)
			must(t, err)
			if e.Counts.Dropped != c.dropped || len(e.Waiting) != 1 {
				t.Fatalf("%+v", e)
			}
			h.move(2 * time.Minute)
			got := takeMessages(t, s, 1)[0].Deliveries[0]
			switch {
			case c.dropped == 0:
				if !got.Recipients.Equal(people(t, c.to...)) || got.Status != chat.Ready {
					t.Errorf("it was touched: %+v", got)
				}
			case len(c.to) == 1:
				if got.Status != chat.Done || got.Outcome != chat.Dropped || got.Recipients.Has("minji") {
					t.Errorf("%+v", got)
				}
			default:
				if !got.Recipients.Equal(people(t, "boss")) || len(got.Lost) != 1 || got.Lost[0].User != e.Token || got.Lost[0].Reason != chat.ErasedReason || got.Status != chat.Ready {
					t.Errorf("%+v", got)
				}
			}
		})
	}
}

func TestUpkeepOfAStoreOfTheFirstVersion(t *testing.T) {
	path := first(t)
	s := openAt(t, path, nil)
	e, err := s.Erase(t.Context(), "main", "minji", ann)
	must(t, err)
	if len(e.Waiting) != 2 || e.Counts != (chat.Erased{}) {
		t.Errorf("both of its events wait for something: %+v", e)
	}
	must(t, s.DropMessage(t.Context(), 1, ann))
	if sum := retire(t, s, Retention{Done: time.Now(), Dead: time.Now()}); sum.Events != 0 || sum.Lanes != 0 {
		t.Errorf("deleted although something waits: %+v", sum)
	}
	for _, f := range examine(t, path, time.Now()) {
		if f.Problem != "" {
			t.Errorf("%s: %s", f.Check, f.Problem)
		}
	}
}

func TestWhetherAUserWasErased(t *testing.T) {
	s, h := newStore(t)
	check := func(app chat.AppName, user chat.UserID) chat.ErasureCheck {
		t.Helper()
		c, err := s.CheckErased(t.Context(), app, user)
		must(t, err)
		return c
	}
	if c := check("main", "minji"); len(c.Erasures) != 0 || c.Token != "" {
		t.Errorf("before anybody was: %+v", c)
	}
	var made []chat.Erasure
	for range 2 {
		e, err := s.Erase(t.Context(), "main", "minji", ann)
		must(t, err)
		made = append(made, e)
		h.move(time.Hour)
	}
	c := check("main", "minji")
	if len(c.Erasures) != 2 || !c.Erasures[0].At.Equal(made[1].At) || c.Erasures[0].Hash != made[0].Hash || c.Token != made[0].Token || c.Erasures[1].By != ann {
		t.Errorf("after: %+v", c)
	}
	for app, user := range map[chat.AppName]chat.UserID{"main": "minj", "other": "minji"} {
		if c := check(app, user); len(c.Erasures) != 0 || c.Token == made[0].Token {
			t.Errorf("%s of %s: %+v", user, app, c)
		}
	}
	list, err := s.Erasures(t.Context())
	if err != nil || len(list) != 2 || list[0].ID != 2 || list[1].ID != 1 {
		t.Errorf("listed %+v, %v", list, err)
	}
}

// Why something ended names people, and may quote what somebody wrote.
func TestWhyThingsEndedDoesNotNameAnErasedUser(t *testing.T) {
	s, h := newStore(t)
	accept(t, s, arrival("a", "@TGS#1")) // of minji
	end := done(takeEvents(t, s, 1)[0])
	end.Outcome, end.Reason = chat.Refused, `sender "minji" is not a member of group @TGS#1`
	must(t, s.EndEvent(t.Context(), end))
	b := arrival("b", "@TGS#1")
	b.Sender = "boss"
	accept(t, s, b)
	must(t, s.EndEvent(t.Context(), done(takeEvents(t, s, 1)[0], chat.Users("minji", "boss").Say("x")...)))
	m := takeMessages(t, s, 1)[0]
	d := resolve(t, s, m, people(t, "minji"))
	d[0] = started(d[0], h.now())
	_, err := s.Begin(t.Context(), chat.Begin{Lease: m.Lease, Message: m.Message.ID, Deliveries: d})
	must(t, err)
	round := sent(m, d[0], h.now())
	round.Deliveries[0].Status, round.Deliveries[0].Outcome, round.Deliveries[0].Reason = chat.Dead, chat.Failed, "minji: no such account"
	round.Attempts[0].Result, round.Attempts[0].Error = chat.No, "no account minji"
	round.End.Status, round.End.Outcome, round.End.Reason = chat.Dead, chat.Failed, "minji, boss: it was refused"
	must(t, s.EndRound(t.Context(), round))
	e, err := s.Erase(t.Context(), "main", "minji", ann)
	must(t, err)
	for line := range strings.Lines(everything(t, s)) {
		if strings.Contains(line, "minji") {
			t.Errorf("left: %s", line)
		}
	}
	x, err := s.History(t.Context(), 2)
	must(t, err)
	if got := x.Messages[0]; got.Reason != string(e.Token)+", boss: it was refused" || got.Deliveries[0].Reason != string(e.Token)+": no such account" {
		t.Errorf("%q, %q", got.Reason, got.Deliveries[0].Reason)
	}
}
