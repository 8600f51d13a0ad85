package bots

import (
	"testing"
	"time"

	"github.com/botd-chat/botd/chat"
)

func TestWhyEventsOfABotWaitIsToldOnceInAWhile(t *testing.T) {
	q, at := quiet{told: map[wait]time.Time{}}, time.Now()
	for _, c := range []struct {
		bot, reason string
		after       time.Duration
		news        bool
	}{
		{"quiz", "waits: it is being started, since 1s", 0, true},
		{"quiz", "waits: it is being started, since 14s", time.Second, false},
		{"quiz", "waits: the group cannot be read", time.Second, true},
		{"poll", "waits: it is being started, since 1s", time.Second, true},
		{"quiz", "waits: it is being started, since 1s", repeating, true},
		{"quiz", "waits: it is being started, since 1s", -time.Hour, true}, // the clock was set back
	} {
		if got := q.news(chat.BotName(c.bot), c.reason, at.Add(c.after)); got != c.news {
			t.Errorf("%s %q after %v: %v", c.bot, c.reason, c.after, got)
		}
	}
}
