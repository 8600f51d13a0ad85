package schedules

import (
	"context"
	"time"

	"github.com/botd-chat/botd/chat"
)

// What is told of a time that nobody struck or left out.
const (
	whyUndecided = "nobody has decided about it: the scheduler hangs, or is far behind"
	whyUnread    = "its schedule cannot be read, and does not strike until it can be: "
)

// Undecided is how many schedules have a time that is late now and about which nobody has
// decided.
func (w *Watch) Undecided(ctx context.Context) (int, error) {
	list, err := w.undecided(ctx)
	return len(list), err
}

// Overdue are the times that are late now and about which nobody has decided, one of each
// schedule.
func (w *Watch) Overdue(ctx context.Context) ([]Late, error) { return w.undecided(ctx) }

// Reset has the watch work out anew when schedules strike, since the configuration was
// changed by which that goes.
func (w *Watch) Reset() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for id, m := range w.marks {
		m.record = chat.ScheduleRecord{}
		w.marks[id] = m
	}
}

// undecided finds the times that are late and about which nobody has decided. What it
// read a moment ago it does not read again, so that this takes a tenth of the time at
// most, however many there are.
func (w *Watch) undecided(ctx context.Context) ([]Late, error) {
	w.mu.Lock()
	looked, took, found := w.looked, w.took, w.found
	w.mu.Unlock()
	if age := w.Clock.Now().Round(0).Sub(looked); age >= 0 && age < 10*took {
		return found, nil
	}
	began := w.Clock.Now()
	records, err := w.Store.Schedules(ctx)
	if err != nil {
		return nil, err
	}
	now := w.Clock.Now().Round(0)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.found = w.follow(records, now)
	w.looked, w.took = now, w.Clock.Since(began)
	return w.found, nil
}

// follow works out when the first undecided time of each schedule is late, where its
// record has changed, and returns those that are.
func (w *Watch) follow(records []chat.ScheduleRecord, now time.Time) (list []Late) {
	marks := make(map[chat.ScheduleID]mark, len(w.marks))
	for _, r := range records {
		if r.LateAfter == 0 {
			continue
		}
		m := w.marks[r.ID]
		if !m.holds(r) {
			m = w.newMark(r, m)
		}
		marks[r.ID] = m
		if !m.deadline.IsZero() && now.After(m.deadline) && !r.PausedAt(now) {
			list = append(list, Late{Schedule: r.ID, Bot: r.Bot, Name: r.Name, Meant: m.meant, Deadline: m.deadline, Reason: m.reason})
		}
	}
	w.marks = marks
	return list
}

// holds reports whether what was worked out of a record is so for this one.
func (m mark) holds(r chat.ScheduleRecord) bool {
	return m.record.Decided.Equal(r.Decided) && m.record.LateAfter == r.LateAfter &&
		sameTiming(m.record, r) && samePause(m.record.Paused, r.Paused)
}

// newMark is the mark of a record, of which there was another before.
func (w *Watch) newMark(r chat.ScheduleRecord, before mark) mark {
	m := mark{record: r, reason: whyUndecided, told: before.told}
	fault := w.mark(&m, r)
	if fault == nil {
		return m
	}
	// It can strike nothing, and is late when what it would have struck is. That is known
	// if it could be read before. If not, a calendar is what can be gone most likely; and
	// it is late on each day rather than on none.
	m.reason = whyUnread + fault.Error()
	m.meant, m.deadline = before.meant, before.deadline
	if m.meant.After(undecided(&r)) && !m.deadline.IsZero() {
		return m
	}
	r.Skip, r.Only = nil, nil
	if w.mark(&m, r) != nil {
		m.meant = undecided(&r)
		m.deadline = Deadline(r, m.meant)
	}
	return m
}

// mark works out when the first undecided time of a record is late.
func (w *Watch) mark(m *mark, r chat.ScheduleRecord) error {
	return guarded(func() error {
		t, err := w.Times(r)
		if err == nil {
			m.meant, m.deadline = lateAt(&r, t)
		}
		return err
	})
}
