package chat

import "time"

// Erasure is that one person's data was taken out of what is over. The id itself
// is not in it.
type Erasure struct {
	ID     int64     `json:"id,omitempty"` // in the store; zero in what has just been done
	App    AppName   `json:"app"`
	Hash   string    `json:"hash"`  // of the user's id, with a key that only the store has
	Token  UserID    `json:"token"` // what stands in the id's place: the same each time
	At     time.Time `json:"at"`
	By     By        `json:"by"`
	Counts Erased    `json:"counts"`
	// Waiting are events in which something is still to be done. Apart from
	// what was dropped they are as they were: ask again when they are over.
	Waiting []EventID `json:"waiting,omitempty"`
	// States are what bots remember that names the user, as bot, group and key.
	// It is theirs to change.
	States []StateRef `json:"states,omitempty"`
	// Schedules are there and name the user, as the sender, in the payload or, made by
	// hand, in the name. They go on as they were made: delete them, or take the user out.
	Schedules []ScheduleID `json:"schedules,omitempty"`
}

// ErasureCheck says whether somebody was erased.
type ErasureCheck struct {
	App      AppName   `json:"app"`
	Token    UserID    `json:"token"`    // what stands in the place of the id, if it was
	Erasures []Erasure `json:"erasures"` // of this user, the newest first; empty: the user was not erased
}

// ErasedReason is why a user is among the [Exclusion]s of a delivery whose data
// was erased; the id there is a token.
const ErasedReason = "their data was erased"

// Erased counts what was changed.
type Erased struct {
	Events    int `json:"events"`    // caused by the user: without payload, text and sender now
	Messages  int `json:"messages"`  // that came of those, without text now, or that named the user
	Parts     int `json:"parts"`     // deliveries that named the user among their recipients, or as left out
	Snapshots int `json:"snapshots"` // readings of groups
	Receipts  int `json:"receipts"`  // of deliveries, that named the user; their chains hold
	Timers    int `json:"timers"`    // of those events, or that named the user
	Sessions  int `json:"sessions"`  // that bots had with the user
	Schedules int `json:"schedules"` // that are gone and named the user
	Leaks     int `json:"leaks"`     // of messages of the user, that are over
	Dropped   int `json:"dropped"`   // deliveries on their way that do not go to the user any more
}

// StateRef is one thing that a bot remembers about a group, or about somebody there.
type StateRef struct {
	Bot   BotName `json:"bot"`
	Group GroupID `json:"group"`
	User  UserID  `json:"user,omitempty"` // whose session it is in; empty: it is of the group
	Key   string  `json:"key"`
}
