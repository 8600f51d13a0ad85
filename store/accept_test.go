package store

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/botd-chat/botd/chat"
)

func TestAcceptRepeats(t *testing.T) {
	s, _ := newStore(t)
	first := accept(t, s, arrival("k", "b", "a"))
	if len(first.Events) != 2 || first.Repeated {
		t.Fatalf("receipt %+v", first)
	}
	for _, tt := range []struct {
		name string
		a    chat.Arrival
		want chat.Receipt
	}{
		{"the same again", arrival("k", "b", "a"), chat.Receipt{ID: first.ID, Events: first.Events, Repeated: true}},
		{"in another order", arrival("k", "a", "b"), chat.Receipt{ID: first.ID, Events: []chat.EventID{first.Events[1], first.Events[0]}, Repeated: true}},
		{"a group named twice", arrival("k", "a", "a"), chat.Receipt{ID: first.ID, Events: first.Events[1:], Repeated: true}},
		{"a group more", arrival("k", "c", "a"), chat.Receipt{ID: first.ID, Events: []chat.EventID{3, first.Events[1]}}},
		{"only a group that is new", arrival("k", "d"), chat.Receipt{ID: first.ID, Events: []chat.EventID{4}}},
		{"all of them by now", arrival("k", "a", "b", "c", "d"), chat.Receipt{ID: first.ID, Events: []chat.EventID{first.Events[1], first.Events[0], 3, 4}, Repeated: true}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, accept(t, s, tt.a)); diff != "" {
				t.Error(diff)
			}
		})
	}
	t.Run("another key, and none", func(t *testing.T) {
		for _, key := range []string{"l", "", ""} {
			if r := accept(t, s, arrival(key, "a")); r.Repeated || r.ID == first.ID {
				t.Errorf("key %q: %+v", key, r)
			}
		}
	})
}

func TestAcceptAtOnce(t *testing.T) {
	s, _ := newStore(t)
	const senders = 40
	got := make([]chat.Receipt, senders)
	var all sync.WaitGroup
	for i := range senders {
		all.Go(func() { got[i] = accept(t, s, arrival("k", "g")) })
	}
	all.Wait()
	fresh := 0
	for _, r := range got {
		if !r.Repeated {
			fresh++
		}
		if r.ID != got[0].ID || !slices.Equal(r.Events, got[0].Events) {
			t.Errorf("receipts %+v and %+v", got[0], r)
		}
	}
	if fresh != 1 {
		t.Errorf("%d of %d were told that they are new", fresh, senders)
	}
}

func TestAcceptRefuses(t *testing.T) {
	s, _ := newStore(t)
	for _, tt := range []struct {
		name   string
		change func(*chat.Arrival)
		says   string
	}{
		{"no group", func(a *chat.Arrival) { a.Groups = nil }, "at least one group"},
		{"an empty group", func(a *chat.Arrival) { a.Groups = []chat.GroupID{"a", ""} }, "none of them is empty"},
		{"half a payload", func(a *chat.Arrival) { a.Payload = json.RawMessage(`{"a":`) }, "not JSON"},
		{"no bot", func(a *chat.Arrival) { a.Bot = "" }, "names its app, bot"},
		{"no kind", func(a *chat.Arrival) { a.Kind = "" }, "and kind"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a := arrival("k", "g")
			tt.change(&a)
			if _, err := s.Accept(t.Context(), a); err == nil || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("got %v", err)
			}
		})
	}
	if list, _, err := s.Events(t.Context(), Filter{}); err != nil || len(list) != 0 {
		t.Errorf("stored: %+v, %v", list, err)
	}
}

func TestAcceptKeepsAll(t *testing.T) {
	s, clock := newStore(t)
	meant := clock.now().Add(-3 * time.Minute)
	a := arrival("k", "g")
	a.Kind, a.Time, a.Payload = chat.Schedule, meant, nil
	r := accept(t, s, a)
	h, err := s.History(t.Context(), r.Events[0])
	must(t, err)
	want := chat.EventRecord{
		ID: 1, Receipt: r.ID, App: "main", Bot: "quiz", Trigger: "answers", Kind: chat.Schedule, Group: "g", Sender: "minji",
		Time: meant, Accepted: clock.now(), Status: chat.Ready, Due: clock.now(),
	}
	if diff := cmp.Diff(want, h.Event); diff != "" {
		t.Error(diff)
	}
}

func TestForgetSeen(t *testing.T) {
	s, clock := newStore(t)
	const old = batch + 20
	var all sync.WaitGroup
	for i := range old {
		all.Go(func() { accept(t, s, arrival(fmt.Sprint(i), "g")) })
	}
	all.Wait()
	clock.move(time.Hour)
	accept(t, s, arrival("young", "g"))
	if n, err := s.ForgetSeen(t.Context(), clock.now()); err != nil || n != old {
		t.Errorf("forgot %d of %d: %v", n, old, err)
	}
	if r := accept(t, s, arrival("young", "g")); !r.Repeated {
		t.Error("forgot what is young")
	}
	if r := accept(t, s, arrival("0", "g")); r.Repeated {
		t.Error("remembers what is old")
	}
}
