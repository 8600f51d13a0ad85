package delivery

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/im"
)

const (
	// looking is how long a look into a group's history may take.
	looking = 10 * time.Second
	// maxPages bounds a look, at [im.MaxHistory] messages a page.
	maxPages = 25
	// maxLooks is how often a look that fails is tried again before the bot's
	// rule decides.
	maxLooks = 5
	// clocks is how far the service's clock may be from ours.
	clocks = 2 * time.Minute
)

// The reasons of deliveries that were decided here.
const (
	foundReason    = "found in the group's history"
	resentReason   = "sent again by the bot's rule (unknown: resend), since the outcome of the first was unknown: its recipients may have it twice"
	assumedReason  = "assumed, by the bot's rule (unknown: assume_sent)"
	notFoundReason = "it is not in the group's history, which proves nothing"
)

// settle decides about the parts that may have been delivered and will not be
// repeated: those found in the group's history were sent, and about the others
// the bot's rule decides. It is the only place that does.
func (j *job) settle(ctx context.Context) {
	doubtful := slices.DeleteFunc(j.open(), func(p *part) bool { return p.doubt == "" })
	if len(doubtful) == 0 {
		return
	}
	now := j.Clock.Now()
	if now.Add(looking + reading + storing).After(j.lease.Until) {
		for _, p := range doubtful {
			j.later(p, now, "too little of the lease is left to look for it")
		}
		return
	}
	found, err := j.look(ctx, doubtful)
	var left []*part
	for _, p := range doubtful {
		seq, ok := found[p.Random]
		switch {
		case ok:
			p.MsgSeq = seq
			p.end(chat.Done, chat.Sent, foundReason, now)
		case err != nil && !final(err) && j.tally.look(p.ID) < maxLooks:
			j.later(p, now.Add(around(j.patience(), leastPause)), "looking for it in the group's history failed: "+err.Error())
		default:
			left = append(left, p)
		}
	}
	j.rule(ctx, left, outcomeOf(err), now)
}

// final reports that a look which failed so fails again.
func final(err error) bool {
	e, ok := errors.AsType[*im.Error](err)
	return ok && e.Class == im.Permanent
}

// outcomeOf is what a look that did not find something came to.
func outcomeOf(err error) string {
	if err == nil {
		return notFoundReason
	}
	return "the group's history cannot be read: " + err.Error()
}

// later leaves the decision about a part for another round. Until then it is
// not sent.
func (j *job) later(p *part, due time.Time, why string) {
	j.tally.doubt(p.ID, p.doubt)
	p.Due, p.Reason, p.changed = due, p.doubt+"; "+why, true
}

// look finds which of the parts stand in the group's history, by the numbers of
// their messages. It goes from the newest message back to when the parts were
// first tried.
func (j *job) look(ctx context.Context, parts []*part) (found map[uint32]uint32, err error) {
	ctx, cancel := context.WithTimeout(ctx, looking)
	defer cancel()
	found = map[uint32]uint32{}
	wanted := map[uint32]bool{}
	since := j.Clock.Now()
	for _, p := range parts {
		wanted[p.Random] = true
		if p.unclear() && p.Series.Before(since) {
			since = p.Series
		}
	}
	err = scan(ctx, j.app.Client, j.message.Group, since.Add(-clocks), func(m im.HistoryMessage) bool {
		if m.From == j.bot.Account && wanted[m.Random] {
			found[m.Random] = m.Seq
		}
		return len(found) == len(wanted)
	})
	j.gate.heard(j.message.App, asking, err)
	return found, err
}

// rule does with what stays unknown as the bot is configured, unless somebody
// who may have got it must not see it any more.
func (j *job) rule(ctx context.Context, parts []*part, looked string, now time.Time) {
	if len(parts) == 0 {
		return
	}
	rule := j.bot.Unknown.OrDefault()
	if rule != chat.UnknownHold && !j.allStay(ctx, parts, now) {
		rule = chat.UnknownHold
	}
	for _, p := range parts {
		switch {
		case p.Status != chat.Ready: // somebody was lost
		case rule == chat.UnknownResend && p.Resent.IsZero():
			j.resend(p, now)
		case rule == chat.UnknownAssume:
			p.end(chat.Done, chat.Sent, fmt.Sprintf("%s: %s; %s", assumedReason, p.doubt, looked), now)
		default:
			p.unknown(p.doubt+"; "+looked, now)
		}
	}
}

// allStay looks up again whether all recipients of the parts may still see the
// message. A part of which somebody may not is held. It is false when nobody
// can say.
func (j *job) allStay(ctx context.Context, parts []*part, now time.Time) bool {
	ctx, cancel := context.WithTimeout(ctx, reading)
	defer cancel()
	known, readAt, err := j.lookUp(ctx, parts)
	if err != nil {
		j.log.Warn("whether all recipients may still see what is unclear cannot be read; a person decides", "error", err)
		return false
	}
	j.now = now
	for _, p := range parts {
		j.narrow(p, known, readAt)
	}
	return true
}

// resend begins a new series, once: what it sends can double the first.
func (j *job) resend(p *part, now time.Time) {
	j.log.Warn("delivery is sent again although it may have been delivered, by the bot's rule", "delivery", p.ID, "reason", p.doubt)
	j.tally.forgetDelivery(p.ID)
	p.Random, p.Series, p.Digest = 0, time.Time{}, ""
	p.Resent, p.Due, p.Reason, p.doubt, p.changed = now, now, resentReason, "", true
}
