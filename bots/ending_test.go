package bots

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/plugins"
)

func TestConclude(t *testing.T) {
	noon := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	oops := errors.New("oops")
	for _, c := range []struct {
		name    string
		n       int // runs
		looks   int
		err     error
		stopped bool
		status  chat.Status
		outcome chat.Outcome
		wait    time.Duration // give or take 30 %
	}{
		{name: "an answer", n: 1, status: chat.Done, outcome: chat.Handled},
		{name: "an answer in the last moment of a stop", n: 1, stopped: true, status: chat.Done, outcome: chat.Handled},
		{name: "the first failure", n: 1, err: oops, status: chat.Ready, wait: time.Second},
		{name: "the second", n: 2, err: oops, status: chat.Ready, wait: 5 * time.Second},
		{name: "the third", n: 3, err: oops, status: chat.Ready, wait: 30 * time.Second},
		{name: "the fourth", n: 4, err: oops, status: chat.Ready, wait: 2 * time.Minute},
		{name: "the fifth is the last", n: 5, err: oops, status: chat.Dead, outcome: chat.Failed},
		{name: "an event that kills the process", n: 6, err: errDeadly, status: chat.Dead, outcome: chat.Failed},
		{name: "a panic is a failure", n: 1, err: caught("oops"), status: chat.Ready, wait: time.Second},
		{name: "a failure that would come again", n: 1, err: plugins.Permanent(oops), status: chat.Dead, outcome: chat.Refused},
		{name: "an answer against the rules", n: 1, err: fmt.Errorf("%w: oops", errAnswer), status: chat.Dead, outcome: chat.Refused},
		{name: "refused, as it should be", n: 1, err: &refusal{status: chat.Done, reason: "no member"}, status: chat.Done, outcome: chat.Refused},
		{name: "refused until a person decides", n: 1, err: &refusal{status: chat.Held, reason: "no bot"}, status: chat.Held, outcome: chat.Refused},
		{name: "the first look in vain", n: 5, looks: 1, err: &waiting{err: oops}, status: chat.Ready, wait: time.Second},
		{name: "the fourth look in vain", n: 1, looks: 4, err: &waiting{err: oops}, status: chat.Ready, wait: 8 * time.Second},
		{name: "the thousandth look in vain", n: 1, looks: 1000, err: &waiting{err: oops}, status: chat.Ready, wait: time.Minute},
		{name: "cut short by a stop", n: 5, err: oops, stopped: true, status: chat.Ready},
	} {
		t.Run(c.name, func(t *testing.T) {
			work := chat.EventWork{Lease: chat.Lease{Lane: "e/quiz/g", Take: 3}, Event: chat.EventRecord{ID: 7, Attempts: c.n}}
			a := answer{messages: chat.Everyone.Say("hello"), state: chat.State{}}
			end := conclude(work, a, c.err, c.looks, c.stopped, noon)
			if end.Status != c.status || end.Outcome != c.outcome || end.Event != 7 || end.Lease != work.Lease {
				t.Errorf("end %+v; want %s, %s", end, c.status, c.outcome)
			}
			if c.err != nil && (end.Messages != nil || end.State != nil || end.Reason == "") {
				t.Errorf("a failure keeps %+v", end)
			}
			if _, waits := errors.AsType[*waiting](c.err); end.Unrun != (waits || c.stopped && c.err != nil) {
				t.Errorf("counts as no run: %v", end.Unrun)
			}
			if end.Status == chat.Ready {
				if wait := end.Due.Sub(noon); wait < c.wait*7/10 || wait > c.wait*13/10 {
					t.Errorf("waits %v, want about %v", wait, c.wait)
				}
			}
		})
	}
}
