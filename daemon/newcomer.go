package daemon

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/botd-chat/botd/audience"
	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/console"
	"github.com/botd-chat/botd/store"
)

// joinedBy is the delivery by which somebody got a message, or was to, who did
// not qualify when it was resolved.
func joinedBy(user chat.UserID, m chat.MessageHistory) (chat.DeliveryHistory, bool) {
	d, ok := deliveryFor(user, m)
	return d, ok && d.Snapshot != ""
}

// joinedLater is why about them, by the reading that let them in.
func (o operator) joinedLater(ctx context.Context, w *console.Why, m chat.MessageHistory, d chat.DeliveryHistory) error {
	first := w.Reason
	read, err := o.store.Snapshot(ctx, d.Snapshot)
	if errors.Is(err, store.ErrNotFound) {
		return fmt.Errorf("%w: the reading of the group for delivery %s is not kept any more", console.ErrConflict, d.ID)
	}
	if err != nil {
		return err
	}
	read.ReadAt = d.ReadAt // one like it may have been kept before
	o.judged(w, m, read)
	w.ReadAt = d.ReadAt
	w.Reason += fmt.Sprintf(", and came to qualify after the message was first held against the group (%s: %s), so they joined it (newcomers: include)",
		m.ReadAt.UTC().Format(time.RFC3339), first)
	addressed(w, m)
	return nil
}

// looking is how long it may take to find out who somebody is now, for the sake
// of an explanation.
const looking = 5 * time.Second

// notJoined says of somebody who did not get a message what keeps them out of it
// if they would qualify now. If the group cannot be read, that is left out.
func (o operator) notJoined(ctx context.Context, w *console.Why, m chat.MessageHistory) {
	bot, app := o.bot(m.Bot), o.app(m.App)
	if bot == nil || app == nil || bot.App != m.App {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, looking)
	defer cancel()
	facts := audience.Facts(append(m.Message.Rules(), m.To, *m.Ceiling, bot.Audience)...)
	now, err := app.directory.Read(ctx, m.Group, bot.Limits.RoleMaxAge, facts...)
	if err != nil {
		return
	}
	all := audience.Of(m.Message, bot.Audience.Bind(m.Sender)).Resolve(now).Within(m.Only)
	d, ok := all.For(w.User)
	if !ok || !d.In {
		return
	}
	to, _ := all.Recipients()
	then := audience.Of(m.Message, *m.Ceiling).At(now.ReadAt).Decide(d.Member).In
	w.Reason += fmt.Sprintf(", as read %s; qualifies as read %s (%s), and is not included because ",
		m.ReadAt.UTC().Format(time.RFC3339), now.ReadAt.UTC().Format(time.RFC3339), d.Reason)
	switch {
	case bot.Newcomers != chat.NewcomersInclude:
		w.Reason += "newcomers are excluded (newcomers: exclude)"
	case !then:
		w.Reason += "what the bot could reach when the turn of the message came does not have them"
	case to.Len() > m.Message.Most(bot.Limits.Recipients):
		w.Reason += fmt.Sprintf("with all who qualify now it would be for %d, and %d may be addressed with this message", to.Len(), m.Message.Most(bot.Limits.Recipients))
	case m.Status != chat.Ready:
		w.Reason += "no reading that was made for an attempt let them in, and the message has ended; if one had them, the log says why they were not let in"
	default:
		w.Reason += "no reading that was made for an attempt has let them in yet"
	}
}
