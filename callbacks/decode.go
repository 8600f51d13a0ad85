package callbacks

import (
	"fmt"
	"strings"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/strictjson"
)

// The commands that something is done about, in the service's words (product/1047/34355).
const (
	BeforeGroupMessage = "Group.CallbackBeforeSendMsg"
	AfterGroupMessage  = "Group.CallbackAfterSendMsg"
	AfterDirectMessage = "C2C.CallbackAfterSendMsg"
	RobotInGroup       = "Bot.OnGroupMessage"
	RobotDirect        = "Bot.OnC2CMessage"
	MemberJoined       = "Group.CallbackAfterNewMemberJoin"
	MemberLeft         = "Group.CallbackAfterMemberExit"
	MemberChanged      = "Group.CallbackAfterMemberFieldChanged"
	OwnerChanged       = "Group.CallbackAfterChangeGroupOwner"
	GroupDestroyed     = "Group.CallbackAfterGroupDestroyed"
	GroupCreated       = "Group.CallbackAfterCreateGroup"
)

// decoders has all commands that the service documents. What a command has beyond these
// fields stands in the body.
var decoders = map[string]func(*fields, *Callback){
	BeforeGroupMessage:               groupMessage,
	AfterGroupMessage:                sentGroupMessage,
	"Group.CallbackSendMsgException": groupMessage, // product/1047/60256: it was dropped, and nobody saw it
	RobotInGroup:                     sentGroupMessage,

	"C2C.CallbackBeforeSendMsg": directMessage,
	AfterDirectMessage:          directMessage,
	RobotDirect:                 directMessage,

	MemberJoined:   joined,        // product/1047/34372
	MemberLeft:     left,          // product/1047/34373
	MemberChanged:  memberChanged, // product/1047/60393
	OwnerChanged:   ownerChanged,  // product/1047/60396
	GroupDestroyed: destroyed,     // product/1047/34377
	GroupCreated:   inGroup,

	"Group.CallbackBeforeCreateGroup":      anything, // which has no id yet
	"Group.CallbackBeforeApplyJoinGroup":   inGroup,
	"Group.CallbackBeforeInviteJoinGroup":  inGroup,
	"Group.CallbackAfterGroupInfoChanged":  inGroup,
	"Group.CallbackAfterGroupFull":         inGroup,
	"Group.CallbackAfterRecallMsg":         inGroup,
	"Group.CallbackOnMemberStateChange":    inGroup,
	"Group.CallbackAfterGroupAttrChanged":  inGroup,
	"Group.CallbackAfterReadReceipt":       inGroup,
	"Group.CallbackOnDailyGroupQuotaAlarm": anything,
	"Group.CallbackBeforeCreateTopic":      inGroup,
	"Group.CallbackAfterCreateTopic":       inGroup,
	"Group.CallbackAfterTopicDestroyed":    inGroup,
	"Group.CallbackAfterTopicInfoChanged":  inGroup,
	"C2C.CallbackAfterMsgReport":           anything,
	"C2C.CallbackAfterMsgWithDraw":         anything,
	"State.StateChange":                    stateChange,
	"Profile.CallbackPortraitSet":          anything,
	"Alert.RequestOverLimit":               anything,
}

// known reports whether a command is documented. Of Sns. and Follow. there are many.
func known(command string) bool {
	return decoders[command] != nil || strings.HasPrefix(command, "Sns.") || strings.HasPrefix(command, "Follow.")
}

// maxDepth is how deep a body may be nested. A message that quotes others is the deepest.
const maxDepth = 64

// decode reads a body. The command is that of the address, which the body has to repeat.
// What went before a mistake stands in the callback, the group among it.
func (c *Callback) decode(body []byte) error {
	c.Body = body
	if err := strictjson.Check(body, maxDepth); err != nil {
		c.Group = chat.GroupID(fieldsOf(body).text("GroupId"))
		return fmt.Errorf("the body is %w", err)
	}
	f := fieldsOf(body)
	c.At = f.millis("EventTime")
	c.Group = chat.GroupID(f.text("GroupId"))
	said := f.text("CallbackCommand")
	f.must(said != "", "CallbackCommand")
	if f.err == nil && said != c.Command {
		f.err = fmt.Errorf("CallbackCommand is another one than in the address")
	}
	if decode := decoders[c.Command]; decode != nil && f.err == nil {
		decode(f, c)
	}
	if f.err != nil {
		return fmt.Errorf("in the body, %w", f.err)
	}
	return nil
}

func anything(*fields, *Callback) {}

func inGroup(f *fields, c *Callback) { f.must(c.Group != "", "GroupId") }

func stateChange(f *fields, c *Callback) {
	info := fieldsOf(f.of["Info"])
	info.somebody("To_Account")
	info.must(info.text("Action") != "", "Action")
	f.must(info.err == nil, "Info with To_Account and Action")
}
