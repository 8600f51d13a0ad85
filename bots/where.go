package bots

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/botd-chat/botd/chat"
)

// ErrNowhere says that what was written to the bot alone belongs to no one group of it.
// Its text is for whoever runs botd.
var ErrNowhere = errors.New("it belongs to none of the bot's groups")

// nowhere is how old the readings may be by which a group is found. Who is a member is
// read again before the plugin is asked.
const nowhere = time.Minute

// Where finds the group of what somebody wrote to the bot alone: that of the trigger, or
// the only one of the bot, or the one of them in which the sender is. It reads those
// that were not read for a minute. [ErrNowhere] says that there are none or several;
// another error that it could not be found out.
func (b *Bot) Where(ctx context.Context, d Directory, name chat.TriggerName, sender chat.UserID) (chat.GroupID, error) {
	t, err := b.hearing(name)
	switch {
	case err != nil:
		return "", err
	case t.fixed != "":
		return t.fixed, nil
	case len(b.Groups) == 1:
		return b.Groups[0], nil
	}
	var in []string
	var unread error
	for _, g := range b.Groups {
		m, err := d.Read(ctx, g, nowhere)
		switch {
		case errors.Is(err, ErrNoGroup):
		case err != nil:
			unread = err
		default:
			if _, ok := m.Find(sender); ok {
				in = append(in, string(g))
			}
		}
	}
	switch {
	case len(in) == 1:
		return chat.GroupID(in[0]), nil
	case len(in) > 1:
		return "", fmt.Errorf("%w: %q wrote to it alone and is a member of %d of them, %s; say with group: at trigger %q which one is meant",
			ErrNowhere, string(sender), len(in), strings.Join(in, ", "), string(name))
	case unread != nil:
		return "", unread
	}
	return "", fmt.Errorf("%w: %q wrote to it alone and is a member of none of them", ErrNowhere, string(sender))
}
