package simulator

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"
)

// Kinds of Fault that calls meet.
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

// Kinds of Fault that callbacks meet, beside Slow, which delays the request with
// Before and the answer with After. What is late arrives all the same, though the
// service may not wait for it any more. A callback whose answer decides is never
// repeated and never overtaken.
const (
	Lost      = "lost"      // Before: the request never leaves; After: its answer never arrives. Both count as time-out
	Repeated  = "repeat"    // it arrives twice
	Reordered = "reorder"   // it waits until a later one has passed, three seconds at most
	WrongURL  = "wrong_url" // it goes to an address that is not the application's
)

// Directions of what meets a fault.
const (
	OfCalls     = "calls"     // of the application, to the REST API
	OfCallbacks = "callbacks" // of the service, to the application
)

var kindsOfFault = map[string][]string{
	OfCalls:     {BadStatus, HangUp, Slow, Truncated, Empty, ErrorCode, Dropped, AllRoles, BlankRole},
	OfCallbacks: {Slow, Lost, Repeated, Reordered, WrongURL},
}

// Before and After say on which side of its effect a call meets a fault. Before:
// nothing happened, whatever the answer is. After: it happened, whatever the
// answer says.
const (
	Before = "before"
	After  = "after"
)

// Fault is trouble that calls or callbacks meet. The kinds that falsify a list know
// neither Before nor After. A call meets at most one, the first in force that
// applies; a callback meets all that apply.
type Fault struct {
	Direction   string        // OfCalls or OfCallbacks; "": OfCalls
	API         string        // command, such as send_group_msg or Group.CallbackBeforeSendMsg; "": every one
	Kind        string        // one of the constants above
	When        string        // Before or After; "": Before
	Status      int           // of BadStatus; 0: 502
	Code        int           // of ErrorCode
	Delay       time.Duration // before the answer, with any kind; of a callback with kind slow alone
	Spread      time.Duration // a random part is added to Delay, from nothing to this
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
	if f.Direction == "" {
		f.Direction = OfCalls
	}
	var errs []error
	if kinds, ok := kindsOfFault[f.Direction]; !ok {
		errs = append(errs, strange("direction", f.Direction, []string{OfCalls, OfCallbacks}))
	} else if !slices.Contains(kinds, f.Kind) {
		errs = append(errs, strange("kind of fault of "+f.Direction, f.Kind, kinds))
	}
	if f.Direction == OfCallbacks && f.afterOnly() && isBefore(f.API) {
		errs = append(errs, errors.New("a callback before the event is never repeated and never overtaken"))
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
	if f.Count < 0 || f.Delay < 0 || f.Spread < 0 || f.Probability < 0 || f.Probability > 1 {
		errs = append(errs, errors.New("count, delay and spread cannot be negative, probability goes from 0 to 1"))
	}
	return f, errors.Join(errs...)
}

// faults are those in force. Calls and callbacks draw from a series each, so that
// the calls do not change what befalls the callbacks.
type faults struct {
	active    []*ActiveFault
	calls     *rand.Rand
	callbacks *rand.Rand
}

func newFaults(seed uint64) faults {
	return faults{
		calls:     rand.New(rand.NewPCG(seed, 2)), //nolint:gosec // a seed must repeat a run
		callbacks: rand.New(rand.NewPCG(seed, 3)), //nolint:gosec // as above
	}
}

// Inject puts a fault in force.
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
	for _, f := range s.faults.active {
		if f.Direction != OfCalls || !f.meets(c.command, s.faults.calls) {
			continue
		}
		s.faults.count(f)
		c.note.Fault = f.Kind
		if f.falsifies() {
			c.lie = f.Kind
		}
		met := f.Fault
		met.Delay = f.delay(s.faults.calls)
		return &met
	}
	return nil
}

// count notes that a fault was met, and ends it where that was the last time.
func (f *faults) count(a *ActiveFault) {
	a.Met++
	if a.Met == a.Count {
		f.active = slices.DeleteFunc(slices.Clone(f.active), func(other *ActiveFault) bool { return other == a })
	}
}

func (f Fault) meets(command string, random *rand.Rand) bool {
	if f.API != "" && f.API != command {
		return false
	}
	return f.Probability == 0 || random.Float64() < f.Probability
}

// delay is how long it lasts this time.
func (f Fault) delay(random *rand.Rand) time.Duration {
	if f.Spread == 0 {
		return f.Delay
	}
	return f.Delay + time.Duration(random.Int64N(int64(f.Spread)+1))
}

// afterOnly holds for the kinds that no callback whose answer decides meets.
func (f Fault) afterOnly() bool { return f.Kind == Repeated || f.Kind == Reordered }

func (f *Fault) falsifies() bool { return f.Kind == AllRoles || f.Kind == BlankRole }

// before holds for a fault that answers in the place of the call.
func (f *Fault) before() bool {
	return f != nil && f.When == Before && f.Kind != Slow && !f.falsifies()
}

// jsonFault is a Fault as JSON: its delay as text, such as "4s".
type jsonFault struct {
	Direction   string  `json:"direction,omitempty"`
	API         string  `json:"api,omitempty"`
	Kind        string  `json:"kind"`
	When        string  `json:"when,omitempty"`
	Status      int     `json:"status,omitempty"`
	Code        int     `json:"code,omitempty"`
	Delay       string  `json:"delay,omitempty"`
	Spread      string  `json:"spread,omitempty"`
	Count       int     `json:"count,omitempty"`
	Probability float64 `json:"probability,omitempty"`
	Met         int     `json:"met"`
}

func (j jsonFault) fault() (f Fault, err error) {
	f = Fault{Direction: j.Direction, API: j.API, Kind: j.Kind, When: j.When, Status: j.Status, Code: j.Code,
		Count: j.Count, Probability: j.Probability}
	for text, into := range map[*string]*time.Duration{&j.Delay: &f.Delay, &j.Spread: &f.Spread} {
		if *text == "" {
			continue
		}
		if *into, err = time.ParseDuration(*text); err != nil {
			return f, err
		}
	}
	return f, nil
}

// MarshalJSON writes delay and spread as text, such as "4s".
func (a ActiveFault) MarshalJSON() ([]byte, error) {
	j := jsonFault{Direction: a.Direction, API: a.API, Kind: a.Kind, When: a.When, Status: a.Status, Code: a.Code,
		Count: a.Count, Probability: a.Probability, Met: a.Met}
	if a.Delay > 0 {
		j.Delay = a.Delay.String()
	}
	if a.Spread > 0 {
		j.Spread = a.Spread.String()
	}
	return json.Marshal(j)
}
