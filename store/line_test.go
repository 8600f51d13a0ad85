package store

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/botd-chat/botd/chat"
)

func TestLine(t *testing.T) {
	s, clock := newStore(t)
	began := clock.now()
	r := accept(t, s, arrival("hook/quiz/1", "@TGS#1"))
	if len(r.Events) != 1 || r.Repeated || r.ID == "" {
		t.Fatalf("receipt %+v", r)
	}
	<-s.EventsReady()
	ev := takeEvents(t, s, 10)
	if len(ev) != 1 || ev[0].Event.ID != r.Events[0] || ev[0].Event.Attempts != 1 || string(ev[0].Event.Payload) != `{"answer":"B"}` {
		t.Fatalf("took %+v", ev)
	}
	if ev[0].State == nil {
		t.Error("the state is nil")
	}
	end := done(ev[0], chat.Admins.Say("minji says B")...)
	end.State = chat.State{}
	chat.Key[int]("score").Set(end.State, 3)
	must(t, s.EndEvent(t.Context(), end))
	<-s.MessagesReady()

	work := takeMessages(t, s, 10)
	if len(work) != 1 || work[0].Message.Message.Text != "minji says B" || work[0].Message.Sender != "minji" || len(work[0].Deliveries) != 0 {
		t.Fatalf("took %+v", work)
	}
	d := resolve(t, s, work[0], people(t, "boss", "hana"))
	d[0] = started(d[0], clock.now())
	begun, err := s.Begin(t.Context(), chat.Begin{Lease: work[0].Lease, Message: work[0].Message.ID, Deliveries: d, Budgets: []chat.Budget{{Name: "app", PerSecond: 200}}})
	must(t, err)
	if want := (chat.Begun{Slots: []time.Time{clock.now()}}); !cmp.Equal(want, begun) {
		t.Errorf("begun: %s", cmp.Diff(want, begun))
	}
	clock.move(30 * time.Millisecond)
	must(t, s.EndRound(t.Context(), sent(work[0], d[0], clock.now())))

	h, err := s.History(t.Context(), r.Events[0])
	must(t, err)
	if h.Event.Status != chat.Done || h.Event.Outcome != chat.Handled || !h.Event.Accepted.Equal(began) || !h.Event.Due.IsZero() {
		t.Errorf("event %+v", h.Event)
	}
	m := h.Messages[0]
	if m.Status != chat.Done || m.Outcome != chat.Sent || m.Snapshot != staff.Hash() || !m.ReadAt.Equal(staff.ReadAt) || !cmp.Equal(*m.Ceiling, chat.Everyone) {
		t.Errorf("message %+v", m.MessageRecord)
	}
	got := m.Deliveries[0]
	if got.Outcome != chat.Sent || got.MsgSeq == 0 || !got.Recipients.Equal(people(t, "boss", "hana")) || got.Tries[0].Result != chat.Yes {
		t.Errorf("delivery %+v", got)
	}
	snap, err := s.Snapshot(t.Context(), m.Snapshot)
	must(t, err)
	if diff := cmp.Diff(staff, snap); diff != "" {
		t.Errorf("snapshot: %s", diff)
	}

	accept(t, s, arrival("hook/quiz/2", "@TGS#1"))
	if got := chat.Key[int]("score").Get(takeEvents(t, s, 1)[0].State); got != 3 {
		t.Errorf("the next run sees score %d, not 3", got)
	}
	if c, err := s.Counts(t.Context()); err != nil || c.Events.Ready != 1 || c.Messages.Ready != 0 {
		t.Errorf("counts %+v, %v", c, err)
	}
}

func TestARunThatDidNotHappenIsNotCounted(t *testing.T) {
	s, clock := newStore(t)
	accept(t, s, arrival("hook/quiz/1", "@TGS#1"))
	for range 10 {
		w := takeEvents(t, s, 1)[0]
		if w.Event.Attempts != 1 {
			t.Fatalf("taken with %d runs", w.Event.Attempts)
		}
		must(t, s.EndEvent(t.Context(), chat.EventEnd{Lease: w.Lease, Event: w.Event.ID, Status: chat.Ready, Due: clock.now(), Unrun: true}))
	}
	w := takeEvents(t, s, 1)[0]
	if err := s.EndEvent(t.Context(), chat.EventEnd{Lease: w.Lease, Event: w.Event.ID, Status: chat.Done, Unrun: true}); err == nil {
		t.Error("an event was over without having been run")
	}
}
