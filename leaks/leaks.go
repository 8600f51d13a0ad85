package leaks

import (
	"context"
	"time"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/im"
)

// Store keeps what was found. An error says that nothing was kept.
type Store interface {
	// Swept is up to which number a group's history was looked through; false for one
	// that never was.
	Swept(context.Context, chat.AppName, chat.GroupID) (seq uint32, ok bool, err error)
	// WatchedSince keeps since when a group is watched that was never looked through,
	// unless that is kept already, and returns the first such time.
	WatchedSince(context.Context, chat.AppName, chat.GroupID, time.Time) (time.Time, error)
	// KeepSwept keeps that it was, up to this number; a smaller one than before is
	// kept, too, since a group can have been made anew.
	KeepSwept(context.Context, chat.AppName, chat.GroupID, uint32) error
	// ForgetSwept forgets it of the groups that are not watched, and says of how many.
	ForgetSwept(ctx context.Context, watched func(chat.AppName, chat.GroupID) bool) (int, error)
	// KeepLeak keeps a leak together with what it means for the bots: an event for each
	// arrival, unless there is one under its key. Known says that the leak had been kept
	// before, and then nothing was.
	KeepLeak(context.Context, chat.Leak, []chat.Arrival) (l chat.Leak, known bool, err error)
	// TakeLeaks returns the leaks whose message is still to be taken back and that are
	// due, and has them due again after the lease; next is when the first other one is.
	TakeLeaks(ctx context.Context, limit int, lease time.Duration) (list []chat.Leak, next time.Time, err error)
	// EndLeak keeps what came of a try, by Result, Attempts, Due, Ended, Code and Error.
	// notice, if it says something, becomes a message of each of the leak's events.
	EndLeak(ctx context.Context, l chat.Leak, notice chat.Message) error
}

// Client is the service, as far as this package needs it.
type Client interface {
	History(ctx context.Context, g chat.GroupID, newest uint32, n int) (list []im.HistoryMessage, more bool, err error)
	Recall(ctx context.Context, g chat.GroupID, seqs []uint32) ([]im.RecallResult, error)
}

// DefaultEvery is how long there is between two sweeps of a group, where nobody says
// otherwise.
const DefaultEvery = time.Minute

// Watched is a group in which something is held.
type Watched struct {
	App    chat.AppName
	Group  chat.GroupID
	Every  time.Duration // between sweeps; zero: [DefaultEvery]
	Client Client
	// Judge says whether a message of the group that everybody can see was to be held, and
	// what it should have become then: nothing, where no bot can take it, and it is taken
	// back all the same. It may read the group's members. An error says that it is not
	// known now, and it is asked again; nothing that comes later is looked at before. It is
	// not asked about what the service itself or a robot wrote; which other accounts are
	// bots, it knows itself.
	Judge func(context.Context, im.HistoryMessage) (held bool, became []chat.Arrival, err error)
}

// Observer is told what happens, for counting. Any of it may be nil.
type Observer struct {
	// Found is a leak that was not known before.
	Found func(chat.AppName, chat.Finder)
	// Recalled is one that nobody can see any more, and for how long it could be seen.
	Recalled func(app chat.AppName, visible time.Duration)
	// NotRecalled is one that the service will not take back. A person has to.
	NotRecalled func(chat.AppName)
}
