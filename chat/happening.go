package chat

import "encoding/json"

// What is what happened in a group.
type What string

// What happens in a group, of which the chat service tells.
const (
	MemberJoined   What = "member_joined"
	MemberLeft     What = "member_left"
	RoleChanged    What = "role_changed"
	GroupDestroyed What = "group_destroyed"
)

// Happenings lists all of them.
var Happenings = []What{MemberJoined, MemberLeft, RoleChanged, GroupDestroyed}

// Happening is the payload of an event of kind [Callback]. What the service told is a
// hint: botd has read the group since, and found that the member is in it, or is not
// in it any more, or that the group is gone. Which role somebody has now stands in
// [Event.Sender]; what the callback claimed is not told.
type Happening struct {
	What What   `json:"what"`
	User UserID `json:"user,omitempty"` // who joined, left, or has another role
	By   UserID `json:"by,omitempty"`   // who did it, as the service says, which nobody has checked
	How  string `json:"how,omitempty"`  // of a member who joined: Apply or Invited; who left: Kicked or Quit (product/1047/34372, 34373)
}

// Heard is the payload of an event of kind [Typed] that a callback of the chat service
// brought.
type Heard struct {
	Via          Via             `json:"via"`
	Held         bool            `json:"held,omitempty"`         // nobody saw it: it was taken out of the group
	Acknowledged bool            `json:"acknowledged,omitempty"` // botd has told the sender that it was received
	Masked       bool            `json:"masked,omitempty"`       // the group saw it with words replaced; [Event.Text] is what was written
	Leaked       bool            `json:"leaked,omitempty"`       // it should have been held, others saw it, and it was taken back
	Seq          uint32          `json:"seq,omitempty"`          // its number in the group; zero where it was held
	Elements     json.RawMessage `json:"elements,omitempty"`     // the MsgBody, as the service has it (product/1047/33527)
}

// Via is where something was written.
type Via string

// Where a member writes.
const (
	ViaGroup   Via = "group"   // in the group
	ViaDirect  Via = "direct"  // to the bot's account alone
	ViaMention Via = "mention" // in the group, with the bot's robot account named
)
