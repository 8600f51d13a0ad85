package leaks

import (
	"maps"
	"time"

	"github.com/botd-chat/botd/im"
)

// marks are how far a group was looked through. They are its looker's alone.
type marks struct {
	known  bool      // from the store, or by a first look
	mark   uint32    // every message up to it was judged, or is gone
	kept   uint32    // the mark in the store
	keptAt time.Time // zero: never

	// Above the mark: what was judged, and since when a number is known to have nothing
	// to judge, be it that a message has gone or is not there yet.
	judged map[uint32]struct{}
	holes  map[uint32]time.Time
	// old is the number of a message of which the history cannot be behind any more:
	// there is nothing to wait for below it.
	old    uint32
	shrunk time.Time // since when the history ends before the mark; zero: it does not
}

// goesOn reports whether a history with this newest number can be the one that was
// looked through before.
func (m *marks) goesOn(newest uint32, now time.Time) bool {
	switch {
	case newest >= m.mark:
		m.shrunk = time.Time{}
		return true
	case m.shrunk.IsZero():
		m.shrunk = now
	}
	return false
}

// begin sets the mark for the first time, or anew.
func (m *marks) begin(at uint32) {
	*m = marks{
		known: true, mark: at, kept: m.kept, keptAt: m.keptAt,
		judged: map[uint32]struct{}{}, holes: map[uint32]time.Time{},
	}
}

// passed reports whether a number is done with.
func (m *marks) passed(seq uint32) bool {
	_, judged := m.judged[seq]
	return judged || seq <= m.mark
}

// see notes what stands at a number, and reports whether it is to be judged. found is
// nil where the history leaves the number out.
func (m *marks) see(seq uint32, found *im.HistoryMessage, now time.Time) bool {
	if found != nil && !found.Time.IsZero() && now.Sub(found.Time) >= hintFor {
		m.old = max(m.old, seq)
	}
	if m.passed(seq) {
		return false
	}
	if found != nil && !found.Empty {
		delete(m.holes, seq)
		return true
	}
	if _, known := m.holes[seq]; !known {
		m.holes[seq] = now
	}
	return false
}

// pass notes that what stands at a number was judged.
func (m *marks) pass(seq uint32) { m.judged[seq] = struct{}{} }

// advance moves the mark as far as everything was judged or will never be there.
func (m *marks) advance(now time.Time) {
	for {
		next := m.mark + 1
		since, hole := m.holes[next]
		_, judged := m.judged[next]
		if !judged && (!hole || next > m.old && now.Sub(since) < hintFor) {
			return
		}
		delete(m.judged, next)
		delete(m.holes, next)
		m.mark = next
	}
}

// lift moves the mark to a number up to which the service keeps nothing any more.
func (m *marks) lift(to uint32) {
	if to <= m.mark {
		return
	}
	m.mark = to
	maps.DeleteFunc(m.judged, func(seq uint32, _ struct{}) bool { return seq <= to })
	maps.DeleteFunc(m.holes, func(seq uint32, _ time.Time) bool { return seq <= to })
}
