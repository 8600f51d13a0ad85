package bots

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/botd-chat/botd/chat"
)

// Store is what the dispatcher needs of the store. An error says that nothing
// was stored.
type Store interface {
	// TakeEvents leases up to limit lanes whose head is due and raises the
	// attempts of these heads. next is when the earliest other lane falls due;
	// zero is none.
	TakeEvents(ctx context.Context, limit int, lease time.Duration) (work []chat.EventWork, next time.Time, err error)
	// EndEvent stores what came of a run and gives the lane back, or is
	// [chat.ErrLeaseLost], or a [chat.TooManyTimers], or [chat.ErrDecided].
	EndEvent(context.Context, chat.EventEnd) error
	// Drafts lists what waits to be released in a group, of all bots.
	Drafts(context.Context, chat.AppName, chat.GroupID) ([]chat.Drafts, error)
	// Decided says of an event whose drafts wait no more why they stand as they do; the
	// zero value if it had none.
	Decided(context.Context, chat.EventID) (chat.Drafts, []string, error)
	// RootTrigger is the trigger by which an event came about, by way of timers and of
	// events that tell how messages ended.
	RootTrigger(context.Context, chat.EventID) (chat.TriggerName, error)
	// TimersOf returns the timers of a bot that are pending in a group.
	TimersOf(context.Context, chat.BotName, chat.GroupID) ([]chat.TimerRecord, error)
}

// Directory knows who is in the groups of one application.
type Directory interface {
	// Read returns the group as it was at most maxAge ago, with these facts about its
	// members; zero is now. An error
	// is taken to pass, and the event waits, unless it is [ErrNoGroup].
	Read(ctx context.Context, g chat.GroupID, maxAge time.Duration, facts ...chat.Fact) (chat.Membership, error)
}

// ErrNoGroup says that a group cannot be read now or ever: it does not exist,
// or has no targeted messages.
var ErrNoGroup = errors.New("the group cannot be used")

// ErrGone is an [ErrNoGroup] for a group that does not exist, or not any more.
var ErrGone = fmt.Errorf("%w, since it does not exist", ErrNoGroup)
