package simulator

import (
	"encoding/json"
	"slices"
	"time"
)

// sends are the commands that say for themselves whether they had an effect: a
// duplicate has none.
var sends = map[string]bool{"send_group_msg": true, "sendmsg": true, "batchsendmsg": true}

// priorities in falling order; what is not sent with one is Normal.
var priorities = []string{"High", "Normal", "Low"}

// maxMsgBody is the size of MsgBody's JSON in bytes (product/1047/34381).
const maxMsgBody = 12 << 10

// sent is a send_group_msg request whose fields make sense (product/1047/34959).
type sent struct {
	group, from string
	random      uint32
	body        json.RawMessage
	text        string
	list        list
	at          json.RawMessage // GroupAtInfo; nil for none
	mentions    int             // entries of it
	atAll       bool            // one of them names everybody
	priority    int             // index in priorities
	onlineOnly  bool
	control     []string
	forbid      []string // ForbidCallbackControl
	custom      string
	origin      origin
	spoken      bool // with an app, by a member, and not by a call
	before      string
}

// forbids reports whether this message does not cause a callback.
func (m sent) forbids(callback string) bool { return slices.Contains(m.forbid, callback) }

// Fates of a message. Discarded and Refused say what a callback decided as well.
const (
	Delivered  = "delivered"
	RateDrop   = "dropped"   // the group's rate left no room for it
	Duplicated = "duplicate" // it had been delivered before
)

// sendAnswer is the answer to send_group_msg.
type sendAnswer struct {
	envelope
	MsgTime       int64
	MsgSeq        uint32
	MsgDropReason string `json:",omitempty"`
}

func dropAnswer(now time.Time) sendAnswer {
	return sendAnswer{envelope: okay, MsgTime: now.Unix(), MsgDropReason: "MsgFreqCtrl"}
}

// sendGroupMsg is the command send_group_msg.
func (s *Simulator) sendGroupMsg(c *call) (any, error) {
	m, err := s.readSent(c.body)
	c.note.Group, c.note.Random, c.note.Recipients = m.group, m.random, m.list.count()
	if err != nil {
		return nil, err
	}
	if m.from == "" {
		m.from = c.identifier
	}
	m.origin = byREST(c)
	p, err := s.post(m)
	c.note.Effect = p.fate == Delivered
	return p.answer, err
}

// message is what would be kept of a message in a group.
func (m sent) message(now time.Time) *Message {
	return &Message{
		Group: m.group, Time: now, From: m.from, Random: m.random, Asked: m.list.ids, Text: m.text, Elements: m.body,
		CustomData: m.custom, Priority: priorities[m.priority], OnlineOnly: m.onlineOnly, Before: m.before,
	}
}

// store numbers a message and puts it into the inboxes.
func (s *Simulator) store(c candidate, m sent, now time.Time) *Message {
	g, out := c.group, m.message(now)
	out.Reason, out.Recipients = c.reason, c.recipients
	if !m.onlineOnly && (c.reason == Broadcast || s.modes.TargetedSeq == "taken") {
		g.lastSeq++
		out.Seq = g.lastSeq
		g.history.put(out)
	}
	g.lastMessage = now
	if sender := g.members[m.from]; sender != nil {
		sender.lastSent = now
	}
	s.deliver(out)
	return out
}

func (s *Simulator) checkSender(g *group, m sent) error {
	if s.accounts[m.from] == nil {
		return refuse(number(s.modes.UnknownSender), "From_Account does not exist")
	}
	sender := g.members[m.from]
	if sender == nil && m.spoken {
		return refuse(10007, "only members may write in this group")
	}
	if sender != nil && sender.muted.After(s.Now()) {
		return refuse(10017, "the sender is muted in this group")
	}
	return nil
}

// checkOptions refuses the combinations that product/1047/34959 rules out.
func (s *Simulator) checkOptions(g *group, m sent) error {
	chat := g.kind == "AVChatRoom"
	switch {
	case m.mentions > 30:
		return refuse(10053, "GroupAtInfo has more than 30 entries")
	case m.atAll && chat && s.modes.AtAllInAVChat != "accepted":
		return refuse(10004, "an AVChatRoom has no @all")
	case m.onlineOnly && len(m.control) > 0 && s.modes.OnlineAndControl != "accepted":
		return refuse(10004, "OnlineOnlyFlag and SendMsgControl exclude each other")
	case chat && len(m.control) > 0:
		return refuse(10004, "an AVChatRoom has no SendMsgControl")
	case g.kind == "ChatRoom" && slices.Contains(m.control, "NoUnread"):
		return refuse(10004, "a Meeting group counts no unread messages")
	}
	return nil
}

// group finds the group an answer is about.
func (s *Simulator) group(id string) (*group, error) {
	if !possibleGroupID(id) {
		return nil, refuse(10015, "GroupId cannot be one")
	}
	g := s.groups[id]
	if g == nil {
		return nil, refuse(10010, "the group does not exist")
	}
	return g, nil
}
