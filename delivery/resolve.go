package delivery

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/botd-chat/botd/audience"
	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/im"
	"github.com/botd-chat/botd/internal/fail"
)

// admit asks whether the message may go on at all.
func (j *job) admit(context.Context) error {
	m := j.message
	j.bot, j.app = j.Bots(m.Bot), j.Apps(m.App)
	switch {
	case j.bot == nil || j.bot.App != m.App || j.app == nil:
		return hold("no bot %q of app %q is configured any more; add it again, or drop the message", m.Bot, m.App)
	case !slices.Contains(j.bot.Groups, m.Group):
		return hold("group %s is not one of bot %q's groups any more; add it again, or drop the message", m.Group, m.Bot)
	}
	probe, closed := j.gate.enter(m.App, m.ID, asking, sending)
	if closed != nil {
		return &stop{due: closed.Until(), why: "application", cause: closed}
	}
	j.probe = probe
	j.ceiling = j.bot.Audience.Bind(m.Sender)
	return nil
}

// hold is the end of a message about which a person has to decide.
func hold(format string, args ...any) error {
	return &stop{end: &chat.MessageEnd{Status: chat.Held, Outcome: chat.Refused, Reason: fmt.Sprintf(format, args...)}}
}

// expire ends what is too late: to be worth sending, or to be repeated.
func (j *job) expire(context.Context) error {
	for _, p := range j.open() {
		p.doubt = j.tally.doubted(p.ID)
		if p.doubt == "" && p.late(j.now) {
			p.end(chat.Held, chat.Unknown, "may or may not have been delivered: "+errTooLate.Error(), j.now)
		}
	}
	expires := j.message.Message.Expires
	if expires.IsZero() || !j.now.After(expires) {
		return nil
	}
	return j.endAll(chat.Done, chat.Expired, fmt.Sprintf("it was worth sending until %s", expires.UTC().Format(time.RFC3339)))
}

// endAll ends the message in the same way for all its parts that have no end.
func (j *job) endAll(status chat.Status, outcome chat.Outcome, reason string) error {
	if len(j.parts) == 0 {
		return &stop{end: &chat.MessageEnd{Status: status, Outcome: outcome, Reason: reason}}
	}
	for _, p := range j.open() {
		p.end(status, outcome, reason, j.now)
	}
	return errOver
}

// errOver says that nothing more is done in this round: the parts say how the
// message stands.
var errOver = errors.New("the round is over")

// resolve finds out who the message is for, when its turn has come and not
// before. It is kept with the first attempts.
func (j *job) resolve(ctx context.Context) error {
	switch {
	case len(j.parts) > 0:
		return nil
	case j.message.Ceiling != nil:
		return j.endResolved(ctx)
	}
	group, err := j.read(ctx)
	if err != nil {
		return j.unreadable(err)
	}
	return j.against(ctx, group)
}

// against makes parts of those who qualify by a reading of the group.
func (j *job) against(ctx context.Context, group chat.Membership) error {
	j.fresh, j.parts = &chat.Resolved{Ceiling: j.ceiling, Membership: group}, nil
	j.message.Ceiling, j.message.ReadAt, j.kind, j.readAt = &j.fresh.Ceiling, group.ReadAt, group.Type, group.ReadAt
	who := audience.Of(j.message.Message, j.ceiling).Resolve(group).Within(j.message.Only)
	to, somebody := who.Recipients()
	if !somebody || to.Len() > j.most() {
		return j.endUnsent(to, group)
	}
	if err := j.surge(ctx, to.Len()); err != nil {
		return err
	}
	for i, s := range partsOf(who.Shares()) {
		j.parts = append(j.parts, &part{Delivery: chat.Delivery{Message: j.message.ID, Part: i + 1, Rendering: s.Rendering, Recipients: s.Recipients, Status: chat.Ready, Due: j.now}})
	}
	fail.Here(fail.Resolved)
	return nil
}

// partsOf is what is to be sent: each with one body, to no more than one call can target.
func partsOf(shares []chat.Share) []chat.Share {
	var parts []chat.Share
	for _, s := range shares {
		parts = append(parts, s.Parts()...)
	}
	return parts
}

// endResolved ends a message that was found to be for nobody who may get it,
// by a process that died before it could say so.
func (j *job) endResolved(ctx context.Context) error {
	group, err := j.Store.Snapshot(ctx, j.message.Snapshot)
	if err != nil {
		return fmt.Errorf("reading the group as it was resolved: %w", err)
	}
	j.ceiling, group.ReadAt = *j.message.Ceiling, j.message.ReadAt // a reading like it may have been kept before
	to, _ := audience.Of(j.message.Message, j.ceiling).Resolve(group).Within(j.message.Only).Recipients()
	return j.endUnsent(to, group)
}

// endUnsent ends a message that came to nobody, or to more than the bot may
// address: then none of them gets it, since who would be cut off is not for us
// to choose.
func (j *job) endUnsent(to chat.Recipients, group chat.Membership) error {
	switch {
	case to.Len() == 0 && j.message.Only != nil:
		return j.endAll(chat.Done, chat.Nobody, fmt.Sprintf("none of the %d whom %s did not reach may get it now (%s, within %s)",
			j.message.Only.Len(), j.message.ReplayOf, audience.Describe(j.message.Message.To), audience.Describe(j.ceiling)))
	case to.Len() == 0 && !j.message.Message.HasBody():
		return j.endAll(chat.Done, chat.Nobody, fmt.Sprintf("none of the %d members of the group is addressed (%s), within what the bot may reach (%s), and one for whom there is a text",
			len(group.Members), audience.Describe(j.message.Message.To), audience.Describe(j.ceiling)))
	case to.Len() == 0:
		return j.endAll(chat.Done, chat.Nobody, fmt.Sprintf("none of the %d members of the group is addressed (%s) and within what the bot may reach (%s)",
			len(group.Members), audience.Describe(j.message.Message.To), audience.Describe(j.ceiling)))
	}
	j.crowd = true
	may := fmt.Sprintf("bot %q may address %d with one message (limits: recipients)", string(j.message.Bot), j.bot.Recipients)
	if j.most() < j.bot.Recipients {
		may = fmt.Sprintf("the message may have %d recipients, which is fewer than its bot may address", j.most())
	}
	return j.endAll(chat.Dead, chat.Refused, fmt.Sprintf("it is for %d members, and %s; sent to nobody", to.Len(), may))
}

// most is how many may get the message.
func (j *job) most() int { return j.message.Message.Most(j.bot.Recipients) }

func (j *job) read(ctx context.Context) (chat.Membership, error) {
	ctx, cancel := context.WithTimeout(ctx, reading)
	defer cancel()
	began := j.Clock.Now()
	group, err := j.app.Directory.Read(ctx, j.message.Group, j.bot.RoleMaxAge, j.facts()...)
	if err != nil || !group.ReadAt.Before(began) {
		j.gate.heard(j.message.App, asking, err)
	}
	return group, err
}

// facts are what the rules ask about members beside their roles: those of the message,
// and the bot's audience as it is and as the message was held against it.
func (j *job) facts() chat.Facts {
	rules := append(j.message.Message.Rules(), j.message.Message.To, j.ceiling)
	if j.message.Ceiling != nil {
		rules = append(rules, *j.message.Ceiling)
	}
	return audience.Facts(rules...)
}

// unreadable says what follows when a group cannot be read: it is waited for,
// unless it never can be.
func (j *job) unreadable(err error) error {
	if errors.Is(err, audience.ErrUntargetable) {
		return j.endAll(chat.Dead, chat.Refused, err.Error())
	}
	if e, ok := errors.AsType[*im.Error](err); ok {
		switch v := classify(e, 0, 1); {
		case v.status == chat.Dead && e.Class == im.Permanent:
			return j.endAll(chat.Dead, chat.Refused, err.Error())
		case v.pause > 0:
			due := j.now.Add(v.pause)
			j.shut(due, v.probe, err)
			return &stop{due: due, why: "application", cause: err}
		}
	}
	return &stop{due: j.now.Add(around(j.patience(), leastPause)), why: "directory", cause: err}
}

// shut makes all lanes of the application wait, loudly if a person has to act.
func (j *job) shut(until time.Time, probe bool, cause error) {
	if !j.gate.shut(j.message.App, until, probe, cause.Error()) {
		return
	}
	if probe {
		j.log.Error("the application is not configured as it should be: its messages wait, and one is tried each minute until it works; nothing is lost",
			"app", j.message.App, "error", cause, "until", until)
		return
	}
	j.log.Warn("the application is to slow down", "app", j.message.App, "error", cause, "until", until)
}
