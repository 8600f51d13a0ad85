package delivery

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/im"
)

const (
	// repeatFor is how long a Random may be repeated after its first use. The
	// service drops repeats for five minutes (product/1047/34959); a repeat
	// that comes later is a second message.
	repeatFor = 4 * time.Minute
	// maxRefusals is how many definite noes of the class that may pass are
	// enough.
	maxRefusals = 4
	// longestPause is the longest between attempts while the service cannot
	// be reached at all.
	longestPause = 30 * time.Second
	leastPause   = 500 * time.Millisecond
)

// verdict is what follows from an attempt.
type verdict struct {
	result  chat.Result
	status  chat.Status
	outcome chat.Outcome
	reason  string
	wait    time.Duration // Ready: before the next attempt, give or take
	least   time.Duration // but not less than this
	counts  bool          // it is one of the noes of which a few are enough
	// pause, when not zero, is for all lanes of the application; probe says
	// that a person has to change something before it can end.
	pause time.Duration
	probe bool
}

// judge says what follows when an attempt of d ended with err at now; nil is
// success. refused counts the definite noes that d had before in a row. repeat
// says that an earlier attempt of this series is unclear, so that whatever is
// said of this one, d may have been delivered.
func judge(err error, d chat.Delivery, refused int, repeat bool, now time.Time) verdict {
	if err == nil {
		return verdict{result: chat.Yes, status: chat.Done, outcome: chat.Sent}
	}
	v := classify(err, refused, d.Attempts)
	if v.result == chat.Unclear {
		// As long again as it took so far, so each pause is about twice the last.
		longest := longestPause
		if reached(err) == unreachable {
			longest = proberPause
		}
		v.wait = min(max(now.Sub(d.Series), leastPause), longest)
	}
	if v.result == chat.Unclear || repeat {
		return withinWindow(v, d, now)
	}
	return v
}

// classify judges an error by itself, after so many attempts in all.
func classify(err error, refused, attempts int) verdict {
	if errors.Is(err, errNotSent) {
		return verdict{result: chat.No, status: chat.Ready, reason: err.Error()}
	}
	e, ok := errors.AsType[*im.Error](err)
	if !ok {
		return verdict{result: chat.Unclear, status: chat.Ready, reason: err.Error()}
	}
	v := verdict{result: chat.No, status: chat.Ready, reason: e.Error(), least: leastPause}
	switch e.Class {
	case im.Rate:
		v.wait = max(e.Wait, time.Second)
		v.least = v.wait
		if e.Scope != im.ScopeGroup {
			v.pause = v.wait
		}
	case im.Retry:
		v.retry(e, refused, attempts)
	case im.Configuration, im.Sig:
		v.wait, v.least, v.pause, v.probe = probeEvery, probeEvery, probeEvery, true
	case im.Permanent:
		v.status, v.outcome = chat.Dead, chat.Refused
	case im.Unclear:
		v.result = chat.Unclear
	default:
		v.result = chat.Unclear
	}
	return v
}

// retry is for what may pass by itself. A service that says no a few times
// means this message; one that cannot be reached means nobody in particular,
// and its messages wait.
func (v *verdict) retry(e *im.Error, refused, attempts int) {
	if e.Code == 0 && e.HTTP == 0 {
		v.wait = pauseAfter(attempts - 1)
		return
	}
	v.wait, v.counts = pauseAfter(refused), true
	if refused+1 >= maxRefusals {
		v.status, v.outcome = chat.Dead, chat.Failed
		v.reason = fmt.Sprintf("refused %d times, the last time so: %s", refused+1, v.reason)
	}
}

// withinWindow bends a verdict on a delivery that may have been delivered: it
// may be repeated for a while, and never be given up as if it certainly was not.
func withinWindow(v verdict, d chat.Delivery, now time.Time) verdict {
	switch {
	case v.status != chat.Ready:
		v.reason = "may have been delivered by an earlier attempt; the last was refused: " + v.reason
	case now.Add(v.wait).After(d.Series.Add(repeatFor)):
		v.reason = fmt.Sprintf("may or may not have been delivered, and it is too late to repeat it without the risk of a second message (%v after the first attempt): %s", repeatFor, v.reason)
	default:
		return v
	}
	v.status, v.outcome = chat.Held, chat.Unknown
	return v
}

// pauseAfter is the pause after n refusals before this one: 0.5, 1, 2 … s.
func pauseAfter(n int) time.Duration {
	return min(leastPause<<min(max(n, 0), 10), longestPause)
}

// around is d, give or take 30 %, so that what failed together does not come
// back together; never less than least.
func around(d, least time.Duration) time.Duration {
	return max(time.Duration(float64(d)*(0.7+0.6*rand.Float64())), least) //nolint:gosec // jitter is no secret
}
