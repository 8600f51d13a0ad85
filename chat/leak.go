package chat

import (
	"fmt"
	"time"
)

// LeakID identifies a leak.
type LeakID int64

func (id LeakID) String() string { return fmt.Sprintf("l%d", int64(id)) }

// MarshalText writes the id with its letter.
func (id LeakID) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

// UnmarshalText reads an id written with its letter.
func (id *LeakID) UnmarshalText(b []byte) error { return unmarshalID(id, "a leak", 'l', b) }

// ParseLeakID reads an id as [LeakID.String] writes it.
func ParseLeakID(s string) (LeakID, error) {
	n, err := parseID("a leak", 'l', s)
	return LeakID(n), err
}

// Finder is what found a leak.
type Finder string

// What finds leaks. Both read the message in the group's history; the callback only
// says that it is time to look.
const (
	FoundByCallback Finder = "callback"
	FoundBySweep    Finder = "sweep"
)

// Leak is a message that members saw although a trigger with hold: true was to take it
// out of the group: botd did not answer in time, was down, or was not asked.
type Leak struct {
	ID      LeakID    `json:"id"`
	App     AppName   `json:"app"`
	Group   GroupID   `json:"group"`
	MsgSeq  uint32    `json:"msg_seq"`
	Random  uint32    `json:"random"`
	Sender  UserID    `json:"sender"`
	Events  []EventID `json:"events"` // that it became, one for each trigger that was to hold it
	Shown   time.Time `json:"shown"`  // since when it can be seen: the service's, to the second
	Found   time.Time `json:"found"`
	FoundBy Finder    `json:"found_by"`
	// What came of taking it back. Empty while it is tried; then RecallOpen never.
	Result   RecallResult `json:"result,omitempty"`
	Attempts int          `json:"attempts"`
	Due      time.Time    `json:"due,omitzero"` // while it is tried: not before this
	Ended    time.Time    `json:"ended,omitzero"`
	Code     int          `json:"code,omitempty"` // the service's, at the last attempt
	Error    string       `json:"error,omitempty"`
}

// Visible is for how long the message was there to see; until now while it is. It is in
// whole seconds, and at least one, since the service does not tell when within a second
// it was shown.
func (l Leak) Visible(now time.Time) time.Duration {
	if !l.Ended.IsZero() && l.Result == Recalled {
		now = l.Ended
	}
	return max(now.Sub(l.Shown).Round(time.Second), time.Second)
}

// VoidedReason is the reason of an event that was voided, and of what its sender was to
// be told, for a person. late is how long after the time by which it had to be on disk
// it was.
func VoidedReason(late time.Duration) string {
	if late == 0 {
		return "botd ended while it was on its way to the disk and too late: its sender may have been told to write it again, and nothing comes of this one"
	}
	return fmt.Sprintf("it was on disk %v too late: its sender was told to write it again, and nothing comes of this one", late.Round(time.Millisecond))
}
