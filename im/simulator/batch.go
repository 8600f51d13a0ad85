package simulator

// maxBatch is the most recipients of one batchsendmsg (product/1047/34920).
const maxBatch = 500

type batchFailure struct {
	To   string `json:"To_Account"`
	Code int    `json:"ErrorCode"`
}

type batchAnswer struct {
	envelope
	MsgKey    string
	ErrorList []batchFailure `json:",omitempty"`
}

// batchSendMsg is batchsendmsg (product/1047/34920). It causes no callbacks.
func (s *Simulator) batchSendMsg(c *call) (any, error) {
	to, isArray, err := c.body.accounts("To_Account")
	c.note.Recipients = len(to)
	switch {
	case err != nil || !isArray:
		return nil, refuse(90028, "To_Account is not an array of ids")
	case len(to) == 0:
		return nil, refuse(90029, "To_Account is empty")
	case len(to) > maxBatch:
		return nil, refuse(90011, "To_Account has more than 500 entries")
	}
	l, err := s.readLetter(c, 90055)
	c.note.Random = l.random
	if err != nil {
		return nil, err
	}
	answer := batchAnswer{envelope: okay, MsgKey: l.key(c.at)}
	for _, id := range to {
		if s.unknown(id) {
			answer.ErrorList = append(answer.ErrorList, batchFailure{id, 70107})
			continue
		}
		s.batchOne(l, id, c)
	}
	switch {
	case len(answer.ErrorList) == len(to):
		return nil, refuse(70107, "none of the accounts exists")
	case len(answer.ErrorList) > 0:
		answer.ActionStatus = "SomeError"
	}
	return answer, nil
}

// batchOne delivers a batch's letter to one account, unless it did so already.
func (s *Simulator) batchOne(l letter, to string, c *call) {
	l.to = to
	key := s.letterKey(l)
	if _, again := s.letters.find(key.content, c.at); again {
		return
	}
	s.deliverLetter(l, c.at)
	s.letters.add(key, l.seq, c.at, s.limits.Duplicates)
	c.note.Effect = true
}
