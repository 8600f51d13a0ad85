package callbacks

import (
	"context"
	"time"

	"github.com/botd-chat/botd/chat"
)

// Sink keeps what a [Receiver] hears. The rules are those that apply, at least one.
type Sink interface {
	// Hold keeps what no other member is to see, before a time. Without an error it is
	// on disk, or was before. An error says that it is not, and never will be by this
	// call: whoever wrote it is told to write it again.
	//
	// What rules with a Mask have replaced words in comes this way, too, and those have
	// no Hold: the group sees it masked, and only once it is kept; c has what was written.
	Hold(ctx context.Context, c Callback, rules []Rule, by time.Time) error
	// Take keeps what is told after the fact. An error says that it was not kept.
	Take(ctx context.Context, c Callback, rules []Rule) error
	// Changed says that the membership of a group may be another than it was read.
	Changed(app chat.AppName, group chat.GroupID)
	// Shown says that a message of a group stands in its history by now, by what the
	// service told: somebody may look whether it should.
	Shown(app chat.AppName, group chat.GroupID, seq uint32)
}

// Roles says which role somebody had in a group when it was last read, without asking
// anybody; false for a group that was not read, and for who was not in it.
type Roles func(chat.AppName, chat.GroupID, chat.UserID) (chat.Role, bool)
