package delivery

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"time"

	"github.com/botd-chat/botd/audience"
	"github.com/botd-chat/botd/chat"
)

// newcomers lets those join who qualify for the message by this reading and did
// not when it was resolved, if the bot is configured so. They are stored before
// anything is sent to them. Nobody joins of whom it is not certain that none of
// the message has reached them, and all join or, if they would be more than the
// bot may address, none: who would be left out is not for us to choose.
func (j *job) newcomers(ctx context.Context, group chat.Membership) error {
	fresh := j.eligible(group)
	if len(fresh) == 0 {
		return nil
	}
	if n := j.people() + len(fresh); n > j.most() {
		j.log.Warn("newcomers are not let in, since it would be more than may be addressed with this message",
			"newcomers", len(fresh), "people", n, "recipients", j.most())
		return nil
	}
	// Nobody was asked about those who would come now.
	if j.bot.Surge == chat.SurgeHold && j.message.Only == nil {
		reason, err := j.grown(ctx, j.people()+len(fresh))
		if err != nil {
			return err
		}
		if reason != "" {
			j.log.Warn("newcomers are not let in, since a person would have to be asked", "newcomers", len(fresh), "people", j.people()+len(fresh), "reason", reason)
			return nil
		}
	}
	n := chat.Newcomers{Membership: group}
	widened, rest := j.widen(fresh, group)
	for _, p := range widened {
		n.Widened = append(n.Widened, p.Delivery)
	}
	n.Parts = partsOf(audience.Resolution{Decisions: rest}.Shares())
	made, err := j.Store.Join(ctx, j.lease, j.message.ID, n)
	if err == nil && len(made) != len(n.Parts) {
		err = fmt.Errorf("%d deliveries for %d parts", len(made), len(n.Parts))
	}
	if err != nil {
		return fmt.Errorf("storing newcomers: %w", err)
	}
	j.log.Info("newcomers let in", "people", len(fresh), "widened", len(widened), "parts", len(made), "read_at", group.ReadAt)
	for _, d := range made {
		p := &part{Delivery: d}
		j.parts = append(j.parts, p)
		if !j.probe && len(j.batch) < j.together() {
			j.batch = append(j.batch, p)
		}
	}
	return nil
}

// eligible lists who may join, and which body they get. The bot's audience counts as it was when the
// message was resolved, too, by which it is explained: one that was widened since
// does not reach back.
func (j *job) eligible(group chat.Membership) []audience.Decision {
	if !group.ReadAt.After(j.resolvedAt()) {
		return nil
	}
	known, all := j.met()
	if !all {
		return nil
	}
	var fresh []audience.Decision
	now := audience.Of(j.message.Message, j.ceiling).At(group.ReadAt)
	for _, d := range audience.Of(j.message.Message, *j.message.Ceiling).Resolve(group).Within(j.message.Only).Decisions {
		if !d.In || known[d.Member.ID] {
			continue
		}
		if now.Decide(d.Member).In {
			fresh = append(fresh, d)
		}
	}
	return fresh
}

// resolvedAt is when the group was read for the message, or for those who joined
// it last.
func (j *job) resolvedAt() time.Time {
	at := j.message.ReadAt
	for _, p := range j.parts {
		if p.ReadAt.After(at) {
			at = p.ReadAt
		}
	}
	return at
}

// met is everybody whom the message may have reached, or is to reach. Who was
// lost from a delivery of which no attempt was begun is not among them. It does
// not know all if somebody's data was erased: they must not come back, and what
// is left of their id is a token.
func (j *job) met() (known map[chat.UserID]bool, all bool) {
	known = map[chat.UserID]bool{}
	for _, p := range j.parts {
		untouched := p.Attempts == 0 && !p.mayBeThere()
		if !untouched || p.Status == chat.Ready {
			for _, id := range p.Recipients.IDs() {
				known[id] = true
			}
		}
		for _, lost := range p.Lost {
			if lost.Reason == chat.ErasedReason {
				return nil, false
			}
			if !untouched {
				known[lost.User] = true
			}
		}
	}
	return known, true
}

// people is how many the message is for as it stands.
func (j *job) people() int {
	n := 0
	for _, p := range j.parts {
		if p.Status != chat.Done || p.Outcome != chat.Dropped {
			n += p.Recipients.Len()
		}
	}
	return n
}

// widen puts newcomers where there is room and their body goes, and returns the parts that took some
// in and who is left. Only parts of this round do of which no attempt was begun:
// their recipients were held against the same reading a moment ago, and all of
// them are explained by it from now on.
func (j *job) widen(fresh []audience.Decision, group chat.Membership) (widened []*part, rest []audience.Decision) {
	if !reflect.DeepEqual(*j.message.Ceiling, j.ceiling) {
		return nil, fresh
	}
	rest = fresh
	for _, p := range j.batch {
		room := chat.MaxRecipients - p.Recipients.Len()
		if p.Status != chat.Ready || p.Attempts > 0 || p.mayBeThere() || len(p.Lost) > 0 || room <= 0 || len(rest) == 0 {
			continue
		}
		in, out := fitting(rest, p.Rendering, room)
		to, err := chat.NewRecipients(slices.Concat(p.Recipients.IDs(), in))
		if err != nil || len(in) == 0 {
			continue
		}
		p.Recipients, p.Snapshot, p.ReadAt, p.changed = to, group.Hash(), group.ReadAt, true
		widened, rest = append(widened, p), out
	}
	return widened, rest
}

// fitting are up to n of those who get that body, and all others.
func fitting(list []audience.Decision, rendering, n int) (in []chat.UserID, out []audience.Decision) {
	for _, d := range list {
		if d.Rendering == rendering && len(in) < n {
			in = append(in, d.Member.ID)
			continue
		}
		out = append(out, d)
	}
	return in, out
}
