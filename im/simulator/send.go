package simulator

import (
	"encoding/json"
	"slices"
	"time"
)

const sendCommand = "send_group_msg"

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
	mentions    int  // entries of GroupAtInfo
	atAll       bool // one of them names everybody
	priority    int  // index in priorities
	onlineOnly  bool
	control     []string
	custom      string
}

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
	answer, took, err := s.post(m)
	c.note.Effect = took
	return answer, err
}

// post brings a message into a group; took reports whether it had an effect.
func (s *Simulator) post(m sent) (answer sendAnswer, took bool, err error) {
	g, err := s.group(m.group)
	if err != nil {
		return answer, false, err
	}
	keys := s.keys(m)
	if first, again := s.seen.find(keys.by(s.modes), s.Now()); again {
		return s.repeatAnswer(first), false, nil
	}
	answer, took, err = s.accept(g, m)
	if took || s.modes.RefusedRandom == "kept" {
		s.seen.add(keys, answer.MsgSeq, s.Now(), s.limits.Duplicates)
	}
	return answer, took, err
}

// repeatAnswer is the answer to a message that was there already.
func (s *Simulator) repeatAnswer(first occurrence) sendAnswer {
	answer := sendAnswer{envelope: okay, MsgTime: first.at.Unix(), MsgSeq: first.seq}
	if s.modes.DuplicateSeq == "zero" {
		answer.MsgSeq = 0
	}
	return answer
}

// accept checks a message that is new against the group and delivers it.
func (s *Simulator) accept(g *group, m sent) (sendAnswer, bool, error) {
	if err := s.checkSender(g, m.from); err != nil {
		return sendAnswer{}, false, err
	}
	if err := s.checkOptions(g, m); err != nil {
		return sendAnswer{}, false, err
	}
	reason, recipients, err := s.audience(g, m)
	if err != nil {
		return sendAnswer{}, false, err
	}
	now := s.Now()
	if !g.room(m.priority, now, s.limits.GroupMessagesPerSecond) {
		if s.modes.GroupRate != "drop" {
			return sendAnswer{}, false, refuse(number(s.modes.GroupRate), "too many messages in this group in a second")
		}
		return dropAnswer(now), false, nil
	}
	seq := s.store(g, m, reason, recipients, now)
	return sendAnswer{envelope: okay, MsgTime: now.Unix(), MsgSeq: seq}, true, nil
}

// room admits one message of a priority into the group's second. It counts
// those of the same or a higher priority: a lower one would have been dropped in
// its place, had it not been answered already.
func (g *group) room(priority int, now time.Time, limit int) bool {
	if g.rates[priority].full(now, limit) {
		return false
	}
	for p := priority; p < len(priorities); p++ {
		g.rates[p].admit(now, limit)
	}
	return true
}

// store numbers a message and puts it into the inboxes.
func (s *Simulator) store(g *group, m sent, reason string, recipients []string, now time.Time) uint32 {
	out := &Message{
		Group: g.id, Time: now, From: m.from, Random: m.random, Reason: reason, Recipients: recipients,
		Asked: m.list.ids, Text: m.text, Elements: m.body, CustomData: m.custom,
		Priority: priorities[m.priority], OnlineOnly: m.onlineOnly,
	}
	if !m.onlineOnly && (reason == Broadcast || s.modes.TargetedSeq == "taken") {
		g.lastSeq++
		out.Seq = g.lastSeq
		g.history.put(out)
	}
	g.lastMessage = now
	if sender := g.members[m.from]; sender != nil {
		sender.lastSent = now
	}
	s.deliver(out)
	return out.Seq
}

func (s *Simulator) checkSender(g *group, from string) error {
	if s.accounts[from] == nil {
		return refuse(number(s.modes.UnknownSender), "From_Account does not exist")
	}
	if m := g.members[from]; m != nil && m.muted.After(s.Now()) {
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
