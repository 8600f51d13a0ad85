package simulator

import "time"

// overtakenAtMost is how long a callback waits for a later one to pass.
const overtakenAtMost = 3 * time.Second

// luck is what the faults in force make of one callback.
type luck struct {
	before, after           time.Duration // how long the request takes; the answer
	lostRequest, lostAnswer bool
	astray                  bool          // it goes to another URL
	copies                  int           // how many more of it arrive
	overtaken               time.Duration // how long it lets others pass at most; 0: it does not
	kinds                   []string
}

// draw decides the luck of a callback: unlike a call, it meets every fault in force
// that applies.
func (s *Simulator) draw(command string) luck {
	var l luck
	for _, f := range s.faults.active { // which count replaces
		if f.Direction != OfCallbacks || isBefore(command) && f.afterOnly() || !f.meets(command, s.faults.callbacks) {
			continue
		}
		s.faults.count(f)
		l.meet(f.Fault, f.delay(s.faults.callbacks))
	}
	return l
}

func (l *luck) meet(f Fault, delay time.Duration) {
	l.kinds = append(l.kinds, f.Kind)
	switch {
	case f.Kind == Slow && f.When == Before:
		l.before += delay
	case f.Kind == Slow:
		l.after += delay
	case f.Kind == Lost && f.When == Before:
		l.lostRequest = true
	case f.Kind == Lost:
		l.lostAnswer = true
	case f.Kind == Repeated:
		l.copies++
	case f.Kind == Reordered:
		l.overtaken = overtakenAtMost
	case f.Kind == WrongURL:
		l.astray = true
	}
}

// isBefore holds for the callbacks whose answer decides.
func isBefore(command string) bool { return command == BeforeSendMsg || command == BeforeSendC2C }
