package store

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/botd-chat/botd/chat"
)

// drafts ends an event with drafts and returns their ids.
func drafts(t *testing.T, s *Store, w chat.EventWork, lapses time.Time, list ...chat.Message) (ids []chat.MessageID) {
	t.Helper()
	end := done(w)
	end.Drafts, end.Lapses, end.Review = list, lapses, "answers"
	must(t, s.EndEvent(t.Context(), end))
	h, err := s.History(t.Context(), w.Event.ID)
	must(t, err)
	for _, m := range h.Messages {
		ids = append(ids, m.ID)
	}
	return ids
}

// reviewed is a store with an event that has two drafts, until an hour from now.
func reviewed(t *testing.T) (s *Store, clock *hand, e chat.EventID, ids []chat.MessageID) {
	t.Helper()
	s, clock = newStore(t)
	e = accept(t, s, arrival("", "@TGS#1")).Events[0]
	said := append(chat.Admins.Say("full"), chat.Everyone.Say("short")...)
	return s, clock, e, drafts(t, s, takeEvents(t, s, 1)[0], clock.now().Add(time.Hour), said...)
}

// said is an event in which somebody decides.
func decision(t *testing.T, s *Store, d chat.Decision) error {
	t.Helper()
	accept(t, s, arrival("", "@TGS#1"))
	w := takeEvents(t, s, 1)[0]
	end := done(w)
	end.Decision, end.Notices, end.As = &d, chat.Users("hana").Say("it is done"), "notices"
	err := s.EndEvent(t.Context(), end)
	if err != nil { // whoever was too late answers otherwise
		must(t, s.EndEvent(t.Context(), done(w, chat.Users("hana").Say("too late")...)))
	}
	return err
}

var hana = chat.Reviewer("hana", "")

func TestADraftGoesNowhereUntilItIsReleased(t *testing.T) {
	s, clock, e, ids := reviewed(t)
	if got := takeMessages(t, s, 10); len(got) > 0 {
		t.Fatalf("a draft is on its way: %+v", got)
	}
	list, err := s.Drafts(t.Context(), "main", "@TGS#1")
	must(t, err)
	want := []chat.Drafts{{Event: e, App: "main", Bot: "quiz", Group: "@TGS#1", Trigger: "answers", Sender: "minji", Messages: 2, Lapses: clock.now().Add(time.Hour).Local()}}
	if diff := cmp.Diff(want, list); diff != "" {
		t.Error(diff)
	}
	must(t, decision(t, s, chat.Decision{Event: e, Release: true, By: hana}))
	var went []string
	for _, w := range takeMessages(t, s, 10) {
		went = append(went, w.Message.Message.Text+" of "+string(w.Message.Bot))
		if w.Message.Message.Text == "full" && (w.Message.ReplayOf != ids[0] || w.Message.Event != e || w.Message.Own) {
			t.Errorf("it is %+v", w.Message)
		}
	}
	if len(went) != 1 || went[0] != "full of quiz" { // of one lane the head goes first
		t.Errorf("what went is %q", went)
	}
	m := message(t, s, ids[0])
	if m.Outcome != chat.Retried || m.Reason != "released as m3 by member hana" {
		t.Errorf("the draft is %s (%s)", m.Outcome, m.Reason)
	}
	h, err := s.History(t.Context(), e)
	must(t, err)
	if a := h.Acts; len(a) != 2 || a[0].What != chat.Released || a[0].Who != "member hana" || a[0].Before.Outcome != chat.Drafted {
		t.Errorf("what was done is %+v", a)
	}
	if list, err = s.Drafts(t.Context(), "main", "@TGS#1"); err != nil || len(list) > 0 {
		t.Errorf("there wait %v (%v)", list, err)
	}
	answer := message(t, s, 5)
	if answer.Bot != "notices" || !answer.Own || answer.Event == e {
		t.Errorf("the answer is %+v", answer.MessageRecord)
	}
}

func TestOfAllWhoDecideAboutADraftOneDoes(t *testing.T) {
	ways := map[string]func(t *testing.T, s *Store, clock *hand, e chat.EventID, ids []chat.MessageID) error{
		"release": func(t *testing.T, s *Store, _ *hand, e chat.EventID, _ []chat.MessageID) error {
			return decision(t, s, chat.Decision{Event: e, Release: true, By: hana})
		},
		"discard": func(t *testing.T, s *Store, _ *hand, e chat.EventID, _ []chat.MessageID) error {
			return decision(t, s, chat.Decision{Event: e, By: hana})
		},
		"approve": func(t *testing.T, s *Store, _ *hand, _ chat.EventID, ids []chat.MessageID) error {
			for _, id := range ids {
				if _, err := s.ApproveMessage(t.Context(), id, ann); err != nil {
					return err
				}
			}
			return nil
		},
		"drop": func(t *testing.T, s *Store, _ *hand, _ chat.EventID, ids []chat.MessageID) error {
			return errors.Join(s.DropMessage(t.Context(), ids[0], ann), s.DropMessage(t.Context(), ids[1], ann))
		},
		"lapse": func(t *testing.T, s *Store, clock *hand, e chat.EventID, _ []chat.MessageID) error {
			clock.move(2 * time.Hour)
			return s.LapseDrafts(t.Context(), e, nil)
		},
	}
	for first, do := range ways {
		for second, again := range ways {
			t.Run(first+", then "+second, func(t *testing.T) {
				s, clock, e, ids := reviewed(t)
				must(t, do(t, s, clock, e, ids))
				before := message(t, s, ids[0])
				err := again(t, s, clock, e, ids)
				if !errors.Is(err, chat.ErrDecided) && !errors.Is(err, ErrNotNow) {
					t.Errorf("the second is told %v", err)
				}
				if after := message(t, s, ids[0]); after.Outcome != before.Outcome || after.Reason != before.Reason {
					t.Errorf("it was %s (%s), and is %s (%s)", before.Outcome, before.Reason, after.Outcome, after.Reason)
				}
				h, err := s.History(t.Context(), e)
				must(t, err)
				made := 0
				for _, m := range h.Messages {
					if m.ReplayOf != 0 {
						made++
					}
				}
				if want := map[string]int{"release": 2, "approve": 2}[first]; made != want {
					t.Errorf("%d messages were made of it, not %d", made, want)
				}
			})
		}
	}
}

func TestWhatNobodyReleasedLapsesAndCannotBeReleasedAfter(t *testing.T) {
	s, clock, e, ids := reviewed(t)
	if list, next, err := s.DueDrafts(t.Context(), 10); err != nil || len(list) > 0 || !next.Equal(clock.now().Add(time.Hour)) {
		t.Fatalf("due are %v, next %v (%v)", list, next, err)
	}
	if err := s.LapseDrafts(t.Context(), e, nil); !errors.Is(err, chat.ErrDecided) {
		t.Errorf("too early it is %v", err)
	}
	clock.move(time.Hour + time.Second)
	t.Run("also before anybody noticed", func(t *testing.T) {
		_, err := s.ApproveMessage(t.Context(), ids[0], ann)
		if !errors.Is(err, ErrNotNow) || !strings.Contains(err.Error(), "which is over") {
			t.Errorf("it is %v", err)
		}
		if err := decision(t, s, chat.Decision{Event: e, Release: true, By: hana}); !errors.Is(err, chat.ErrDecided) {
			t.Errorf("it is %v", err)
		}
	})
	list, next, err := s.DueDrafts(t.Context(), 10)
	if err != nil || len(list) != 1 || list[0].Event != e || !next.IsZero() {
		t.Fatalf("due are %v, next %v (%v)", list, next, err)
	}
	must(t, s.LapseDrafts(t.Context(), e, chat.Users("hana").Say("nobody released it")))
	m := message(t, s, ids[1])
	if m.Status != chat.Done || m.Outcome != chat.Lapsed || !strings.HasPrefix(m.Reason, "nobody released it until 2026-03-04T10:00:00Z") {
		t.Errorf("it is %s %s (%s)", m.Status, m.Outcome, m.Reason)
	}
	h, err := s.History(t.Context(), e)
	must(t, err)
	if last := h.Messages[len(h.Messages)-1]; len(h.Messages) != 3 || !last.Own || last.Status != chat.Ready {
		t.Errorf("its reviewers are told by %+v", last.MessageRecord)
	}
}

func TestNobodyReleasesADraftByTryingItAgain(t *testing.T) {
	s, _, _, ids := reviewed(t)
	_, err := s.RetryMessage(t.Context(), ids[0], true, ann)
	if !errors.Is(err, ErrNotNow) || !strings.Contains(err.Error(), "botd dlq approve m1") {
		t.Errorf("it is %v", err)
	}
}

func TestOfTwoDraftsWithOneKeyTheLaterGoes(t *testing.T) {
	s, clock := newStore(t)
	accept(t, s, arrival("", "@TGS#1"))
	w := takeEvents(t, s, 1)[0]
	said := chat.Collapse("k", append(chat.Everyone.Say("one"), chat.Everyone.Say("two")...))
	drafts(t, s, w, clock.now().Add(time.Hour), said...)
	must(t, decision(t, s, chat.Decision{Event: w.Event.ID, Release: true, By: hana}))
	if m := message(t, s, 3); m.Outcome != chat.Dropped {
		t.Errorf("the first is %s %s", m.Status, m.Outcome)
	}
	if got := takeMessages(t, s, 1); len(got) != 1 || got[0].Message.Message.Text != "two" {
		t.Errorf("what goes is %+v", got)
	}
}

func TestAPluginIsToldOnceHowItsDraftEnded(t *testing.T) {
	for name, c := range map[string]struct {
		end  func(t *testing.T, s *Store, clock *hand, id chat.MessageID)
		want chat.Outcome
	}{
		"it lapsed": {func(t *testing.T, s *Store, clock *hand, _ chat.MessageID) {
			clock.move(2 * time.Hour)
			must(t, s.LapseDrafts(t.Context(), 1, nil))
		}, chat.Lapsed},
		"it was discarded": {func(t *testing.T, s *Store, _ *hand, id chat.MessageID) { must(t, s.DropMessage(t.Context(), id, ann)) }, chat.Dropped},
		"it was released, and sent": {func(t *testing.T, s *Store, clock *hand, id chat.MessageID) {
			_, err := s.ApproveMessage(t.Context(), id, ann)
			must(t, err)
			finish(t, s, clock.now(), takeMessages(t, s, 1)[0], chat.MessageEnd{Status: chat.Done, Outcome: chat.Sent}, part{"boss", chat.Done, chat.Sent})
		}, chat.Sent},
	} {
		t.Run(name, func(t *testing.T) {
			s, clock := newStore(t)
			accept(t, s, arrival("", "@TGS#1"))
			m := chat.Everyone.Say("x")[0]
			m.Report = &chat.Report{Name: "ended"}
			id := drafts(t, s, takeEvents(t, s, 1)[0], clock.now().Add(time.Hour), m)[0]
			if got := takeEvents(t, s, 1); len(got) > 0 {
				t.Fatalf("its plugin is told before it ended: %s", got[0].Event.Payload)
			}
			c.end(t, s, clock, id)
			got := takeEvents(t, s, 1)
			if len(got) != 1 || !strings.Contains(string(got[0].Event.Payload), `"outcome":"`+string(c.want)+`"`) {
				t.Fatalf("it is told %+v", got)
			}
			must(t, s.EndEvent(t.Context(), done(got[0])))
			if got := takeEvents(t, s, 1); len(got) > 0 {
				t.Errorf("it is told again: %s", got[0].Event.Payload)
			}
		})
	}
}

func TestWhoDecidedIsErasedWithTheReason(t *testing.T) {
	s, clock, e, ids := reviewed(t)
	must(t, decision(t, s, chat.Decision{Event: e, By: chat.Reviewer("minji", "hana is away")}))
	clock.move(time.Minute)
	for _, w := range takeMessages(t, s, 10) {
		finish(t, s, clock.now(), w, chat.MessageEnd{Status: chat.Done, Outcome: chat.Sent}, part{"hana", chat.Done, chat.Sent})
	}
	_, err := s.Erase(t.Context(), "main", "minji", ann)
	must(t, err)
	h, err := s.History(t.Context(), e)
	must(t, err)
	if a := h.Acts[0]; strings.Contains(a.Who, "minji") || a.Reason != "" {
		t.Errorf("it was done by %+v", a)
	}
	if m := message(t, s, ids[0]); strings.Contains(m.Reason, "minji") {
		t.Errorf("it is %s", m.Reason)
	}
}

// Else a plugin that sets one timer after the other would speak without review when the
// first of its events was deleted.
func TestByWhichTriggerAnEventCameAboutIsKnownWhenTheFirstIsGone(t *testing.T) {
	s, h := newStore(t)
	accept(t, s, arrival("", "@TGS#1"))
	var last chat.EventID
	for range 3 {
		w := takeEvents(t, s, 1)[0]
		end := done(w)
		end.Timers, end.Pending = []chat.Later{{Name: "more", After: chat.Duration(time.Hour)}}, 10
		must(t, s.EndEvent(t.Context(), end))
		h.move(2 * time.Hour)
		fired, _, err := s.FireTimers(t.Context(), 10)
		must(t, err)
		retire(t, s, Retention{Done: h.now().Add(-time.Minute)})
		last = fired[0].Made
	}
	if _, err := s.History(t.Context(), 1); !errors.Is(err, ErrNotFound) {
		t.Fatalf("the first event is there: %v", err)
	}
	name, err := s.RootTrigger(t.Context(), last)
	if err != nil || name != "answers" {
		t.Errorf("event %s came about by %q (%v)", last, name, err)
	}
	must(t, s.EndEvent(t.Context(), done(takeEvents(t, s, 1)[0])))
	again, err := s.ReplayEvent(t.Context(), last, ann)
	must(t, err)
	if name, err = s.RootTrigger(t.Context(), again.Events[0]); err != nil || name != "answers" {
		t.Errorf("handled again it came about by %q (%v)", name, err)
	}
}

func TestWhatBotdSaysIsItsOwnAlsoWhenItIsSentAgain(t *testing.T) {
	s, _ := newStore(t)
	accept(t, s, arrival("", "@TGS#1"))
	end := done(takeEvents(t, s, 1)[0])
	end.Notices, end.As = chat.Admins.Say("Draft e1 is for you to review."), "quiz"
	must(t, s.EndEvent(t.Context(), end))
	m := takeMessages(t, s, 1)[0]
	d := resolve(t, s, m, people(t, "boss"))[0]
	d.Status, d.Outcome = chat.Dead, chat.Refused
	must(t, s.EndRound(t.Context(), chat.Round{Lease: m.Lease, Message: m.Message.ID, Deliveries: []chat.Delivery{d}, End: &chat.MessageEnd{Status: chat.Dead, Outcome: chat.Refused}}))
	made, err := s.RetryMessage(t.Context(), m.Message.ID, false, ann)
	must(t, err)
	if again := message(t, s, made); !again.Own {
		t.Errorf("it is %+v", again.MessageRecord)
	}
}
