package simulator

import (
	"maps"
	"time"
)

// CallbackCall is what the simulator remembers of one callback it sent. It holds
// no text and no signature.
type CallbackCall struct {
	Command string        `json:"command"`
	Time    time.Time     `json:"time"` // when the event was
	Group   string        `json:"group,omitempty"`
	From    string        `json:"from,omitempty"` // who wrote the message it is about
	Random  uint32        `json:"random,omitempty"`
	Outcome string        `json:"outcome"` // Answered, TimedOut or Broken
	Code    int           `json:"code"`    // ErrorCode answered
	Took    time.Duration `json:"took_ns"`
	Faults  []string      `json:"faults,omitempty"` // the kinds of fault that befell it
}

// CallbackCount sums up the callbacks of one command, each attempt for itself.
type CallbackCount struct {
	Sent     int         `json:"sent"`
	TimedOut int         `json:"timeout"`
	Broken   int         `json:"broken"`
	Codes    map[int]int `json:"codes"` // of those that were answered
}

type callbackRecord struct {
	kept   ring[CallbackCall]
	counts map[string]*CallbackCount
}

// noteCallback records what became of a callback that was sent.
func (s *Simulator) noteCallback(p *parcel, r reply, began time.Time) {
	note := p.note
	note.Outcome, note.Took, note.Faults = r.outcome, s.Now().Sub(began), p.luck.kinds
	note.Code, _ = r.code()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.told.kept.put(note)
	n := s.told.counts[p.command]
	if n == nil {
		n = &CallbackCount{Codes: map[int]int{}}
		s.told.counts[p.command] = n
	}
	n.Sent++
	switch r.outcome {
	case TimedOut:
		n.TimedOut++
	case Broken:
		n.Broken++
	default:
		n.Codes[note.Code]++
	}
}

// CallbackCalls returns the callbacks sent, in the order in which they came to an
// end, as far as they are kept (Limits.Calls).
func (s *Simulator) CallbackCalls() []CallbackCall {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.told.kept.all()
}

// CallbackCounts returns the number of callbacks per command since the start.
func (s *Simulator) CallbackCounts() map[string]CallbackCount {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make(map[string]CallbackCount, len(s.told.counts))
	for command, n := range s.told.counts {
		c := *n
		c.Codes = maps.Clone(n.Codes)
		out[command] = c
	}
	return out
}
