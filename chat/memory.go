package chat

import "time"

// Memory is what a bot remembers: of a group, or of one member there, if User names
// one.
type Memory struct {
	Bot   BotName `json:"bot"`
	Group GroupID `json:"group"`
	User  UserID  `json:"user,omitempty"`
}

// SessionRecord says that a bot remembers something of a member, and not what.
type SessionRecord struct {
	User    UserID    `json:"user"`
	Bytes   int       `json:"bytes"` // of JSON
	Expires time.Time `json:"expires"`
}
