package bots

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/jonboulle/clockwork"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/reviews"
)

// DraftStore is what [Lapses] need of the store.
type DraftStore interface {
	// DueDrafts lists drafts that nobody released in time, and when the next of the
	// others lapses; zero is none.
	DueDrafts(ctx context.Context, limit int) (list []chat.Drafts, next time.Time, err error)
	// LapseDrafts ends those of an event, with what their reviewers are told, or is
	// [chat.ErrDecided].
	LapseDrafts(ctx context.Context, e chat.EventID, notices []chat.Message) error
}

// Lapses end drafts that nobody released in time, and tell their reviewers so. Store and
// Bots are required.
type Lapses struct {
	Store DraftStore
	Bots  func(chat.BotName) *Bot
	Clock clockwork.Clock // nil: the real one
	Log   *slog.Logger    // nil: nowhere
	Ended func(chat.Drafts)
}

// lapseBatch is how many drafts are looked at at a time.
const lapseBatch = 100

// Run watches the clock until ctx ends.
func (l Lapses) Run(ctx context.Context) error {
	if l.Store == nil || l.Bots == nil {
		return errors.New("drafts lapse in a store, and of bots")
	}
	if l.Clock == nil {
		l.Clock = clockwork.NewRealClock()
	}
	for {
		pause := longestSleep
		next, err := l.End(ctx)
		switch left := next.Sub(l.Clock.Now()); {
		case err != nil && ctx.Err() == nil && l.Log != nil:
			l.Log.Error("drafts that nobody released cannot be ended; it is tried again", "error", err)
		case err == nil && !next.IsZero():
			pause = min(max(left, time.Millisecond), longestSleep)
		}
		timer := l.Clock.NewTimer(pause)
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil
		case <-timer.Chan():
		}
	}
}

// End ends what nobody released in time, and says when the next lapses.
func (l Lapses) End(ctx context.Context) (next time.Time, err error) {
	for {
		list, next, err := l.Store.DueDrafts(ctx, lapseBatch)
		if err != nil || len(list) == 0 {
			return next, err
		}
		for _, d := range list {
			if err := l.end(ctx, d); err != nil {
				return time.Time{}, err
			}
		}
	}
}

// end ends the drafts of an event. That somebody decided about them meanwhile is as well.
func (l Lapses) end(ctx context.Context, d chat.Drafts) error {
	var notices []chat.Message
	if b := l.Bots(d.Bot); b != nil {
		if by := b.Reviewers(d.Trigger, d.Sender); by != nil && !by.IsNobody() {
			told := d
			told.Lapses = b.clock(d.Trigger, d.Lapses)
			notices = []chat.Message{reviews.Lapsed(told, *by)}
		}
	}
	switch err := l.Store.LapseDrafts(ctx, d.Event, notices); {
	case errors.Is(err, chat.ErrDecided):
		return nil
	case err != nil:
		return err
	}
	if l.Log != nil {
		l.Log.Warn("drafts lapsed: nobody released them in time", "event", d.Event, "bot", d.Bot, "trigger", d.Trigger, "group", d.Group, "drafts", d.Messages)
	}
	if l.Ended != nil {
		l.Ended(d)
	}
	return nil
}
