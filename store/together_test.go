package store

import (
	"slices"
	"testing"

	"github.com/botd-chat/botd/chat"
)

func TestAlongside(t *testing.T) {
	for _, tt := range []struct {
		name string
		said []chat.Message
		want []int
	}{
		{"a text of their own for each", slices.Concat(chat.Users("a").Say("1"), chat.Users("b").Say("2"), chat.Users("c", "d").Say("3")), []int{1, 1, 1}},
		{"two for the same keep their order", slices.Concat(chat.Users("a").Say("1"), chat.Users("a").Say("2"), chat.Users("b").Say("3")), []int{1, 2, 2}},
		{"what is for a role is for anybody", slices.Concat(chat.Users("a").Say("1"), chat.Admins.Say("2"), chat.Users("b").Say("3")), []int{1, 0, 3}},
		{"one among several is enough", slices.Concat(chat.Users("a", "b").Say("1"), chat.Users("b", "c").Say("2")), []int{1, 2}},
		{"other priorities are in other lanes", []chat.Message{
			{To: chat.Users("a"), Text: "1"}, {To: chat.Admins, Text: "2", Priority: chat.High}, {To: chat.Users("b"), Text: "3"}}, []int{1, 0, 1}},
		{"rules within rules are not looked into", slices.Concat(chat.Users("a").Say("1"), chat.Users("b").Or(chat.Users("c")).Say("2")), []int{1, 0}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			said, err := encodeAll(tt.said)
			must(t, err)
			if got := alongside(said); !slices.Equal(got, tt.want) {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

func TestTogether(t *testing.T) {
	texts := func(w chat.MessageWork) (all []string) {
		all = append(all, w.Message.Message.Text)
		for _, m := range w.Beside {
			all = append(all, m.Message.Message.Text)
		}
		return all
	}
	say := slices.Concat(chat.Users("boss").Say("1"), chat.Users("hana").Say("2"), chat.Users("minji").Say("3"), chat.Admins.Say("last"))
	for name, handed := range map[string]bool{"as they are taken": false, "as they are handed on": true} {
		t.Run(name, func(t *testing.T) {
			s, clock := newStore(t)
			hands := &places[chat.MessageWork]{free: 1}
			if handed {
				s.HandOn(&places[chat.EventWork]{}, lease, hands, lease)
			}
			accept(t, s, arrival("", "g"))
			must(t, s.EndEvent(t.Context(), done(takeEvents(t, s, 1)[0], say...)))
			var w chat.MessageWork
			if handed {
				w = hands.take(t)
			} else {
				w = takeMessages(t, s, 9)[0]
			}
			if got := texts(w); !slices.Equal(got, []string{"1", "2", "3"}) {
				t.Fatalf("in hand: %v", got)
			}
			// The first and the last are sent, and the one between them waits.
			rounds := make([]chat.Round, 3)
			for i, m := range append([]chat.MessageInHand{{Message: w.Message}}, w.Beside...) {
				d := started(chat.Delivery{Message: m.Message.ID, Part: 1, Recipients: people(t, "boss"), Status: chat.Ready}, clock.now())
				begun, err := s.Begin(t.Context(), chat.Begin{Lease: w.Lease, Message: m.Message.ID, Deliveries: []chat.Delivery{d},
					Resolved: &chat.Resolved{Ceiling: chat.Everyone, Membership: staff}})
				must(t, err)
				d.ID = begun.IDs[0]
				rounds[i] = sent(chat.MessageWork{Lease: w.Lease, Message: m.Message}, d, clock.now())
			}
			rounds[1].End, rounds[1].Deliveries, rounds[1].Due = nil, nil, clock.now().Add(lease)
			must(t, s.EndRound(t.Context(), rounds...))
			if n := len(takeMessages(t, s, 9)); n != 0 {
				t.Errorf("%d were taken while one of them waits", n)
			}
			clock.move(lease)
			w = takeMessages(t, s, 9)[0]
			if got := texts(w); !slices.Equal(got, []string{"2"}) || len(w.Deliveries) != 1 {
				t.Fatalf("in hand: %v", got)
			}
			must(t, s.EndRound(t.Context(), chat.Round{Lease: w.Lease, Message: w.Message.ID, End: &chat.MessageEnd{Status: chat.Dead, Outcome: chat.Failed}}))
			if w = takeMessages(t, s, 9)[0]; !slices.Equal(texts(w), []string{"last"}) {
				t.Errorf("in hand: %v", texts(w))
			}
		})
	}
	t.Run("rounds under different leases are not one", func(t *testing.T) {
		s, _ := newStore(t)
		if err := s.EndRound(t.Context(), chat.Round{Lease: chat.Lease{Lane: "a"}}, chat.Round{Lease: chat.Lease{Lane: "b"}}); err == nil {
			t.Error("they were stored")
		}
	})
}

// Where lanes of all priorities wait for ever, the higher go first and none
// waits for ever.
func TestTurns(t *testing.T) {
	s, _ := newStore(t)
	for i := range 30 {
		for _, p := range []chat.Priority{chat.High, chat.Ordinary, chat.Low} {
			g := chat.GroupID(string(rune('A'+i)) + string(p))
			accept(t, s, arrival("", g))
			must(t, s.EndEvent(t.Context(), done(takeEvents(t, s, 1)[0], chat.Message{To: chat.Admins, Text: string(p), Priority: p})))
		}
	}
	count := func(n int) (high, normal, low int) {
		for range n { // one at a time, as places become free
			switch takeMessages(t, s, 1)[0].Message.Message.Priority {
			case chat.High:
				high++
			case chat.Low:
				low++
			default:
				normal++
			}
		}
		return high, normal, low
	}
	if high, normal, low := count(26); high != 16 || normal != 8 || low != 2 {
		t.Errorf("of 26 %d are high, %d normal, %d low", high, normal, low)
	}
	count(32) // the rest of those that are high, and half of the normal ones
	if high, normal, low := count(32); high != 0 || normal+low != 32 {
		t.Errorf("of the last 32 %d are high", high)
	}
	if n := len(takeMessages(t, s, 9)); n != 0 {
		t.Errorf("%d are left", n)
	}
}
