package delivery

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/im"
)

const (
	// breaksAfter is how many calls in a row must reach nobody.
	breaksAfter = 5
	// The pauses between probes: each twice the last, up to a quarter of a
	// minute, so that an hour costs some 240 calls, and the service's return
	// is seen within seconds.
	leastProbePause = 500 * time.Millisecond
	maxProbePause   = 15 * time.Second
	// probeLasts is how long a probe may take before another is made. A round
	// ends within a minute.
	probeLasts = time.Minute
	// proberStays is how long the message that probed last is waited for. A
	// probe may leave its message unclear: better the same one again than
	// another each time.
	proberStays = 20 * time.Second
	// afterProbe is how much later than the probe the others come: then they
	// know what came of it.
	afterProbe = 2 * time.Second
	// proberPause is the longest pause between its tries, give or take.
	proberPause = 12 * time.Second
)

// breaker keeps an application from calling a service that cannot be reached.
// It exists from the first failure to the next answer.
type breaker struct {
	failures int // calls in a row that reached nobody
	since    time.Time
	pause    time.Duration  // between the probes; zero while it is not broken
	next     time.Time      // the earliest probe
	probed   time.Time      // when the probe under way began; zero: none
	prober   chat.MessageID // who probed last; zero: somebody without a message
	until    time.Time      // the prober comes first before this
	reason   string
}

func (b *breaker) broken() bool { return b.pause > 0 }

// closed is what keeps somebody from being the next probe, with a message or
// none.
func (b *breaker) closed(now time.Time, m chat.MessageID) *Closed {
	switch {
	case now.Before(b.next) && m == b.prober:
		return &Closed{b.reason, b.next}
	case now.Before(b.next):
		return &Closed{b.reason, b.next.Add(afterProbe)}
	case !b.probed.IsZero() && now.Sub(b.probed) < probeLasts,
		b.prober != 0 && m != b.prober && now.Before(b.until):
		return &Closed{b.reason, now.Add(probing)}
	}
	return nil
}

func (b *breaker) probe(now time.Time, m chat.MessageID) {
	b.probed, b.prober, b.until = now, m, now.Add(proberStays)
}

// fail counts a call that reached nobody; news says that it broke the line.
// Those that were on their way when it broke do not lengthen the pause.
func (b *breaker) fail(now time.Time, err error) (news bool) {
	b.failures++
	b.reason = fmt.Sprintf("the service cannot be reached since %s: %v", b.since.UTC().Format(time.RFC3339), err)
	switch {
	case !b.broken() && b.failures >= breaksAfter:
		b.pause, news = leastProbePause, true
	case !b.broken() || b.probed.IsZero():
		return false
	default:
		b.pause = min(2*b.pause, maxProbePause)
	}
	b.next, b.probed = now.Add(b.pause), time.Time{}
	return news
}

// contact is what a call says about the way to the service.
type contact int

const (
	untold      contact = iota // nothing: it was not made, or given up by us
	answered                   // there is somebody at the other end
	unreachable                // it brought no answer of the service's own
)

// reached judges by the error of a call.
func reached(err error) contact {
	if err == nil {
		return answered
	}
	e, ok := errors.AsType[*im.Error](err)
	switch {
	case !ok, errors.Is(err, context.Canceled):
		return untold
	case e.Code != 0:
		return answered
	case e.Class == im.Retry, e.Class == im.Unclear:
		return unreachable
	}
	return untold // limits of ours, the guard, a gateway that refuses
}
