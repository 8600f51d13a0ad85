package simulator

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"
)

// Kinds of Fault.
const (
	BadStatus = "status"     // Status with an HTML page, 502 by default
	HangUp    = "hangup"     // the connection is reset
	Slow      = "slow"       // the answer is right, but late by Delay
	Truncated = "truncated"  // half of the JSON
	Empty     = "empty"      // status 200 without a body
	ErrorCode = "code"       // the envelope with Code
	Dropped   = "drop"       // ErrorCode 0 with MsgDropReason
	AllRoles  = "all_roles"  // get_group_member_info ignores its role filter
	BlankRole = "blank_role" // "Member " with a trailing blank in member lists
)

var kindsOfFault = []string{BadStatus, HangUp, Slow, Truncated, Empty, ErrorCode, Dropped, AllRoles, BlankRole}

// Before and After say on which side of its effect a call meets a fault. Before:
// nothing happened, whatever the answer is. After: it happened, whatever the
// answer says.
const (
	Before = "before"
	After  = "after"
)

// Fault is trouble that calls meet. The kinds that falsify a list know neither
// Before nor After.
type Fault struct {
	API         string        // command, such as send_group_msg; "": every one
	Kind        string        // one of the constants above
	When        string        // Before or After; "": Before
	Status      int           // of BadStatus; 0: 502
	Code        int           // of ErrorCode
	Delay       time.Duration // before the answer, with any kind
	Count       int           // how many calls meet it; 0: all until ClearFaults
	Probability float64       // that a call meets it; 0: certainly
}

// ActiveFault is a fault in force. Met counts the calls that met it.
type ActiveFault struct {
	Fault
	Met int
}

func (f Fault) complete() (Fault, error) {
	if f.When == "" {
		f.When = Before
	}
	if f.Status == 0 {
		f.Status = 502
	}
	var errs []error
	if !slices.Contains(kindsOfFault, f.Kind) {
		errs = append(errs, strange("kind of fault", f.Kind, kindsOfFault))
	}
	if f.When != Before && f.When != After {
		errs = append(errs, strange("time", f.When, []string{Before, After}))
	}
	if f.Kind == ErrorCode && f.Code == 0 {
		errs = append(errs, errors.New("a fault of kind code needs a code other than 0"))
	}
	if f.Status < 200 || f.Status > 599 {
		errs = append(errs, fmt.Errorf("status %d is not from 200 to 599", f.Status))
	}
	if f.Count < 0 || f.Delay < 0 || f.Probability < 0 || f.Probability > 1 {
		errs = append(errs, errors.New("count and delay cannot be negative, probability goes from 0 to 1"))
	}
	return f, errors.Join(errs...)
}

type faults struct {
	active []*ActiveFault
	random *rand.Rand
}

func newFaults(seed uint64) faults {
	return faults{random: rand.New(rand.NewPCG(seed, 2))} //nolint:gosec // a seed must repeat a run
}

// Inject puts a fault in force. A call meets at most one: the first in force
// that applies.
func (s *Simulator) Inject(f Fault) error {
	f, err := f.complete()
	if err != nil {
		return fmt.Errorf("inject a fault: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults.active = append(s.faults.active, &ActiveFault{Fault: f})
	return nil
}

// ClearFaults ends all faults.
func (s *Simulator) ClearFaults() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults.active = nil
}

// Faults returns the faults in force.
func (s *Simulator) Faults() []ActiveFault {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]ActiveFault, len(s.faults.active))
	for i, f := range s.faults.active {
		out[i] = *f
	}
	return out
}

// takeFault returns the fault this call meets, or nil.
func (s *Simulator) takeFault(c *call) *Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, f := range s.faults.active {
		if !s.faults.meets(f, c.command) {
			continue
		}
		f.Met++
		if f.Met == f.Count {
			s.faults.active = slices.Delete(s.faults.active, i, i+1)
		}
		c.note.Fault = f.Kind
		if f.falsifies() {
			c.lie = f.Kind
		}
		met := f.Fault
		return &met
	}
	return nil
}

func (f *faults) meets(a *ActiveFault, command string) bool {
	if a.API != "" && a.API != command {
		return false
	}
	return a.Probability == 0 || f.random.Float64() < a.Probability
}

func (f *Fault) falsifies() bool { return f.Kind == AllRoles || f.Kind == BlankRole }

// before holds for a fault that answers in the place of the call.
func (f *Fault) before() bool {
	return f != nil && f.When == Before && f.Kind != Slow && !f.falsifies()
}

// jsonFault is a Fault as JSON: its delay as text, such as "4s".
type jsonFault struct {
	API         string  `json:"api,omitempty"`
	Kind        string  `json:"kind"`
	When        string  `json:"when,omitempty"`
	Status      int     `json:"status,omitempty"`
	Code        int     `json:"code,omitempty"`
	Delay       string  `json:"delay,omitempty"`
	Count       int     `json:"count,omitempty"`
	Probability float64 `json:"probability,omitempty"`
	Met         int     `json:"met"`
}

func (j jsonFault) fault() (Fault, error) {
	f := Fault{API: j.API, Kind: j.Kind, When: j.When, Status: j.Status, Code: j.Code, Count: j.Count, Probability: j.Probability}
	if j.Delay == "" {
		return f, nil
	}
	var err error
	f.Delay, err = time.ParseDuration(j.Delay)
	return f, err
}

// MarshalJSON writes the delay as text, such as "4s".
func (a ActiveFault) MarshalJSON() ([]byte, error) {
	j := jsonFault{a.API, a.Kind, a.When, a.Status, a.Code, "", a.Count, a.Probability, a.Met}
	if a.Delay > 0 {
		j.Delay = a.Delay.String()
	}
	return json.Marshal(j)
}
