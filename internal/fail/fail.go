// Package fail names the steps of the line from a webhook to an answer of the
// chat service, so that a laboratory can end a process, or what stands for one,
// exactly there.
//
// A step is told of by [Here], which costs one load of a pointer. What happens
// there is decided by Go code that calls [Watch]. A program built with the tag
// failpoints can also be told by its environment where to kill itself: see
// [Variable]. Without the tag nothing reads the environment, so no botd that is
// built to be used can be made to die by it.
package fail

import "sync/atomic"

// Point is a step of the line.
type Point string

// The steps, in the order of the line. Each is in exactly one place of the code.
const (
	Received  Point = "received"  // a webhook was verified and read; nothing is stored
	Stored    Point = "stored"    // it is on disk; its sender does not know
	Answered  Point = "answered"  // its sender was told
	Begun     Point = "begun"     // a transaction has its locks, and nothing in it
	Committed Point = "committed" // it is on disk; who asked for it does not know
	Late      Point = "late"      // it is on disk too late to be of use, and not voided yet

	Leased       Point = "leased"        // an event was taken from its lane
	PluginBegins Point = "plugin-begins" // its plugin is about to be called
	PluginDone   Point = "plugin-done"   // it has answered; nothing of that is stored
	EventEnded   Point = "event-ended"   // the answer is on disk

	Taken        Point = "taken"         // a message was taken from its lane
	Resolved     Point = "resolved"      // whom it is for is known; nothing of that is stored
	Rechecked    Point = "rechecked"     // who may still see it is known
	AttemptBegun Point = "attempt-begun" // that it is about to be sent is on disk
	CallBegins   Point = "call-begins"   // its place in the budgets has come
	AnswerRead   Point = "answer-read"   // the service has answered, or has not
	RoundEnds    Point = "round-ends"    // what follows from that is known; nothing of it is stored
	RoundStored  Point = "round-stored"  // it is on disk
)

// Points has all of them.
var Points = []Point{
	Received, Stored, Answered, Begun, Committed, Late,
	Leased, PluginBegins, PluginDone, EventEnded,
	Taken, Resolved, Rechecked, AttemptBegun, CallBegins, AnswerRead, RoundEnds, RoundStored,
}

var watcher atomic.Pointer[func(Point)]

// Here says that the line has come to p. Whoever watches is called on the
// caller's goroutine.
func Here(p Point) {
	if f := watcher.Load(); f != nil {
		(*f)(p)
	}
}

// Watch has f called at each step of the process from now on, in place of
// whoever watched before, until stop is called. f must be safe for concurrent
// use, and may be called by goroutines that outlive stop a little.
func Watch(f func(Point)) (stop func()) {
	watcher.Store(&f)
	return func() { watcher.CompareAndSwap(&f, nil) }
}
