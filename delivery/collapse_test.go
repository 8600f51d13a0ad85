package delivery_test

import (
	"testing"
	"time"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/im/simulator"
)

func score(text string) []chat.Message { return chat.Collapse("score", chat.Admins.Say("%s", text)) }

func TestOfABacklogWithOneKeyTheNewestIsSentAtItsOwnPlace(t *testing.T) {
	r := newRig(t)
	for _, m := range [][]chat.Message{score("1"), chat.Admins.Say("between"), score("2"), score("3")} {
		r.say(class, "", m...)
	}
	r.settle(minute)
	r.want(map[string][]string{"alice": {"between", "3"}, "bob": {"between", "3"}})
}

// In an outage the one at the head is in hand again and again.
func TestAfterAnOutageOnlyTheNewestIsSent(t *testing.T) {
	r := newRig(t)
	plug := r.unplug()
	first := r.say(class, "", score("1")...)
	work, _, err := r.worker.Take(t.Context(), 1)
	must(t, err)
	second := r.say(class, "", score("2")...)
	r.ended(first, chat.Ready, "")
	r.worker.Work(t.Context(), work[0])
	plug()
	r.settle(minute)
	r.want(map[string][]string{"alice": {"2"}, "bob": {"2"}})
	if m := r.ended(first, chat.Done, chat.Dropped); m.Reason != r.message(second).ID.String()+" is newer and has the same key, so it takes the place of this one (collapse)" {
		t.Errorf("it was dropped because %q", m.Reason)
	}
	r.ended(second, chat.Done, chat.Sent)
}

func TestWhatMayHaveArrivedIsFinishedAlthoughANewerOneWaits(t *testing.T) {
	for _, when := range []string{simulator.Before, simulator.After} {
		r := newRig(t)
		r.fault(simulator.Fault{API: send, Kind: simulator.HangUp, When: when, Count: 1})
		first := r.say(class, "", score("1")...)
		r.step()
		second := r.say(class, "", score("2")...)
		r.clock.Advance(time.Second)
		r.settle(minute)
		r.ended(first, chat.Done, chat.Sent)
		r.ended(second, chat.Done, chat.Sent)
		r.want(map[string][]string{"alice": {"1", "2"}, "bob": {"1", "2"}})
	}
}

// The worker has the head in hand, resolved, when a newer one comes.
func TestWhatIsInHandGoesAndTheNewerOneAfterIt(t *testing.T) {
	r := newRig(t)
	r.say(class, "", score("1")...)
	r.worker.Store = &between{Store: r.store, before: func() { r.say(class, "", score("2")...); r.say(class, "", score("3")...) }}
	r.settle(minute)
	r.want(map[string][]string{"alice": {"1", "3"}, "bob": {"1", "3"}})
}
