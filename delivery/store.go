package delivery

import (
	"context"
	"time"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/im"
)

// Store is what delivery needs of the store. An error says that nothing was
// stored; it is [chat.ErrLeaseLost] when the lane is somebody else's now.
type Store interface {
	// TakeMessages leases up to limit lanes whose head is due. next is when
	// the earliest other lane falls due; zero is none.
	TakeMessages(ctx context.Context, limit int, lease time.Duration) (work []chat.MessageWork, next time.Time, err error)
	// Newer is the newest message that waits with the key of this one and was
	// accepted after it; zero when there is none.
	Newer(context.Context, chat.MessageID) (chat.MessageID, error)
	// LastRun is the run before that of a message, for how many people it was.
	LastRun(context.Context, chat.MessageID) (chat.Run, error)
	// Join keeps people who came to qualify after a message was resolved, and
	// returns a ready delivery for each new part, in that order.
	Join(context.Context, chat.Lease, chat.MessageID, chat.Newcomers) ([]chat.Delivery, error)
	// Begin keeps what must be known before an attempt leaves, and says when
	// it may leave.
	Begin(context.Context, chat.Begin) (chat.Begun, error)
	// EndRound keeps what came of it, and of the messages beside it, and gives
	// the lane back.
	EndRound(context.Context, ...chat.Round) error
	// Snapshot is the reading of a group with that hash.
	Snapshot(ctx context.Context, hash string) (chat.Membership, error)
}

// Client sends targeted messages for one application.
type Client interface {
	// Prepare encodes a message once; the error is for good.
	Prepare(im.Targeted) (im.Prepared, error)
	// Send makes one attempt with exactly the prepared bytes.
	Send(context.Context, im.Prepared) (im.Sent, error)
	// History reads what was sent to a group, newest first.
	History(ctx context.Context, group chat.GroupID, newest uint32, n int) (list []im.HistoryMessage, more bool, err error)
	// Recall takes messages back, by their numbers in the group.
	Recall(ctx context.Context, group chat.GroupID, seqs []uint32) ([]im.RecallResult, error)
}

// Directory knows who is in the groups of one application.
type Directory interface {
	// Read returns the group as it was at most maxAge ago, with these facts about its
	// members; zero is now.
	Read(ctx context.Context, g chat.GroupID, maxAge time.Duration, facts ...chat.Fact) (chat.Membership, error)
	// Recheck looks these users up; those who are not members are left out.
	Recheck(ctx context.Context, g chat.GroupID, users []chat.UserID, maxAge time.Duration, facts ...chat.Fact) (members []chat.Member, readAt time.Time, err error)
}

// App is what deliveries of one application need.
type App struct {
	Client    Client
	Directory Directory
	// Calls a second of the sending API, and messages a second in one group.
	// Zero is what the service allows without extras (product/1047/34959).
	PerSecond      int
	GroupPerSecond int
}

// Bot is what a delivery asks about the bot that speaks, as it is configured now.
type Bot struct {
	App        chat.AppName
	Account    chat.UserID
	Groups     []chat.GroupID
	Audience   chat.Audience // the widest it may reach; may say Sender
	Recipients int           // the most one message may have
	// RoleMaxAge is how old the reading may be that recipients were held against
	// when an attempt begins. Zero: each attempt has a reading of its own.
	RoleMaxAge time.Duration
	Push       string // neutral text for lock screens; empty pushes nothing
	// Unknown says what becomes of what may or may not have been delivered and
	// is not found in the group's history; empty is [chat.UnknownHold].
	Unknown chat.UnknownRule
	// Newcomers says whether those who come to qualify while a message is being
	// sent get it, too; empty is [chat.NewcomersExclude].
	Newcomers chat.NewcomerRule
	// Surge says what becomes of a message for more than SurgeFactor times as
	// many as the last time; empty is [chat.SurgeSend].
	Surge       chat.SurgeRule
	SurgeFactor int
}
