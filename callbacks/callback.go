package callbacks

import (
	"encoding/json"
	"time"

	"github.com/botd-chat/botd/chat"
)

// Callback is what the service told, decoded. None of it is proved but that whoever
// sent it knew the token: the signature covers no body (product/1047/34354).
type Callback struct {
	App      chat.AppName
	Command  string    // in the service's words, such as Group.CallbackAfterSendMsg
	Platform string    // OptPlatform: RESTAPI, Web, Android, …
	Received time.Time // when its first byte was here, by our clock
	At       time.Time // EventTime; zero for none
	Group    chat.GroupID
	Message  *Message // of the commands about a message; nil for others
	Change   *Change  // of the commands about a group and its members; nil for others
	Body     json.RawMessage
}

// Message is what somebody wrote, or is about to.
type Message struct {
	Via      chat.Via
	From     chat.UserID
	Operator chat.UserID // who made the request; the administrator for REST
	To       chat.UserID // of a one-to-one message
	Random   uint32
	Seq      uint32 // its number in the group; zero before it was sent
	Key      string // MsgKey of a one-to-one message
	Time     time.Time
	Text     string          // its text elements, with a line break between two
	Elements json.RawMessage // MsgBody
	Mark     string          // CloudCustomData
	Robots   []chat.UserID   // that were named in it
}

// Change is what happened to a group: one for each member whom it concerns.
type Change struct {
	What  chat.What
	Users []chat.UserID // who joined, left, or has another role; of a new owner, both
	By    chat.UserID
	How   string
}
