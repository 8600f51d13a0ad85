package host

import (
	"errors"
	"log/slog"

	"github.com/jonboulle/clockwork"

	"github.com/botd-chat/botd/bots"
)

// Settings are what every placement works with. The zero value is quiet and of the
// real time.
type Settings struct {
	Log     *slog.Logger // with the bot's name; nil: nowhere
	Observe Observer
	Clock   clockwork.Clock // for pauses, not for deadlines, which come by context; nil: the real one
}

func (s Settings) orDefault() Settings {
	if s.Log == nil {
		s.Log = slog.New(slog.DiscardHandler)
	}
	if s.Clock == nil {
		s.Clock = clockwork.NewRealClock()
	}
	return s
}

// Observer is told what happens, for counting. Any of it may be nil. It is called
// from several goroutines, and is to return soon.
type Observer struct {
	// Ended is a process that ended, although nobody had wished it to, or that had
	// to be ended because of what it did.
	Ended func()
	// Limit was hit: [bots.LimitMemory], [bots.LimitReply] or [bots.LimitOutput].
	Limit func(bots.Limit)
}

func (o Observer) ended() {
	if o.Ended != nil {
		o.Ended()
	}
}

func (o Observer) limit(l bots.Limit) {
	if o.Limit != nil {
		o.Limit(l)
	}
}

// tooMuch tells of an answer that was too long.
func (o Observer) tooMuch(err error) {
	if errors.Is(err, errTooMuch) {
		o.limit(bots.LimitReply)
	}
}
