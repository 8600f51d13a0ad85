package host

import (
	"log/slog"
	"time"

	"github.com/jonboulle/clockwork"
)

// Settings are what every placement works with. The zero value is quiet and of the
// real time.
type Settings struct {
	Log     *slog.Logger // with the bot's name; nil: nowhere
	Observe Observer
	Clock   clockwork.Clock // for pauses, not for deadlines, which come by context; nil: the real one
}

func (s Settings) orDefault() Settings {
	if s.Log == nil {
		s.Log = slog.New(slog.DiscardHandler)
	}
	if s.Clock == nil {
		s.Clock = clockwork.NewRealClock()
	}
	return s
}

// Outcome is how a call of a plugin ended, for counting.
type Outcome string

// The outcomes of a call.
const (
	Answered Outcome = "answered"
	Refused  Outcome = "refused" // for good: by the plugin, or its reply by us
	Failed   Outcome = "failed"  // may work when it is tried again
	Away     Outcome = "away"    // the plugin was not there, or did not run the event to its end for no fault of the event
)

// Limit names what a plugin came up against, for counting.
type Limit string

// The limits that a host itself holds.
const (
	Time   Limit = "time"   // the deadline of an event
	Memory Limit = "memory" // Command.Memory
	Reply  Limit = "reply"  // MaxReply
	Output Limit = "output" // what its standard output and error may say at a time
)

// Observer is told what happens, for counting. Any of it may be nil. It is called
// from several goroutines, and is to return soon.
type Observer struct {
	// Call of the plugin with one event ended, after so long.
	Call func(outcome Outcome, took time.Duration)
	// Started is a process that answers, so long after it was started.
	Started func(took time.Duration)
	// Ended is a process that ended, although nobody had wished it to, or that had
	// to be ended because of what it did.
	Ended func()
	// Limit was hit.
	Limit func(Limit)
}

func (o Observer) call(outcome Outcome, took time.Duration) {
	if o.Call != nil {
		o.Call(outcome, took)
	}
}

func (o Observer) started(took time.Duration) {
	if o.Started != nil {
		o.Started(took)
	}
}

func (o Observer) ended() {
	if o.Ended != nil {
		o.Ended()
	}
}

func (o Observer) limit(l Limit) {
	if o.Limit != nil {
		o.Limit(l)
	}
}
