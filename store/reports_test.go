package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/botd-chat/botd/chat"
)

// asking is a message whose plugin wants to be told how it ended.
func asking(text string) chat.Message {
	m := chat.Everyone.Say("%s", text)[0]
	m.Report = &chat.Report{Name: "told", Data: json.RawMessage(`{"n":7}`)}
	return m
}

// says has an event of minji's come to these messages, and returns what is to be
// sent first.
func says(t *testing.T, s *Store, list ...chat.Message) chat.MessageWork {
	t.Helper()
	accept(t, s, arrival("", "@TGS#1"))
	must(t, s.EndEvent(t.Context(), done(takeEvents(t, s, 1)[0], list...)))
	return takeMessages(t, s, 1)[0]
}

// reports are the events that tell how messages ended, as MESSAGE: ENDING.
func reports(t *testing.T, s *Store) (list []string) {
	t.Helper()
	all, _, err := s.Events(t.Context(), Filter{OldestFirst: true})
	must(t, err)
	for _, e := range all {
		if e.ReportOf == 0 {
			continue
		}
		var x chat.Ending
		must(t, json.Unmarshal(history(t, s, e.ID).Event.Payload, &x))
		if e.ReportOf != x.Message || e.Kind != chat.Reported || e.Trigger != "told" {
			t.Errorf("%s tells of %s: %+v", e.ID, x.Message, e)
		}
		list = append(list, fmt.Sprintf("%s: %s %s, %d of %d, %s", x.Message, x.Status, x.Outcome, x.Reached, x.People, x.Data))
	}
	return list
}

func expectReports(t *testing.T, s *Store, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, reports(t, s)); diff != "" {
		t.Errorf("reports (-want +got):\n%s", diff)
	}
}

func TestTheEndOfAMessageComesBackAsAnEvent(t *testing.T) {
	s, clock := newStore(t)
	a := arrival("", "@TGS#1")
	a.Origin = &chat.Origin{Hook: "quiz", Ceiling: &chat.Ceiling{Recipients: 2}}
	accept(t, s, a)
	must(t, s.EndEvent(t.Context(), done(takeEvents(t, s, 1)[0], asking("hello"))))
	w := takeMessages(t, s, 1)[0]
	select {
	case <-s.EventsReady(): // of the arrival
	default:
	}
	clock.move(time.Second)
	finish(t, s, clock.now(), w, chat.MessageEnd{Status: chat.Done, Outcome: chat.Sent, Reason: "so it went"}, part{"boss", chat.Done, chat.Sent}, part{"hana", chat.Done, chat.Dropped})
	select {
	case <-s.EventsReady():
	default:
		t.Error("nobody is woken for it")
	}
	got := takeEvents(t, s, 1)[0]
	want := chat.EventRecord{ID: 2, Receipt: got.Event.Receipt, App: "main", Bot: "quiz", Trigger: "told", Kind: chat.Reported, Group: "@TGS#1", Sender: "minji",
		Payload: got.Event.Payload, Time: clock.now(), Accepted: clock.now(), Status: chat.Ready, Attempts: 1, Due: clock.now(), ReportOf: 1, Origin: a.Origin}
	if diff := cmp.Diff(want, got.Event); diff != "" || got.Event.Receipt == "" {
		t.Errorf("the event:\n%s", diff)
	}
	if text := string(got.Event.Payload); text != `{"message":"m1","status":"done","outcome":"sent","reason":"so it went","people":2,"reached":1,"data":{"n":7}}` {
		t.Errorf("it says %s", text)
	}
	if m := message(t, s, 1); m.ReportedBy != 2 {
		t.Errorf("the message says it was told by %s", m.ReportedBy)
	}
}

// Each way in which a message leaves the queue is told, once.
func TestEveryEndOfAMessageIsTold(t *testing.T) {
	for _, m := range chat.Moves() {
		if m.Of != chat.AMessage || m.From != ready || m.To.Outcome == chat.Voided { // which no plugin has said
			continue
		}
		t.Run(fmt.Sprintf("%s by %s", m.To, m.By), func(t *testing.T) {
			t.Parallel()
			path, clock := filepath.Join(t.TempDir(), "botd.db"), newHand()
			s := openAt(t, path, clock.now)
			switch m.By {
			case chat.ByWorker:
				finish(t, s, clock.now(), says(t, s, asking("x")), chat.MessageEnd{Status: m.To.Status, Outcome: m.To.Outcome})
			case chat.ByDispatcher:
				w := says(t, s, chat.Collapse("k", []chat.Message{asking("x")})...)
				must(t, s.EndRound(t.Context(), chat.Round{Lease: w.Lease, Message: 1, Keyed: true, Due: clock.now().Add(time.Hour)}))
				says(t, s, append(chat.Collapse("k", chat.Everyone.Say("newer")), chat.Everyone.Say("y")...)...)
			case chat.ByStore:
				w := says(t, s, asking("x"))
				resolve(t, s, w, people(t, "boss"))
				must(t, s.EndRound(t.Context(), chat.Round{Lease: w.Lease, Message: 1}))
				must(t, s.tx(t.Context(), func(q *tx) error { _, err := q.exec(`UPDATE message SET ceiling = '{'`); return err }))
				takeMessages(t, s, 1)
			default:
				t.Fatalf("nobody knows how %s does that", m.By)
			}
			if h := message0(t, s); h.Status != m.To.Status || h.Outcome != m.To.Outcome {
				t.Fatalf("it is %s %s", h.Status, h.Outcome)
			}
			people := "0 of 0"
			if m.By == chat.ByStore {
				people = "0 of 1"
			}
			expectReports(t, s, fmt.Sprintf(`m1: %s %s, %s, {"n":7}`, m.To.Status, m.To.Outcome, people))
			found, err := Examine(t.Context(), "sqlite:"+path, clock.now())
			must(t, err)
			for _, f := range found {
				if f.Problem != "" {
					t.Errorf("%s: %s", f.Check, f.Problem)
				}
			}
		})
	}
}

// message0 is how the first message stands, of which not all may be readable.
func message0(t *testing.T, s *Store) (stands chat.Stand) {
	t.Helper()
	must(t, s.reader.view(t.Context(), func(v view) error {
		return v.one(`SELECT status, outcome FROM message WHERE id = 1`).Scan(&stands.Status, &stands.Outcome)
	}))
	return stands
}

// Its reason as an operator reads it quotes rules, and a rule may name people.
func TestWhatReachedNobodyNamesNobody(t *testing.T) {
	s, clock := newStore(t)
	finish(t, s, clock.now(), says(t, s, asking("x")), chat.MessageEnd{Status: chat.Done, Outcome: chat.Nobody, Reason: "none of the 4 members is addressed (users boss)"})
	if payload := string(history(t, s, 2).Event.Payload); strings.Contains(payload, "boss") || !strings.Contains(payload, chat.ToldOfNobody) {
		t.Errorf("it says %s", payload)
	}
}

func TestOnlyWhoAsksIsTold(t *testing.T) {
	s, clock := newStore(t)
	finish(t, s, clock.now(), says(t, s, chat.Everyone.Say("x")...), chat.MessageEnd{Status: chat.Done, Outcome: chat.Sent})
	expectReports(t, s)
}

func TestWhatTheSameAnswerReplacesIsToldToo(t *testing.T) {
	s, clock := newStore(t)
	w := says(t, s, chat.Collapse("k", []chat.Message{asking("x"), asking("y")})...)
	expectReports(t, s, `m1: done dropped, 0 of 0, {"n":7}`)
	finish(t, s, clock.now(), w, chat.MessageEnd{Status: chat.Done, Outcome: chat.Sent}, part{"boss", chat.Done, chat.Sent})
	expectReports(t, s, `m1: done dropped, 0 of 0, {"n":7}`, `m2: done sent, 1 of 1, {"n":7}`)
}

func TestAMessageIsToldOfOnceAndItsRepeatOnItsOwn(t *testing.T) {
	s, clock := newStore(t)
	finish(t, s, clock.now(), says(t, s, asking("x")), unknown, part{"boss", chat.Done, chat.Sent}, part{"hana", chat.Held, chat.Unknown})
	first := `m1: held unknown, 1 of 2, {"n":7}`
	expectReports(t, s, first)
	made, err := s.AnswerUnknown(t.Context(), 2, chat.AnswerResend, ann)
	must(t, err)
	expectReports(t, s, first)
	finish(t, s, clock.now(), takeMessages(t, s, 1)[0], refused, part{"hana", chat.Dead, chat.Refused})
	second := fmt.Sprintf(`%s: dead refused, 0 of 1, {"n":7}`, made)
	expectReports(t, s, first, second)
	must(t, s.DropMessage(t.Context(), made, ann))
	expectReports(t, s, first, second)
}

func TestAReportThatIsHandledAgainIsNoSecondOne(t *testing.T) {
	s, clock := newStore(t)
	finish(t, s, clock.now(), says(t, s, asking("x")), refused)
	must(t, s.EndEvent(t.Context(), done(takeEvents(t, s, 1)[0])))
	for range 2 {
		if _, err := s.ReplayEvent(t.Context(), 2, ann); err != nil {
			t.Fatal(err)
		}
	}
	if e := takeEvents(t, s, 1)[0].Event; e.ReportOf != 1 || e.ReplayOf != 2 || !strings.Contains(string(e.Payload), `"m1"`) {
		t.Errorf("handled again: %+v", e)
	}
	if m := message(t, s, 1); m.ReportedBy != 2 {
		t.Errorf("told by %s", m.ReportedBy)
	}
}

func TestWhoLostTheLaneTellsNothing(t *testing.T) {
	s, clock := newStore(t)
	w := says(t, s, asking("x"))
	clock.move(2 * time.Minute)
	again := takeMessages(t, s, 1)[0]
	round := chat.Round{Lease: w.Lease, Message: 1, End: &chat.MessageEnd{Status: chat.Dead, Outcome: chat.Failed}}
	if err := s.EndRound(t.Context(), round); !errors.Is(err, chat.ErrLeaseLost) {
		t.Fatal(err)
	}
	expectReports(t, s)
	finish(t, s, clock.now(), again, refused)
	expectReports(t, s, `m1: dead refused, 0 of 0, {"n":7}`)
}

func TestTheEndAndItsReportAreStoredTogether(t *testing.T) {
	path, clock := filepath.Join(t.TempDir(), "botd.db"), newHand()
	s, err := Open(t.Context(), Options{URL: "sqlite:" + path, Clock: clock.now})
	must(t, err)
	w := says(t, s, asking("x"))
	round, err := encodeRound(chat.Round{Lease: w.Lease, Message: 1, End: &chat.MessageEnd{Status: chat.Dead, Outcome: chat.Failed}})
	must(t, err)
	died := errors.New("died before the commit")
	err = s.tx(t.Context(), func(q *tx) error {
		if err := q.endRounds([]encodedRound{round}, clock.now()); err != nil {
			t.Error(err)
		}
		return died
	})
	if !errors.Is(err, died) {
		t.Fatal(err)
	}
	must(t, s.Close())
	s = openAt(t, path, clock.now)
	expectReports(t, s)
	finish(t, s, clock.now(), takeMessages(t, s, 1)[0], refused)
	expectReports(t, s, `m1: dead refused, 0 of 0, {"n":7}`)
	if got := handed(t, s); got != "e2" {
		t.Errorf("handed out: %s", got)
	}
}

func TestAReportOutlivesTheMessageAndTheMessageTheReport(t *testing.T) {
	s, clock := newStore(t)
	finish(t, s, clock.now(), says(t, s, asking("x")), unknown, part{"boss", chat.Held, chat.Unknown})
	must(t, s.EndEvent(t.Context(), done(takeEvents(t, s, 1)[0])))
	finish(t, s, clock.now(), says(t, s, asking("y")), refused) // and nobody is told yet
	clock.move(1000 * time.Hour)
	if sum := retire(t, s, Retention{Done: clock.now(), Dead: clock.now()}); sum.Events != 2 {
		t.Errorf("deleted %+v", sum)
	}
	if _, err := s.AnswerUnknown(t.Context(), 1, chat.AnswerSent, ann); err != nil {
		t.Error(err)
	}
	expectReports(t, s, `m2: dead refused, 0 of 0, {"n":7}`) // that of m1 is not told a second time
	if e := takeEvents(t, s, 1)[0].Event; e.ReportOf != 2 {
		t.Errorf("handed out: %+v", e)
	}
}

func TestAUserIsErasedFromReports(t *testing.T) {
	s, clock := newStore(t)
	named := asking("about somebody")
	named.Report.Data = json.RawMessage(`{"who":"minji"}`)
	a := arrival("", "@TGS#1") // that boss caused
	a.Sender = "boss"
	accept(t, s, a)
	must(t, s.EndEvent(t.Context(), done(takeEvents(t, s, 1)[0], named)))
	finish(t, s, clock.now(), takeMessages(t, s, 1)[0], chat.MessageEnd{Status: chat.Done, Outcome: chat.Nobody})
	must(t, s.EndEvent(t.Context(), done(takeEvents(t, s, 1)[0])))
	finish(t, s, clock.now(), says(t, s, asking("x")), chat.MessageEnd{Status: chat.Done, Outcome: chat.Nobody})
	must(t, s.EndEvent(t.Context(), done(takeEvents(t, s, 1)[0])))
	e, err := s.Erase(t.Context(), "main", "minji", ann)
	must(t, err)
	if len(e.Waiting) != 0 {
		t.Errorf("waiting: %v", e.Waiting)
	}
	if text := everything(t, s); strings.Contains(text, "minji") {
		t.Errorf("left:\n%s", text)
	}
	for _, id := range []chat.EventID{2, 4} {
		if h := history(t, s, id); string(h.Event.Payload) != `{}` {
			t.Errorf("%s says %s", id, h.Event.Payload)
		}
	}
}

// What the service says of a failure is told, and of whom it says it is not.
func TestTheReasonInAReportNamesNobody(t *testing.T) {
	s, clock := newStore(t)
	finish(t, s, clock.now(), says(t, s, asking("x")), chat.MessageEnd{Status: chat.Dead, Outcome: chat.Failed, Reason: `10007: hana, "boss" are no members; bossy is`},
		part{"boss", chat.Dead, chat.Failed}, part{"hana", chat.Dead, chat.Failed})
	var x chat.Ending
	must(t, json.Unmarshal(takeEvents(t, s, 1)[0].Event.Payload, &x))
	if want := `10007: …, "…" are no members; bossy is`; x.Reason != want {
		t.Errorf("%s; want %s", x.Reason, want)
	}
}
