package store

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/botd-chat/botd/chat"
)

var ann = chat.By{Who: "ann", Reason: "the teacher asked"}

// part is a delivery as it ended, to one user. A ready one was not begun.
type part struct {
	to      chat.UserID
	status  chat.Status
	outcome chat.Outcome
}

// letter makes a message of these parts that ended so.
func letter(t *testing.T, s *Store, now time.Time, end chat.MessageEnd, parts ...part) chat.MessageRecord {
	t.Helper()
	accept(t, s, arrival("", "@TGS#1"))
	must(t, s.EndEvent(t.Context(), done(takeEvents(t, s, 1)[0], chat.Everyone.Say("a secret")...)))
	return finish(t, s, now, takeMessages(t, s, 1)[0], end, parts...)
}

// begun is for a ready part of which an attempt was begun, and nobody knows with
// what success.
const begun chat.Outcome = "begun"

func finish(t *testing.T, s *Store, now time.Time, w chat.MessageWork, end chat.MessageEnd, parts ...part) chat.MessageRecord {
	t.Helper()
	round := chat.Round{Lease: w.Lease, Message: w.Message.ID, End: &end}
	var to []chat.Recipients
	for _, p := range parts {
		to = append(to, people(t, p.to))
	}
	if len(parts) > 0 {
		round.Deliveries = resolve(t, s, w, to...)
	}
	for i, p := range parts {
		d := started(round.Deliveries[i], now)
		if p.status == chat.Dead || p.status == chat.Ready && p.outcome != begun {
			d.Series = time.Time{}
		}
		d.Attempts, d.Status, d.Outcome, d.Reason, d.Ended = 0, p.status, p.outcome, "so it went", now
		if p.outcome == begun {
			d.Outcome = ""
		}
		round.Deliveries[i] = d
	}
	must(t, s.EndRound(t.Context(), round))
	return message(t, s, w.Message.ID).MessageRecord
}

func message(t *testing.T, s *Store, id chat.MessageID) chat.MessageHistory {
	t.Helper()
	m, err := s.Message(t.Context(), id)
	must(t, err)
	return m
}

// stands says how a message and its parts stand, in one line.
func stands(t *testing.T, s *Store, id chat.MessageID) string {
	t.Helper()
	m := message(t, s, id)
	text := string(m.Status) + " " + string(m.Outcome) + ":"
	for _, d := range m.Deliveries {
		text += " " + string(d.Outcome)
	}
	return text
}

var (
	refused = chat.MessageEnd{Status: chat.Dead, Outcome: chat.Refused, Reason: "the service says no"}
	partly  = chat.MessageEnd{Status: chat.Dead, Outcome: chat.Partly, Reason: "1 of 3 parts were sent"}
	unknown = chat.MessageEnd{Status: chat.Held, Outcome: chat.Unknown, Reason: "part 2: who knows"}
)

func TestAMessageIsSentAgainToThoseWhoDidNotGetIt(t *testing.T) {
	was := []part{{"boss", chat.Done, chat.Sent}, {"hana", chat.Held, chat.Unknown}, {"minji", chat.Dead, chat.Refused}}
	for _, tt := range []struct {
		name   string
		end    chat.MessageEnd
		parts  []part
		resend bool
		only   []chat.UserID // nil: not limited
		stands string        // the old one, after
	}{
		{"refused", refused, []part{{"boss", chat.Dead, chat.Refused}}, false, []chat.UserID{"boss"}, "done retried: retried"},
		{"some got it", partly, []part{{"boss", chat.Done, chat.Sent}, {"hana", chat.Dead, chat.Failed}}, false, []chat.UserID{"hana"}, "done retried: sent retried"},
		{"one may have got it", unknown, was, false, []chat.UserID{"minji"}, "held unknown: sent unknown retried"},
		{"one may have got it, and may twice", unknown, was, true, []chat.UserID{"hana", "minji"}, "done retried: sent retried retried"},
		{"one had left", partly, []part{{"boss", chat.Done, chat.Dropped}, {"hana", chat.Dead, chat.Failed}}, false, []chat.UserID{"hana"}, "done retried: dropped retried"},
		{"held in the middle, one was not begun", chat.MessageEnd{Status: chat.Held, Outcome: chat.Refused}, []part{{"boss", chat.Done, chat.Sent}, {"hana", chat.Ready, ""}}, false, []chat.UserID{"hana"}, "done retried: sent retried"},
		{"held in the middle, one was begun", chat.MessageEnd{Status: chat.Held, Outcome: chat.Refused}, []part{{"boss", chat.Ready, ""}, {"hana", chat.Ready, begun}}, false, []chat.UserID{"boss"}, "held unknown: retried "},
		{"held in the middle, one was begun and may get it twice", chat.MessageEnd{Status: chat.Held, Outcome: chat.Refused}, []part{{"hana", chat.Ready, begun}}, true, []chat.UserID{"hana"}, "done retried: retried"},
		{"never resolved", chat.MessageEnd{Status: chat.Held, Outcome: chat.Refused}, nil, false, nil, "done retried:"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, clock := newStore(t)
			m := letter(t, s, clock.now(), tt.end, tt.parts...)
			clock.move(time.Hour)
			plan, err := s.PlanRetry(t.Context(), m.ID, tt.resend)
			must(t, err)
			made, err := s.RetryMessage(t.Context(), m.ID, tt.resend, ann)
			must(t, err)
			again := message(t, s, made)
			for what, only := range map[string]*chat.Recipients{"plan": plan.Only, "message": again.Only} {
				var got []chat.UserID
				if only != nil {
					got = only.IDs()
				}
				if !slices.Equal(got, tt.only) {
					t.Errorf("the %s is limited to %v, want %v", what, got, tt.only)
				}
			}
			if again.Status != chat.Ready || again.ReplayOf != m.ID || again.Event != m.Event || again.Snapshot != "" || again.Message.Text != "a secret" || again.Sender != m.Sender {
				t.Errorf("the new one is %+v", again.MessageRecord)
			}
			if got := stands(t, s, m.ID); got != tt.stands {
				t.Errorf("the old one is %q, want %q", got, tt.stands)
			}
			old := message(t, s, m.ID)
			if old.Status == chat.Done && !strings.Contains(old.Reason, "sent again as "+made.String()+" by ann: the teacher asked") {
				t.Errorf("it does not say by whom: %q", old.Reason)
			}
			if w := takeMessages(t, s, 5); len(w) != 1 || w[0].Message.ID != made {
				t.Errorf("its lane hands out %+v", w)
			}
			if _, err := s.RetryMessage(t.Context(), m.ID, tt.resend, ann); !errors.Is(err, ErrNotNow) {
				t.Errorf("a second time: %v", err)
			}
		})
	}
}

func TestAMessageSentAgainStaysWithinTheFirst(t *testing.T) {
	s, clock := newStore(t)
	m := letter(t, s, clock.now(), partly, part{"boss", chat.Done, chat.Sent}, part{"hana", chat.Dead, chat.Failed})
	second, err := s.RetryMessage(t.Context(), m.ID, false, ann)
	must(t, err)
	finish(t, s, clock.now(), takeMessages(t, s, 1)[0], chat.MessageEnd{Status: chat.Held, Outcome: chat.Refused, Reason: "no bot"})
	third, err := s.RetryMessage(t.Context(), second, true, ann)
	must(t, err)
	if only := message(t, s, third).Only; only == nil || !slices.Equal(only.IDs(), []chat.UserID{"hana"}) {
		t.Errorf("the third is for %v, and boss had the first", only)
	}
}

func TestWhatWasDoneIsKept(t *testing.T) {
	s, clock := newStore(t)
	m := letter(t, s, clock.now(), refused, part{"boss", chat.Dead, chat.Refused})
	ended := clock.now()
	clock.move(time.Hour)
	_, err := s.RetryMessage(t.Context(), m.ID, false, ann)
	must(t, err)
	h, err := s.History(t.Context(), m.Event)
	must(t, err)
	want := []chat.Act{
		{Target: "d1", What: chat.SentAgain, Who: "ann", Reason: "the teacher asked", At: clock.now(), Made: "m2", Before: chat.Standing{Status: chat.Dead, Outcome: chat.Refused, Reason: "so it went", Ended: ended}},
		{Target: "m1", What: chat.SentAgain, Who: "ann", Reason: "the teacher asked", At: clock.now(), Made: "m2", Before: chat.Standing{Status: chat.Dead, Outcome: chat.Refused, Reason: "the service says no", Ended: ended}},
	}
	if diff := cmp.Diff(want, h.Acts); diff != "" {
		t.Error(diff)
	}
}

func TestAnUnknownOutcomeIsAnswered(t *testing.T) {
	one := []part{{"boss", chat.Held, chat.Unknown}}
	two := []part{{"boss", chat.Held, chat.Unknown}, {"hana", chat.Held, chat.Unknown}}
	and := []part{{"boss", chat.Held, chat.Unknown}, {"hana", chat.Done, chat.Sent}}
	worse := []part{{"boss", chat.Held, chat.Unknown}, {"hana", chat.Dead, chat.Refused}}
	for _, tt := range []struct {
		name   string
		parts  []part
		answer chat.Answer
		stands string
		made   chat.MessageID
	}{
		{"it was sent", one, chat.AnswerSent, "done sent: sent", 0},
		{"it was sent, as the rest", and, chat.AnswerSent, "done sent: sent sent", 0},
		{"it was sent, and another is still unknown", two, chat.AnswerSent, "held unknown: sent unknown", 0},
		{"it was sent, and the rest was refused", worse, chat.AnswerSent, "dead refused: sent refused", 0},
		{"it was sent, and of the rest one is dead and one unknown", []part{{"boss", chat.Held, chat.Unknown}, {"hana", chat.Dead, chat.Refused}, {"minji", chat.Held, chat.Unknown}}, chat.AnswerSent, "held unknown: sent refused unknown", 0},
		{"again", one, chat.AnswerResend, "done retried: retried", 2},
		{"again, and the rest was sent", and, chat.AnswerResend, "done partly: retried sent", 2},
		{"leave it", one, chat.AnswerDrop, "done dropped: dropped", 0},
		{"leave it, and another is still unknown", two, chat.AnswerDrop, "held unknown: dropped unknown", 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, clock := newStore(t)
			m := letter(t, s, clock.now(), unknown, tt.parts...)
			made, err := s.AnswerUnknown(t.Context(), 1, tt.answer, ann)
			must(t, err)
			if got := stands(t, s, m.ID); got != tt.stands || made != tt.made {
				t.Errorf("it stands %q and made %s; want %q and %s", got, made, tt.stands, tt.made)
			}
			if d := message(t, s, m.ID).Deliveries[0]; !strings.Contains(d.Reason, "by ann: the teacher asked") {
				t.Errorf("it does not say by whom: %q", d.Reason)
			}
			if made != 0 {
				if only := message(t, s, made).Only; !slices.Equal(only.IDs(), []chat.UserID{"boss"}) {
					t.Errorf("again for %v", only)
				}
			}
			if _, err := s.AnswerUnknown(t.Context(), 1, tt.answer, ann); !errors.Is(err, ErrNotNow) {
				t.Errorf("a second time: %v", err)
			}
		})
	}
}

func TestWhatCannotBeDone(t *testing.T) {
	s, clock := newStore(t)
	sent := letter(t, s, clock.now(), chat.MessageEnd{Status: chat.Done, Outcome: chat.Sent}, part{"boss", chat.Done, chat.Sent})
	unclear := letter(t, s, clock.now(), unknown, part{"boss", chat.Held, chat.Unknown})
	waiting := accept(t, s, arrival("", "@TGS#1")).Events[0]
	for _, tt := range []struct {
		name string
		err  error
		is   error
		says string
	}{
		{"retry what was sent", second(s.RetryMessage(t.Context(), sent.ID, true, ann)), ErrNotNow, "it is done (sent)"},
		{"retry what may have been sent", second(s.RetryMessage(t.Context(), unclear.ID, false, ann)), ErrNotNow, "botd deliveries answer d2"},
		{"retry what is not there", second(s.RetryMessage(t.Context(), 99, false, ann)), ErrNotFound, "m99"},
		{"plan for what is not there", second(s.PlanRetry(t.Context(), 99, false)), ErrNotFound, "m99"},
		{"drop what was sent", s.DropMessage(t.Context(), sent.ID, ann), ErrNotNow, "it is done"},
		{"drop what is not there", s.DropMessage(t.Context(), 99, ann), ErrNotFound, ""},
		{"drop an event that waits", s.DropEvent(t.Context(), waiting, ann), ErrNotNow, "goes on by itself"},
		{"drop an event that is done", s.DropEvent(t.Context(), sent.Event, ann), ErrNotNow, "it is done (handled)"},
		{"replay an event that waits", second(s.ReplayEvent(t.Context(), waiting, ann)), ErrNotNow, "has not ended"},
		{"replay what is not there", second(s.ReplayEvent(t.Context(), 99, ann)), ErrNotFound, "e99"},
		{"answer what was sent", second(s.AnswerUnknown(t.Context(), 1, chat.AnswerDrop, ann)), ErrNotNow, "it is done sent"},
		{"answer what is not there", second(s.AnswerUnknown(t.Context(), 99, chat.AnswerDrop, ann)), ErrNotFound, "d99"},
		{"answer something else", second(s.AnswerUnknown(t.Context(), 2, "maybe", ann)), nil, "have sent, resend, drop"},
		{"a message that is not there", second(s.Message(t.Context(), 99)), ErrNotFound, ""},
		{"a delivery that is not there", second(s.MessageOf(t.Context(), 99)), ErrNotFound, ""},
		{"go on with what is not paused", s.Resume(t.Context(), "quiz"), ErrNotFound, "bot quiz"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if tt.err == nil || tt.is != nil && !errors.Is(tt.err, tt.is) || !strings.Contains(tt.err.Error(), tt.says) {
				t.Errorf("got %v", tt.err)
			}
		})
	}
	if got := stands(t, s, sent.ID) + ", " + stands(t, s, unclear.ID); got != "done sent: sent, held unknown: unknown" {
		t.Errorf("something was done all the same: %s", got)
	}
}

func second[T any](_ T, err error) error { return err }

func TestOneOnTheWayIsNotAnswered(t *testing.T) {
	s, clock := newStore(t)
	accept(t, s, arrival("", "@TGS#1"))
	must(t, s.EndEvent(t.Context(), done(takeEvents(t, s, 1)[0], chat.Everyone.Say("x")...)))
	w := takeMessages(t, s, 1)[0]
	d := resolve(t, s, w, people(t, "boss"), people(t, "hana"))
	d[0].Status, d[0].Outcome, d[0].Series = chat.Held, chat.Unknown, clock.now()
	must(t, s.EndRound(t.Context(), chat.Round{Lease: w.Lease, Message: w.Message.ID, Deliveries: d[:1]}))
	if _, err := s.AnswerUnknown(t.Context(), d[0].ID, chat.AnswerSent, ann); !errors.Is(err, ErrNotNow) || !strings.Contains(err.Error(), "still on its way") {
		t.Errorf("got %v", err)
	}
}

func TestWhatIsGivenUp(t *testing.T) {
	s, clock := newStore(t)
	m := letter(t, s, clock.now(), unknown, part{"boss", chat.Done, chat.Sent}, part{"hana", chat.Held, chat.Unknown}, part{"minji", chat.Dead, chat.Failed})
	must(t, s.DropMessage(t.Context(), m.ID, chat.By{Who: "ann"}))
	if got := stands(t, s, m.ID); got != "done dropped: sent dropped dropped" {
		t.Errorf("it stands %q", got)
	}
	if p := message(t, s, m.ID).Progress.String(); p != "1 of 3 reached, 2 given up" {
		t.Errorf("it is told as %q", p)
	}
	accept(t, s, arrival("", "@TGS#1"))
	w := takeEvents(t, s, 1)[0]
	must(t, s.EndEvent(t.Context(), chat.EventEnd{Lease: w.Lease, Event: w.Event.ID, Status: chat.Held, Outcome: chat.Refused, Reason: "no bot"}))
	must(t, s.DropEvent(t.Context(), w.Event.ID, ann))
	h, err := s.History(t.Context(), w.Event.ID)
	must(t, err)
	if e := h.Event; e.Status != chat.Done || e.Outcome != chat.Dropped || e.Reason != "dropped by ann: the teacher asked" || len(h.Acts) != 1 || h.Acts[0].Before.Reason != "no bot" {
		t.Errorf("the event is %+v, done: %+v", e, h.Acts)
	}
	list, _, err := s.Letters(t.Context(), Letters{})
	must(t, err)
	if len(list) != 0 {
		t.Errorf("still there: %+v", list)
	}
	c, err := s.Counts(t.Context())
	must(t, err)
	if c.Deliveries.Held+c.Deliveries.Dead+c.Messages.Held+c.Messages.Dead+c.Events.Held != 0 {
		t.Errorf("counted: %+v", c)
	}
}

func TestAnEventIsReplayed(t *testing.T) {
	for _, tt := range []struct {
		name   string
		end    chat.EventEnd
		stands chat.Outcome // of the old one, after
	}{
		{"one that is done stays so", chat.EventEnd{Status: chat.Done, Outcome: chat.Handled}, chat.Handled},
		{"one that is dead is done by it", chat.EventEnd{Status: chat.Dead, Outcome: chat.Failed, Reason: "panic"}, chat.Retried},
		{"one that is held is done by it", chat.EventEnd{Status: chat.Held, Outcome: chat.Refused, Reason: "no bot"}, chat.Retried},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, clock := newStore(t)
			a := arrival("k", "@TGS#1")
			a.Time = clock.now().Add(-time.Hour)
			first := accept(t, s, a)
			w := takeEvents(t, s, 1)[0]
			tt.end.Lease, tt.end.Event = w.Lease, w.Event.ID
			must(t, s.EndEvent(t.Context(), tt.end))
			clock.move(time.Minute)
			r, err := s.ReplayEvent(t.Context(), first.Events[0], ann)
			must(t, err)
			if r.ID == first.ID || len(r.Events) != 1 || r.Repeated {
				t.Errorf("the receipt is %+v", r)
			}
			again := takeEvents(t, s, 5)
			if len(again) != 1 {
				t.Fatalf("took %d", len(again))
			}
			want := w.Event
			want.ID, want.Receipt, want.Accepted, want.Due, want.ReplayOf = r.Events[0], r.ID, clock.now(), clock.now(), w.Event.ID
			if diff := cmp.Diff(want, again[0].Event); diff != "" {
				t.Error(diff)
			}
			h, err := s.History(t.Context(), w.Event.ID)
			must(t, err)
			if h.Event.Outcome != tt.stands || h.Event.Status != chat.Done || len(h.Acts) != 1 || h.Acts[0].Made != r.Events[0].String() {
				t.Errorf("the old one is %+v, done: %+v", h.Event, h.Acts)
			}
			// The webhook's own repeat is the first event still.
			if repeat := accept(t, s, a); !repeat.Repeated || repeat.Events[0] != first.Events[0] {
				t.Errorf("repeated: %+v", repeat)
			}
		})
	}
}

func TestLettersArePaged(t *testing.T) {
	s, clock := newStore(t)
	for i := range 3 {
		a := arrival("", "@TGS#1")
		if i == 1 {
			a.Bot = "notice"
		}
		accept(t, s, a)
		w := takeEvents(t, s, 1)[0]
		must(t, s.EndEvent(t.Context(), chat.EventEnd{Lease: w.Lease, Event: w.Event.ID, Status: []chat.Status{chat.Dead, chat.Held}[i%2], Outcome: chat.Refused}))
	}
	letter(t, s, clock.now(), refused, part{"boss", chat.Dead, chat.Refused})
	letter(t, s, clock.now(), chat.MessageEnd{Status: chat.Done, Outcome: chat.Sent}, part{"boss", chat.Done, chat.Sent})
	letter(t, s, clock.now(), unknown, part{"boss", chat.Held, chat.Unknown})
	for _, tt := range []struct {
		name string
		f    Letters
		want string
		next string
	}{
		{"all, events first", Letters{}, "e3 e2 e1 m3 m1", ""},
		{"a page", Letters{Limit: 2}, "e3 e2", "e2"},
		{"a page over both", Letters{Limit: 2, Before: "e2"}, "e1 m3", "m3"},
		{"the last page", Letters{Limit: 2, Before: "m3"}, "m1", ""},
		{"events", Letters{Kind: "event"}, "e3 e2 e1", ""},
		{"messages", Letters{Kind: "message"}, "m3 m1", ""},
		{"messages after events", Letters{Kind: "event", Before: "m3"}, "", ""},
		{"a bot's", Letters{Bot: "notice"}, "e2", ""},
		{"by outcome", Letters{Outcome: chat.Unknown}, "m3", ""},
		{"a group's", Letters{Group: "@TGS#2"}, "", ""},
		{"an app's", Letters{App: "main", Kind: "message"}, "m3 m1", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			list, next, err := s.Letters(t.Context(), tt.f)
			must(t, err)
			var ids []string
			for _, x := range list {
				ids = append(ids, x.ID)
			}
			if got := strings.Join(ids, " "); got != tt.want || next != tt.next {
				t.Errorf("got %q and next %q, want %q and %q", got, next, tt.want, tt.next)
			}
		})
	}
	list, _, err := s.Letters(t.Context(), Letters{Outcome: chat.Unknown})
	must(t, err)
	if x := list[0]; !slices.Equal(x.Unclear, []chat.DeliveryID{3}) || x.Progress.String() != "0 of 1 reached, 1 unclear" || x.Reason != "part 2: who knows" {
		t.Errorf("it is told as %+v", x)
	}
	for _, f := range []Letters{{Kind: "delivery"}, {Before: "d3"}} {
		if _, _, err := s.Letters(t.Context(), f); err == nil {
			t.Errorf("%+v is allowed", f)
		}
	}
}

func TestWhatABotRemembersCanBeRead(t *testing.T) {
	s, _ := newStore(t)
	if state, err := s.State(t.Context(), "quiz", "@TGS#1"); err != nil || state == nil || len(state) != 0 {
		t.Errorf("nothing yet: %v, %v", state, err)
	}
	accept(t, s, arrival("", "@TGS#1"))
	end := done(takeEvents(t, s, 1)[0])
	end.State = chat.State{"n": []byte("1")}
	must(t, s.EndEvent(t.Context(), end))
	state, err := s.State(t.Context(), "quiz", "@TGS#1")
	must(t, err)
	if string(state["n"]) != "1" {
		t.Errorf("it remembers %v", state)
	}
}
