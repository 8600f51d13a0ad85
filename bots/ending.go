package bots

import (
	"cmp"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/plugins"
)

// maxRuns is how often a plugin is run with one event before it is given up.
const maxRuns = 5

// pauses is how long after the nth run that failed the next begins.
var pauses = []time.Duration{time.Second, 5 * time.Second, 30 * time.Second, 2 * time.Minute}

// longestWait is the longest pause between looks at something outside that
// cannot be read.
const longestWait = time.Minute

// errDeadly says that the process ended each time in the middle of this event.
var errDeadly = fmt.Errorf("botd ended in the middle of this event %d times; its plugin may be the cause", maxRuns)

// conclude says what becomes of an event after a run, which gave a or err. looks
// is how often something it needs was looked for in vain by now. stopped says
// that the run was cut short because botd is stopping.
func conclude(work chat.EventWork, a answer, err error, looks int, stopped bool, now time.Time) chat.EventEnd {
	end := chat.EventEnd{Lease: work.Lease, Event: work.Event.ID}
	refused, isRefusal := errors.AsType[*refusal](err)
	wait, isWait := errors.AsType[*waiting](err)
	n := max(work.Event.Attempts, 1)
	switch {
	case err == nil:
		end.Drafts, end.Lapses, end.Review, end.Cut = a.drafts, a.lapses, a.reviewed, a.cut
		end.Notices, end.As, end.Decision = a.notices, a.as, a.decision
		end.Status, end.Outcome, end.Messages, end.State, end.Session, end.Timers = chat.Done, chat.Handled, a.messages, a.state, a.session, a.timers
	case isRefusal:
		end.Status, end.Outcome, end.Reason = refused.status, cmp.Or(refused.outcome, chat.Refused), refused.reason
	case isWait:
		end.Status, end.Unrun, end.Reason, end.Due = chat.Ready, true, wait.Error(), wait.due
		if end.Due.IsZero() {
			end.Due = now.Add(around(waitAfter(looks)))
		}
	case errors.Is(err, errAnswer), errors.Is(err, plugins.ErrPermanent):
		end.Status, end.Outcome, end.Reason = chat.Dead, chat.Refused, err.Error()
	case stopped:
		// A run that was cut short by us is held against nobody.
		end.Status, end.Unrun, end.Reason, end.Due = chat.Ready, true, "botd was stopped during the run; it begins anew", now
	case n >= maxRuns:
		end.Status, end.Outcome, end.Reason = chat.Dead, chat.Failed, fmt.Sprintf("failed %d times, the last time so: %s", min(n, maxRuns), told(err))
	default:
		end.Status, end.Reason, end.Due = chat.Ready, fmt.Sprintf("run %d of %d failed: %s", n, maxRuns, told(err)), now.Add(around(pauses[n-1]))
	}
	return end
}

// waitAfter is the pause after the nth look in vain: 1, 2, 4 … s.
func waitAfter(n int) time.Duration {
	return min(time.Second<<min(max(n-1, 0), 10), longestWait)
}

// around is d, give or take 30 %, so that what failed together does not come
// back together.
func around(d time.Duration) time.Duration {
	return time.Duration(float64(d) * (0.7 + 0.6*rand.Float64())) //nolint:gosec // jitter is no secret
}
