package callbacks

import (
	"time"

	"github.com/botd-chat/botd/chat"
)

// Observe is told what a [Receiver] does. Each of its functions may be nil; none may take
// long, nor call the receiver.
type Observe struct {
	// Answered is called after each callback that was proved to be the service's. Of
	// commands that are not documented the first hundred have their name, and all others
	// are "other". Took is the time since it arrived.
	Answered func(app chat.AppName, command string, o Outcome, took time.Duration)
	// Judged is called for each rule that a message met, before or after it was shown.
	Judged func(rule Rule, o Outcome)
	// Refused is called for each request that was not believed, or not understood. The
	// application is empty where it is not known; the detail is for whoever runs botd.
	Refused func(app chat.AppName, why Reason, detail string)
	// Ignored is called for each message that was not looked at.
	Ignored func(app chat.AppName, g Guard)
	// Capped is called for each message that would have made too many events.
	Capped func(app chat.AppName, c Cap)
}

// Outcome is what became of a callback, in a word for a metric.
type Outcome string

// The outcomes.
const (
	Passed  Outcome = "ok"     // there was nothing to do, or a message may be shown
	Held    Outcome = "held"   // kept, and shown to nobody
	Masked  Outcome = "masked" // shown with words replaced
	Again   Outcome = "again"  // shown to nobody, and its sender is told to write it again
	Taken   Outcome = "taken"  // of what is told after the fact: kept
	Dropped Outcome = "dropped"
	Failed  Outcome = "failed" // of what is told after the fact: not kept
)

func (o *Observe) answered(app chat.AppName, command string, out Outcome, took time.Duration) {
	if o.Answered != nil {
		o.Answered(app, command, out, took)
	}
}

func (o *Observe) judged(rules []Rule, out Outcome) {
	if o.Judged != nil {
		for _, r := range rules {
			o.Judged(r, out)
		}
	}
}

func (o *Observe) refused(app chat.AppName, why Reason, detail string) {
	if o.Refused != nil {
		o.Refused(app, why, detail)
	}
}

func (o *Observe) ignored(app chat.AppName, g Guard) {
	if o.Ignored != nil {
		o.Ignored(app, g)
	}
}

func (o *Observe) capped(app chat.AppName, c Cap) {
	if o.Capped != nil {
		o.Capped(app, c)
	}
}
