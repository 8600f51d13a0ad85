package bots

import (
	"strings"
	"sync"
	"time"

	"github.com/botd-chat/botd/chat"
)

const (
	// repeating is how long after an event's wait was told of in the log those of the
	// same bot for the same reason are not.
	repeating = time.Minute
	// maxTold is how many of them are remembered.
	maxTold = 1000
)

// quiet has the log say once in a while why events of a bot wait: hundreds may, and
// each looks again and again.
type quiet struct {
	mu   sync.Mutex
	told map[wait]time.Time
}

// wait is what was in the log. In the reason no digits are: they tell events apart, and
// not reasons.
type wait struct {
	bot    chat.BotName
	reason string
}

// news reports whether it is to be told that an event of a bot waits.
func (q *quiet) news(bot chat.BotName, reason string, now time.Time) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	key := wait{bot, strings.Map(withoutDigits, reason)}
	if last, known := q.told[key]; known && now.Sub(last).Abs() < repeating {
		return false
	}
	if len(q.told) >= maxTold {
		clear(q.told)
	}
	q.told[key] = now
	return true
}

func withoutDigits(r rune) rune {
	if '0' <= r && r <= '9' {
		return -1
	}
	return r
}
