package simulator

import (
	"encoding/json"
	"strconv"
)

// What a callback before the event decided about a message.
const (
	Allowed   = "allowed"
	Rewritten = "rewritten" // it is delivered with other content
	Discarded = "discarded" // it is delivered to nobody, and its sender is told that it was sent
	Refused   = "refused"   // its sender is told a code
	// TimedOut and Broken decided nothing: the message is delivered, unless the mode
	// before_failure says otherwise.
)

// codes are the answers of a callback before the event, which differ between
// messages in a group and one to one (product/1047/34374, 34364).
type codes struct {
	refused     int // told for answer 1
	first, last int // of the application's own
}

var (
	groupCodes  = codes{10016, 10100, 10200}
	directCodes = codes{20006, 120001, 130000}
)

// verdict is a reply that was understood.
type verdict struct {
	outcome string // Allowed, Rewritten, Discarded, Refused, TimedOut or Broken; "": nobody was asked
	code    int    // of Refused
	info    string
	body    json.RawMessage // of Rewritten; nil: as it was
	text    string
	custom  *string // of Rewritten; nil: as it was
}

// code is the ErrorCode of an answer.
func (r reply) code() (int, bool) {
	n, err := strconv.Atoi(string(r.answer["ErrorCode"]))
	return n, err == nil && r.outcome == Answered
}

// judge reads the answer to a callback before the event.
func (s *Simulator) judge(r reply, c codes) verdict {
	code, well := r.code()
	switch {
	case r.outcome == TimedOut:
		return s.undecided(TimedOut)
	case !well:
		return s.undecided(Broken)
	case code == 0:
		return s.rewrite(r.answer)
	case code == 1:
		return verdict{outcome: Refused, code: c.refused, info: "the application's callback refused it"}
	case code == 2:
		return verdict{outcome: Discarded}
	case code >= c.first && code <= c.last:
		info, _ := r.answer.text("ErrorInfo")
		return verdict{outcome: Refused, code: code, info: info}
	case s.modes.OtherVerdict == "refused":
		return verdict{outcome: Refused, code: c.refused, info: "the application's callback answered a code that is none"}
	}
	return verdict{outcome: Allowed}
}

// undecided is what happens where no answer came that could be read.
func (s *Simulator) undecided(outcome string) verdict {
	if s.modes.BeforeFailure == "deliver" {
		return verdict{outcome: outcome}
	}
	return verdict{outcome: Refused, code: number(s.modes.BeforeFailure), info: "the application's callback did not answer"}
}

// rewrite reads the content that an answer 0 may hold. What is no content counts as
// an answer that is broken.
func (s *Simulator) rewrite(answer fields) verdict {
	v := verdict{outcome: Allowed}
	if raw, ok := answer["MsgBody"]; ok {
		elements, isArray := entries(raw)
		text, err := readElements(elements, s.modes.SecondCustom == "accepted")
		switch {
		case !isArray || len(elements) == 0 || err != nil:
			return s.undecided(Broken)
		case len(raw) > maxMsgBody && s.modes.RewrittenSize != "unchecked":
			return verdict{outcome: Refused, code: number(s.modes.RewrittenSize), info: "the content that the callback answered is over 12 KB"}
		}
		v.outcome, v.body, v.text = Rewritten, raw, text
	}
	if _, ok := answer["CloudCustomData"]; ok {
		custom, err := answer.text("CloudCustomData")
		if err != nil {
			return s.undecided(Broken)
		}
		v.outcome, v.custom = Rewritten, &custom
	}
	return v
}

// consult asks the application about a message before it is delivered. It gives
// the lock up while it waits, so that what was read of the world before holds no
// more. A nil parcel asks nobody.
func (s *Simulator) consult(p *parcel, c codes) verdict {
	if p == nil || s.closed {
		return verdict{}
	}
	s.running.Add(1)
	defer s.running.Done()
	s.mu.Unlock()
	r := s.ask(p)
	s.mu.Lock()
	return s.judge(r, c)
}
