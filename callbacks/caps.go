package callbacks

import (
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/strangers"
)

// ofSender is how many events one member makes in a minute, over all groups of an
// application. Nobody types more; a program might, and would take the group's share.
const ofSender = 30

// caps count the events that messages make. They remember the latest groups and senders
// alone, so that their number does not fill the memory.
type caps struct {
	mu      sync.Mutex
	groups  strangers.Recent[inGroupOf, *rate.Limiter]
	senders strangers.Recent[senderOf, *rate.Limiter]
	counted strangers.Recent[string, bool] // messages, by how and by their key
}

type inGroupOf struct {
	bot   chat.BotName
	group chat.GroupID // empty for what is written to the bot alone
	most  int
}

type senderOf struct {
	app  chat.AppName
	user chat.UserID
}

// Cap is a bound on how many events messages make, in a word for a metric.
type Cap string

// The caps.
const (
	CapGroup  Cap = "group"  // limits: typed_per_minute
	CapSender Cap = "sender" // of one member
)

// over counts the events that rules are about to make of a message, and says which cap is
// against it; empty for none. One for each rule counts, and one for the sender. A message
// of which the service tells twice counts once.
func (c *caps) over(cb Callback, rules []Rule, now time.Time) Cap {
	c.mu.Lock()
	defer c.mu.Unlock()
	key := string(cb.Message.Via) + cb.Key("")
	if before, _ := c.counted.Get(key); before {
		return ""
	}
	if !limiter(&c.senders, senderOf{cb.App, cb.Message.From}, ofSender).AllowN(now, 1) {
		return CapSender
	}
	for _, r := range rules {
		if r.Typed > 0 && !limiter(&c.groups, inGroupOf{r.Bot, cb.Group, r.Typed}, r.Typed).AllowN(now, 1) {
			return CapGroup
		}
	}
	c.counted.Put(key, true)
	return ""
}

// limiter lets so many through in a minute, all of them at once if need be.
func limiter[K comparable](of *strangers.Recent[K, *rate.Limiter], k K, perMinute int) *rate.Limiter {
	l, ok := of.Get(k)
	if !ok {
		l = rate.NewLimiter(rate.Limit(float64(perMinute)/time.Minute.Seconds()), perMinute)
		of.Put(k, l)
	}
	return l
}
