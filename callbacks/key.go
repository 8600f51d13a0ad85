package callbacks

import (
	"fmt"
	"strings"

	"github.com/botd-chat/botd/chat"
)

// Key is by what a repeat is known: one and the same for a message before it is sent,
// after, and in the group's history. It is not yet that of a bot and its trigger. Of a
// change it is the one for this user; empty where it concerns nobody in particular. The
// service promises no better ones (product/1047/34354).
func (c Callback) Key(user chat.UserID) string {
	group := piece(c.Group)
	switch m := c.Message; {
	case m == nil && c.Change == nil:
		return ""
	case m == nil:
		return fmt.Sprintf("callback/%s/%s/%s/%s/%d", c.App, c.Change.What, group, piece(user), c.At.UnixMilli())
	case m.Via == chat.ViaDirect:
		return fmt.Sprintf("callback/%s/direct/%s/%s/%s", c.App, piece(m.From), piece(m.To), piece(m.Key))
	default:
		return fmt.Sprintf("callback/%s/%s/%s/%d", c.App, group, piece(m.From), m.Random)
	}
}

// piece is a part of a key that cannot be taken for two: ids may have slashes.
func piece[S ~string](s S) string { return slashes.Replace(string(s)) }

var slashes = strings.NewReplacer("%", "%25", "/", "%2F")
