package chat

import (
	"errors"
	"fmt"
	"time"
)

// ErrDecided says that none of an event's drafts waits any more: somebody else was
// faster, or they lapsed.
var ErrDecided = errors.New("nothing of it waits to be released any more")

// Drafts are the messages of one event that wait until somebody releases them.
type Drafts struct {
	Event    EventID
	App      AppName
	Bot      BotName
	Group    GroupID
	Trigger  TriggerName // whose review they wait for
	Sender   UserID      // of the event: what "sender" in a [Review]'s By means
	Messages int
	Lapses   time.Time // until then they may be released
	Cut      bool      // its reviewers were not shown all of them: only an operator releases them
}

// Decision is what somebody said about the drafts of an event.
type Decision struct {
	Event   EventID
	Release bool // false: they are given up
	By      By
}

// DraftReason is the reason of a message that waits to be released, for a person.
func DraftReason(e EventID, lapses time.Time, cut bool) string {
	if cut {
		return fmt.Sprintf("it waits until %s for somebody who reads all of it (botd dlq approve or drop): it is too long for its reviewers to be shown whole, who can only give it up (/discard %s in the group)",
			lapses.UTC().Format(time.RFC3339), e)
	}
	return fmt.Sprintf("it waits for its reviewers until %s (/release %s or /discard %s in the group; botd dlq approve or drop)",
		lapses.UTC().Format(time.RFC3339), e, e)
}

// LapsedReason is the reason of a message that nobody released.
func LapsedReason(lapses time.Time) string {
	return fmt.Sprintf("nobody released it until %s; nobody saw it but its reviewers", lapses.UTC().Format(time.RFC3339))
}

// Reviewer is who decides about a draft in the group.
func Reviewer(u UserID, reason string) By { return By{Who: "member " + string(u), Reason: reason} }
