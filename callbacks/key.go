package callbacks

import (
	"crypto/sha256"
	"fmt"
	"strconv"

	"github.com/botd-chat/botd/chat"
)

// Key is by what a repeat is known: one and the same for a message before it is sent,
// after, and in the group's history. It is not yet that of a bot and its trigger. Of a
// change it is the one for this user; empty where it concerns nobody in particular. The
// service promises no better ones (product/1047/34354).
//
// It does not say whom it is of: what is kept to know repeats outlives what is erased.
func (c Callback) Key(user chat.UserID) string {
	group := string(c.Group)
	switch m := c.Message; {
	case m == nil && c.Change == nil:
		return ""
	case m == nil:
		return c.key(string(c.Change.What), group, string(user), strconv.FormatInt(c.At.UnixMilli(), 10))
	case m.Via == chat.ViaDirect:
		return c.key("direct", string(m.From), string(m.To), m.Key)
	default:
		return c.key("message", group, string(m.From), strconv.FormatUint(uint64(m.Random), 10))
	}
}

// key is one of parts that cannot be taken for others.
func (c Callback) key(what string, parts ...string) string {
	sum := sha256.Sum256(encoded(parts))
	return fmt.Sprintf("callback/%s/%s/%x", c.App, what, sum[:16])
}
