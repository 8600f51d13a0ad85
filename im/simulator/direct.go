package simulator

import (
	"encoding/json"
	"fmt"
	"hash/maphash"
	"slices"
	"time"
)

// Direct is why a message was received that went from one account to another.
const Direct = "direct"

// letterWindow is how long a one-to-one message with the same MsgSeq and MsgRandom
// counts as the same (product/1047/34919).
const letterWindow = 120 * time.Second

// letter is a message from one account to another.
type letter struct {
	from, to    string
	seq, random uint32
	body        json.RawMessage
	text        string
	custom      string
	onlineOnly  bool
	forbid      []string
	origin      origin
	spoken      bool
	before      string
}

// key is the MsgKey of a letter that was sent at a time.
func (l letter) key(at time.Time) string { return fmt.Sprintf("%d_%d_%d", l.seq, l.random, at.Unix()) }

type letterAnswer struct {
	envelope
	MsgTime int64
	MsgKey  string
	MsgId   string `json:",omitempty"` //nolint:revive,staticcheck // the service's spelling
}

// sendMsg is sendmsg (product/1047/34919).
func (s *Simulator) sendMsg(c *call) (any, error) {
	l, err := s.readLetter(c, 93000)
	if err == nil {
		l.to, err = s.readRecipient(c.body)
	}
	c.note.Random, c.note.Recipients = l.random, 1
	if err != nil {
		return nil, err
	}
	p, err := s.postLetter(l)
	c.note.Effect = p.fate == Delivered
	return p.answer, err
}

// lettered is what became of a letter.
type lettered struct {
	answer  letterAnswer
	fate    string
	before  string
	message *Message
}

// letterKey fingerprints a letter: sender, MsgSeq, MsgRandom and content.
func (s *Simulator) letterKey(l letter) keys {
	type content struct {
		from, to, body string
		seq, random    uint32
	}
	key := maphash.Comparable(s.salt, content{l.from, l.to, string(l.body), l.seq, l.random})
	return keys{key, key}
}

// postLetter brings a letter to its recipient. It gives the lock up while the
// application is asked about it.
func (s *Simulator) postLetter(l letter) (lettered, error) {
	key := s.letterKey(l)
	if first, again := s.letters.find(key.content, s.Now()); again {
		return l.repeated(first), nil
	}
	v := s.consult(s.askAboutLetter(l), directCodes)
	now := s.Now()
	p := lettered{before: v.outcome, fate: v.outcome, answer: letterAnswer{envelope: okay, MsgTime: now.Unix(), MsgKey: l.key(now)}}
	switch v.outcome {
	case Refused:
		s.tellLetter(l, now, v.code, v.info)
		return p, refuse(v.code, v.info)
	case Discarded:
		if l.spoken {
			p.message = l.message(now)
			s.keepOwn(p.message)
		}
		return p, nil
	}
	if first, again := s.letters.find(key.content, now); again { // it came meanwhile
		return l.repeated(first), nil
	}
	l = l.rewritten(v)
	p.fate, p.message = Delivered, s.deliverLetter(l, now)
	s.letters.add(key, l.seq, now, s.limits.Duplicates)
	s.tellLetter(l, now, 0, "send msg succeed")
	return p, nil
}

func (l letter) repeated(first occurrence) lettered {
	return lettered{fate: Duplicated, answer: letterAnswer{envelope: okay, MsgTime: first.at.Unix(), MsgKey: l.key(first.at)}}
}

func (l letter) rewritten(v verdict) letter {
	m := sent{body: l.body, text: l.text, custom: l.custom}.rewritten(v)
	l.body, l.text, l.custom, l.before = m.body, m.text, m.custom, m.before
	return l
}

func (l letter) message(now time.Time) *Message {
	return &Message{
		Reason: Direct, To: l.to, Time: now, From: l.from, Random: l.random, Seq: l.seq, Text: l.text, Elements: l.body,
		CustomData: l.custom, Priority: priorities[1], OnlineOnly: l.onlineOnly, Before: l.before,
	}
}

// deliverLetter puts a letter into the inbox of its recipient, and into that of
// whoever wrote it with an app, which shows it too.
func (s *Simulator) deliverLetter(l letter, now time.Time) *Message {
	out := l.message(now)
	out.Recipients = []string{}
	if to := s.account(l.to); !l.onlineOnly || !to.offline {
		out.Recipients = append(out.Recipients, l.to)
		to.unread++
	}
	if l.spoken && l.from != l.to {
		out.Recipients = append(out.Recipients, l.from)
	}
	s.deliver(out)
	return out
}

// askAboutLetter is the callback about a letter that is to be delivered, or nil
// where none is wanted (product/1047/34364).
func (s *Simulator) askAboutLetter(l letter) *parcel {
	if slices.Contains(l.forbid, "ForbidBeforeSendMsgCallback") || !s.callbacks.sends(BeforeSendC2C) {
		return nil
	}
	return s.pack(BeforeSendC2C, l.origin, s.letterBody(l, s.Now()))
}

func (s *Simulator) letterBody(l letter, at time.Time) entry {
	body := entry{
		"From_Account": l.from, "To_Account": l.to, "MsgSeq": l.seq, "MsgRandom": l.random, "MsgTime": at.Unix(),
		"MsgKey": l.key(at), "OnlineOnlyFlag": flag(l.onlineOnly), "MsgBody": l.body, "CloudCustomData": l.custom,
	}
	if s.modes.CallbackMsgID == "present" {
		body["MsgId"] = fmt.Sprintf("%d-%d-%d", clientID(l.from), at.Unix(), l.random)
	}
	return body
}

// tellLetter tells of a letter that was delivered, or refused with a code
// (product/1047/34365). A robot is told of what it received only.
func (s *Simulator) tellLetter(l letter, at time.Time, code int, info string) {
	if s.callbacks.URL == "" {
		return
	}
	tell := func(command string) {
		body := s.letterBody(l, at)
		body["SendMsgResult"], body["ErrorInfo"], body["UnreadMsgNum"] = code, info, -1
		if code == 0 {
			body["UnreadMsgNum"] = s.account(l.to).unread
		}
		s.tell(s.pack(command, l.origin, body))
	}
	silent := slices.Contains(l.forbid, "ForbidAfterSendMsgCallback")
	if !silent {
		tell(AfterSendC2C)
	}
	silent = silent && s.modes.ForbidForRobots == "suppressed"
	if isRobot(l.to) && code == 0 && !silent {
		tell(RobotC2CMessage)
	}
}

// sayDirect lets somebody write to one account with an app.
func (s *Simulator) sayDirect(u Utterance, body json.RawMessage, from origin, told Told) (Told, error) {
	if s.unknown(u.To) {
		told.Fate = Refused
		return told, refuse(20003, "the recipient does not exist")
	}
	p, err := s.postLetter(letter{
		from: u.From, to: u.To, seq: s.random.Uint32(), random: u.Random, body: body, text: u.Text, origin: from, spoken: true,
	})
	told.Fate, told.Before = p.fate, p.before
	if p.message != nil {
		told.Message = p.message.ID
	}
	return told, err
}
