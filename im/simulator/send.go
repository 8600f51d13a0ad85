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

// posted is what became of a message, for whoever sent it.
type posted struct {
	answer  sendAnswer
	fate    string // Delivered, RateDrop, Duplicated, Discarded or Refused
	before  string // the outcome of the callback before it; "": there was none
	message *Message
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
	m.origin = byREST(c)
	p, err := s.post(m)
	c.note.Effect = p.fate == Delivered
	return p.answer, err
}

// post brings a message into a group. It gives the lock up while the application is
// asked about it.
func (s *Simulator) post(m sent) (posted, error) {
	if _, err := s.group(m.group); err != nil {
		return posted{fate: Refused}, err
	}
	keys := s.keys(m)
	p, err := s.accept(m, keys)
	if p.fate == Delivered || p.fate != Duplicated && s.modes.RefusedRandom == "kept" {
		s.seen.add(keys, p.answer.MsgSeq, s.Now(), s.limits.Duplicates)
	}
	return p, err
}

// candidate is a message that may be delivered as the world is now.
type candidate struct {
	group      *group
	first      *occurrence // it was there already
	reason     string
	recipients []string
}

// check looks at a message in the world as it is now.
func (s *Simulator) check(m sent, keys keys) (c candidate, err error) {
	if c.group, err = s.group(m.group); err != nil {
		return c, err
	}
	if first, again := s.seen.find(keys.by(s.modes), s.Now()); again {
		c.first = &first
		return c, nil
	}
	if err = s.checkSender(c.group, m); err != nil {
		return c, err
	}
	if err = s.checkOptions(c.group, m); err != nil {
		return c, err
	}
	c.reason, c.recipients, err = s.audience(c.group, m)
	return c, err
}

// accept checks a message, asks the application, checks it again, since the world
// went on meanwhile, and delivers it.
func (s *Simulator) accept(m sent, keys keys) (posted, error) {
	c, err := s.check(m, keys)
	if err != nil || c.first != nil {
		return s.unaccepted(c, posted{}, err)
	}
	v := s.consult(s.askAbout(c.group, m), groupCodes)
	p := posted{before: v.outcome}
	switch v.outcome {
	case Refused:
		return s.unaccepted(c, p, refuse(v.code, v.info))
	case Discarded:
		return s.discard(m, p), nil
	}
	m = m.rewritten(v)
	if v.outcome != "" {
		if c, err = s.check(m, keys); err != nil || c.first != nil {
			return s.unaccepted(c, p, err)
		}
	}
	return s.admitMessage(c, m, p)
}

// unaccepted is a message that is refused, or that was there already.
func (s *Simulator) unaccepted(c candidate, p posted, err error) (posted, error) {
	if err != nil {
		p.fate = Refused
		return p, err
	}
	p.fate = Duplicated
	p.answer = sendAnswer{envelope: okay, MsgTime: c.first.at.Unix(), MsgSeq: c.first.seq}
	if s.modes.DuplicateSeq == "zero" {
		p.answer.MsgSeq = 0
	}
	return p, nil
}

// admitMessage delivers a message if its group's rate has room for it.
func (s *Simulator) admitMessage(c candidate, m sent, p posted) (posted, error) {
	now := s.Now()
	if !c.group.room(m.priority, now, s.limits.GroupMessagesPerSecond) {
		p.fate, p.answer = RateDrop, dropAnswer(now)
		s.tellDropped(c.group, m)
		if s.modes.GroupRate != "drop" {
			return p, refuse(number(s.modes.GroupRate), "too many messages in this group in a second")
		}
		return p, nil
	}
	p.fate = Delivered
	p.message = s.store(c, m, now)
	p.answer = sendAnswer{envelope: okay, MsgTime: now.Unix(), MsgSeq: p.message.Seq}
	s.tellSent(c.group, m, p.message)
	return p, nil
}

// askAbout is the callback about a message that is to be delivered, or nil where
// none is wanted.
func (s *Simulator) askAbout(g *group, m sent) *parcel {
	if m.forbids("ForbidBeforeSendMsgCallback") || !s.callbacks.sends(BeforeSendMsg) {
		return nil
	}
	return s.pack(BeforeSendMsg, m.origin, s.beforeBody(g, m))
}

// rewritten is a message with what the application decided about it.
func (m sent) rewritten(v verdict) sent {
	m.before = v.outcome
	if v.body != nil {
		m.body, m.text = v.body, v.text
	}
	if v.custom != nil {
		m.custom = *v.custom
	}
	return m
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

// discard tells the sender of a message that it was sent. Only the app of a member
// who wrote it shows it.
func (s *Simulator) discard(m sent, p posted) posted {
	now := s.Now()
	p.fate, p.answer = Discarded, sendAnswer{envelope: okay, MsgTime: now.Unix()}
	if m.spoken {
		m.before = Discarded
		p.message = m.message(now)
		s.keepOwn(p.message)
	}
	return p
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
