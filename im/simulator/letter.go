package simulator

import "math"

// longestLife is the most seconds that MsgLifeTime may ask for.
const longestLife = 7 * 24 * 60 * 60

func (s *Simulator) readRecipient(f fields) (string, error) {
	to, err := f.text("To_Account")
	switch {
	case err != nil || to == "":
		return "", refuse(90003, "To_Account is not one account")
	case s.unknown(to):
		return "", refuse(90012, "To_Account does not exist")
	}
	return to, nil
}

// readLetter reads what sendmsg and batchsendmsg have in common; tooLong is what
// each answers to a message over 12 KB.
func (s *Simulator) readLetter(c *call, tooLong int) (l letter, err error) {
	f := c.body
	l.origin = byREST(c)
	random, found, err := f.integer("MsgRandom", math.MaxUint32)
	if err != nil || !found {
		return l, refuse(90005, "MsgRandom is no integer from 0 to 4294967295")
	}
	l.random = uint32(random)
	if err := s.readLetterBody(f, tooLong, &l); err != nil {
		return l, err
	}
	if err := s.readLetterFlags(f, &l); err != nil {
		return l, err
	}
	if l.from, err = f.account("From_Account"); err != nil {
		return l, refuse(90008, "From_Account is not a string")
	}
	if l.from == "" {
		l.from = c.identifier
	}
	if s.unknown(l.from) {
		return l, refuse(90008, "From_Account does not exist")
	}
	return l, nil
}

func (s *Simulator) readLetterBody(f fields, tooLong int, l *letter) error {
	l.body = f["MsgBody"]
	elements, ok := entries(l.body)
	if !ok || len(elements) == 0 {
		return refuse(90007, "MsgBody is not an array with elements")
	}
	if len(l.body) > maxMsgBody {
		return refuse(tooLong, "MsgBody is over 12 KB")
	}
	var err error
	if l.text, err = readElements(elements, s.modes.SecondCustom == "accepted"); err != nil {
		return refuse(90010, err.Error())
	}
	return nil
}

func (s *Simulator) readLetterFlags(f fields, l *letter) error {
	seq, found, err := f.integer("MsgSeq", math.MaxUint32)
	if err != nil {
		return refuse(90004, "MsgSeq is no integer from 0 to 4294967295")
	}
	if l.seq = uint32(seq); !found {
		l.seq = s.random.Uint32()
	}
	other, found, err := f.integer("SyncOtherMachine", 2)
	if err != nil || found && other == 0 {
		return refuse(90031, "SyncOtherMachine is neither 1 nor 2")
	}
	life, found, err := f.integer("MsgLifeTime", math.MaxUint32)
	if err != nil {
		return refuse(90044, "MsgLifeTime is no integer")
	}
	if life > longestLife && s.modes.LongLife != "cut" {
		return refuse(number(s.modes.LongLife), "MsgLifeTime is over seven days")
	}
	online, _, err := f.integer("OnlineOnlyFlag", 1)
	if err != nil {
		return refuse(90001, "OnlineOnlyFlag is neither 0 nor 1")
	}
	l.onlineOnly = online == 1 || found && life == 0
	if l.forbid, err = f.words("ForbidCallbackControl"); err != nil {
		return refuse(90001, "ForbidCallbackControl is not an array of strings")
	}
	if l.custom, err = f.text("CloudCustomData"); err != nil {
		return refuse(90001, "CloudCustomData is not a string")
	}
	return nil
}
