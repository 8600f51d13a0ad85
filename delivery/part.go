package delivery

import (
	"fmt"
	"time"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/im"
)

// part is a delivery in a round.
type part struct {
	chat.Delivery
	changed  bool          // differs from what is stored
	repeat   bool          // an earlier attempt of its series is unclear
	doubt    string        // why it is not repeated although it may have been delivered; empty while that is not so
	prepared im.Prepared   // what this round sends
	attempt  *chat.Attempt // of this round, once it has begun
	err      error         // what came of it
	sent     im.Sent
}

func (j *job) take(deliveries []chat.Delivery) {
	j.parts = make([]*part, len(deliveries))
	for i, d := range deliveries {
		j.parts[i] = &part{Delivery: d}
	}
}

// open lists the parts that have no end yet.
func (j *job) open() []*part {
	var open []*part
	for _, p := range j.parts {
		if p.Status == chat.Ready {
			open = append(open, p)
		}
	}
	return open
}

// due lists the parts to be sent in this round. A probe is one call.
func (j *job) due() []*part {
	most := j.together()
	var due []*part
	for _, p := range j.open() {
		if !p.Due.After(j.now) && p.doubt == "" && len(due) < most {
			due = append(due, p)
		}
	}
	return due
}

// together is how many parts are on their way together: no more than leave
// within a second, so that what is known of their recipients is not older for the
// last of them.
func (j *job) together() int {
	if j.probe {
		return 1
	}
	app, group := j.rates()
	return min(maxTogether, app, group)
}

// maxTogether is how many parts are on their way together at most: a second's
// worth of what one group may get.
const maxTogether = DefaultGroupPerSecond

// next is when the earliest part without an end is due.
func (j *job) next() (due time.Time, more bool) {
	for _, p := range j.open() {
		if !more || p.Due.Before(due) {
			due, more = p.Due, true
		}
	}
	return due, more
}

func (j *job) deliveries() []chat.Delivery {
	all := make([]chat.Delivery, len(j.parts))
	for i, p := range j.parts {
		all[i] = p.Delivery
	}
	return all
}

// heedClock sets series back with the clock, if that was set back during the
// round, before they are stored. The store does so with those it has, and what
// is stored over them must not make them younger than they are: a repeat would
// come when the service has forgotten the first. One that began after the clock
// was set becomes older than it is, which does no harm.
func (j *job) heedClock(list []chat.Delivery) {
	now := j.Clock.Now()
	step := now.Round(0).Sub(j.began.Round(0)) - now.Sub(j.began)
	if step > -time.Second {
		return
	}
	for i := range list {
		if d := &list[i]; !d.Series.IsZero() {
			d.Series = d.Series.Round(0).Add(step)
		}
	}
}

func (j *job) changed() []chat.Delivery {
	var changed []chat.Delivery
	for _, p := range j.parts {
		if p.changed {
			changed = append(changed, p.Delivery)
		}
	}
	return changed
}

func (j *job) attempts() []chat.Attempt {
	var attempts []chat.Attempt
	for _, p := range j.parts {
		if p.attempt != nil && !p.attempt.Ended.IsZero() {
			attempts = append(attempts, *p.attempt)
		}
	}
	return attempts
}

// unclear says that an attempt was begun of which nobody knows what came.
func (p *part) unclear() bool { return !p.Series.IsZero() }

// late says that what is unclear must not be repeated any more: an attempt that
// began now might reach the service after it has forgotten the first.
func (p *part) late(now time.Time) bool {
	return p.unclear() && (now.Add(2*horizon).After(p.Series.Add(repeatFor)) || p.Series.After(now))
}

// errTooLate is why an unclear part is not repeated.
var errTooLate = fmt.Errorf("it is too late to repeat it without the risk of a second message: %v after the first attempt", repeatFor)

// mayBeThere says that its recipients may have got it, by an attempt of this
// series or of the one before it was sent again.
func (p *part) mayBeThere() bool { return p.unclear() || !p.Resent.IsZero() }

// end gives a part up, or lets it be over. What may have been delivered is
// never given up as if it had not been: that is for settle to decide.
func (p *part) end(status chat.Status, outcome chat.Outcome, reason string, now time.Time) {
	if p.mayBeThere() && outcome != chat.Sent {
		p.doubt = reason
		if outcome != chat.Unknown {
			p.doubt = "may or may not have been delivered, and is not repeated: " + reason
		}
		return
	}
	p.close(status, outcome, reason, now)
}

// unknown leaves it to a person to find out what became of it.
func (p *part) unknown(reason string, now time.Time) {
	p.close(chat.Held, chat.Unknown, reason, now)
}

func (p *part) close(status chat.Status, outcome chat.Outcome, reason string, now time.Time) {
	p.Status, p.Outcome, p.Reason, p.Ended, p.Due = status, outcome, reason, now, time.Time{}
	p.doubt, p.changed = "", true
}
