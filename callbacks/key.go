package callbacks

import (
	"fmt"

	"github.com/botd-chat/botd/chat"
)

// Key is by what a repeat is known: one and the same for a message before it is sent,
// after, and in the group's history. It is not yet that of a bot and its trigger. Of a
// change it is the one for this user; empty where it concerns nobody in particular. The
// service promises no better ones (product/1047/34354).
func (c Callback) Key(user chat.UserID) string {
	switch m := c.Message; {
	case m == nil && c.Change == nil:
		return ""
	case m == nil:
		return fmt.Sprintf("callback/%s/%s/%s/%s/%d", c.App, c.Change.What, c.Group, user, c.At.UnixMilli())
	case m.Via == chat.ViaDirect:
		return fmt.Sprintf("callback/%s/direct/%s/%s/%s", c.App, m.From, m.To, m.Key)
	default:
		return fmt.Sprintf("callback/%s/%s/%s/%d", c.App, c.Group, m.From, m.Random)
	}
}
