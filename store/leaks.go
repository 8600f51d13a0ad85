package store

import (
	"context"
	"errors"
	"time"

	"github.com/botd-chat/botd/chat"
)

// ErrLate says that something was not stored by the time until which that was of use.
var ErrLate = errors.New("it was not on disk in time")

// AcceptBy is [Store.AcceptAll] for what is of use only if it is on disk by a time. If
// that has passed when the commit is over, the events are voided before anybody can have
// taken them, and it is ErrLate, as it is when nothing was stored.
func (s *Store) AcceptBy(ctx context.Context, list []chat.Arrival, by time.Time) ([]chat.Receipt, error) {
	if s.now().After(by) {
		return nil, ErrLate
	}
	return s.AcceptAll(ctx, list)
}

var errNotBuilt = errors.New("leaks are not kept yet")

// Swept is up to which number a group's history was looked through for leaks.
func (s *Store) Swept(context.Context, chat.AppName, chat.GroupID) (uint32, bool, error) {
	return 0, false, errNotBuilt
}

// KeepSwept keeps up to which number a group's history was looked through.
func (s *Store) KeepSwept(context.Context, chat.AppName, chat.GroupID, uint32) error {
	return errNotBuilt
}

// KeepLeak keeps a leak and the events that it became.
func (s *Store) KeepLeak(context.Context, chat.Leak, []chat.Arrival) (chat.Leak, bool, error) {
	return chat.Leak{}, false, errNotBuilt
}

// TakeLeaks returns the leaks that are due.
func (s *Store) TakeLeaks(context.Context, int, time.Duration) ([]chat.Leak, time.Time, error) {
	return nil, time.Time{}, errNotBuilt
}

// EndLeak keeps what came of a try to take a message back.
func (s *Store) EndLeak(context.Context, chat.Leak, chat.Message) error { return errNotBuilt }

// LeakQuery selects leaks. Zero fields select all.
type LeakQuery struct {
	Bot   chat.BotName
	Group chat.GroupID
	Open  bool        // only those whose message may still be there to see
	After chat.LeakID // the cursor of the page before: only older ones
	Limit int         // 1 to 500
}

// Leaks lists leaks, the newest first; next is the cursor of the next page, zero for none.
func (s *Store) Leaks(context.Context, LeakQuery) (list []chat.Leak, next chat.LeakID, err error) {
	return nil, 0, errNotBuilt
}
