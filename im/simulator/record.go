package simulator

import (
	"maps"
	"time"
)

// NoList is the number of recipients of a call that had no To_Account at all.
const NoList = -1

// Call is what the simulator remembers of one REST call. It holds no UserSig
// and no text.
type Call struct {
	API        string    `json:"api"` // the command, such as send_group_msg
	Time       time.Time `json:"time"`
	Code       int       `json:"code"` // ErrorCode answered; 0 also where a fault answered no JSON
	Group      string    `json:"group,omitempty"`
	Recipients int       `json:"recipients"` // entries of To_Account, or NoList
	Random     uint32    `json:"random,omitempty"`
	Effect     bool      `json:"effect"`          // false: refused, dropped, a duplicate, or lost to a fault
	Fault      string    `json:"fault,omitempty"` // the kind of fault that befell it
}

// Count sums up the calls of one API, also of those no longer kept.
type Count struct {
	Calls   int         `json:"calls"`
	Effects int         `json:"effects"`
	Faults  int         `json:"faults"`
	Codes   map[int]int `json:"codes"`
}

type record struct {
	calls  ring[Call]
	counts map[string]*Count
}

// maxCounted bounds how many different commands are counted, since unknown ones
// are recorded too; the others share one count.
const maxCounted = 100

func newRecord() record { return record{counts: map[string]*Count{}} }

func (r *record) put(c Call) {
	r.calls.put(c)
	n := r.count(c.API)
	n.Calls++
	n.Codes[c.Code]++
	if c.Effect {
		n.Effects++
	}
	if c.Fault != "" {
		n.Faults++
	}
}

func (r *record) count(api string) *Count {
	if r.counts[api] == nil && len(r.counts) >= maxCounted {
		api = "others"
	}
	n := r.counts[api]
	if n == nil {
		n = &Count{Codes: map[int]int{}}
		r.counts[api] = n
	}
	return n
}

func (s *Simulator) keep(c *call) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.record.put(c.note)
}

// Calls returns the REST calls in the order in which they were answered, as far
// as they are kept (Limits.Calls).
func (s *Simulator) Calls() []Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.record.calls.all()
}

// Counts returns the number of calls per API since the start.
func (s *Simulator) Counts() map[string]Count {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make(map[string]Count, len(s.record.counts))
	for api, n := range s.record.counts {
		c := *n
		c.Codes = maps.Clone(n.Codes)
		out[api] = c
	}
	return out
}
