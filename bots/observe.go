package bots

import (
	"errors"
	"time"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/plugins"
)

// Observer is told what happens, for counting. Any of it may be nil.
type Observer struct {
	// Event came to an end; status Ready with no outcome is one that will be
	// tried again.
	Event func(bot chat.BotName, status chat.Status, outcome chat.Outcome)
	// Ended is told what came of an event, by a run of its plugin that took so long, or
	// by none. What it is told of is content, which is not for logs.
	Ended func(e chat.EventRecord, end chat.EventEnd, took time.Duration)
	// Run of a plugin with an event ended, or was given up.
	Run func(Run)
	// Limit was hit by what a bot's plugin did or answered.
	Limit func(bot chat.BotName, plugin string, limit Limit)
}

// Run is what came of handing an event to a plugin.
type Run struct {
	Bot      chat.BotName
	Plugin   string // its name
	Result   Result
	Took     time.Duration
	Messages int // that are to be sent
	State    int // bytes of the state that is to be kept; zero: it stays as it was
}

// Result says how a run ended.
type Result string

// The results of a run.
const (
	Answered  Result = "answered"
	Refusal   Result = "refused"   // for good, by the plugin, or its answer by us
	Erred     Result = "failed"    // and may work when it is tried again
	Panicked  Result = "panicked"  // inside botd
	Late      Result = "late"      // and did not answer within its time
	Abandoned Result = "abandoned" // Late, and did not come back either
	Away      Result = "away"      // the plugin was not there, so that the event waits
)

// Limit names what a plugin came up against, for counting.
type Limit string

// The limits of a run and of an answer, those that only the host of a plugin elsewhere
// sees, and one that is found when a message is sent.
const (
	LimitTime     Limit = "timeout"
	LimitMessages Limit = "messages_per_event"
	LimitTimers   Limit = "timers"
	LimitState    Limit = "state"

	LimitMemory Limit = "memory"
	LimitReply  Limit = "reply"  // how long one may be
	LimitOutput Limit = "output" // what a process may write at a time

	LimitRecipients Limit = "recipients"
)

// overLimit is a refusal for one of the limits.
type overLimit struct {
	limit Limit
	error
}

func (o *overLimit) Unwrap() error { return o.error }

// limitOf is the limit that err speaks of; empty if it is none.
func limitOf(err error) Limit {
	if o, ok := errors.AsType[*overLimit](err); ok {
		return o.limit
	}
	if _, ok := errors.AsType[*chat.TooManyTimers](err); ok {
		return LimitTimers
	}
	if _, ok := errors.AsType[errTimeout](err); ok {
		return LimitTime
	}
	return ""
}

func resultOf(err error) Result {
	late, isLate := errors.AsType[errTimeout](err)
	switch {
	case err == nil:
		return Answered
	case isLate && late.abandoned:
		return Abandoned
	case isLate:
		return Late
	case errors.Is(err, ErrAway):
		return Away
	case stack(err) != "":
		return Panicked
	case errors.Is(err, errAnswer), errors.Is(err, plugins.ErrPermanent):
		return Refusal
	}
	return Erred
}

// ran tells of a run and of the limit that it hit.
func (d *Dispatcher) ran(b *Bot, a answer, err error, took time.Duration) {
	if d.Observe.Run != nil {
		r := Run{Bot: b.Name, Plugin: b.Plugin.Name(), Result: resultOf(err), Took: took}
		if err == nil {
			r.Messages, r.State = len(a.messages), size(a.state)
		}
		d.Observe.Run(r)
	}
	d.hit(b, err)
}

// size is about how many bytes a state has as JSON.
func size(s chat.State) (n int) {
	for key, value := range s {
		n += len(key) + len(`"":,`) + len(value)
	}
	return n
}

// hit tells of the limit that err speaks of, if it does.
func (d *Dispatcher) hit(b *Bot, err error) {
	if limit := limitOf(err); limit != "" && b != nil && d.Observe.Limit != nil {
		d.Observe.Limit(b.Name, b.Plugin.Name(), limit)
	}
}
