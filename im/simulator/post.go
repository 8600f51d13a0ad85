package simulator

import "time"

// posted is what became of a message, for whoever sent it.
type posted struct {
	answer  sendAnswer
	fate    string // Delivered, RateDrop, Duplicated, Discarded or Refused
	before  string // the outcome of the callback before it; "": there was none
	message *Message
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
