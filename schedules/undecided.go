package schedules

import (
	"context"
	"time"

	"github.com/botd-chat/botd/chat"
)

// whyUndecided is told of a time that nobody struck or left out.
const whyUndecided = "nobody has decided about it: the scheduler hangs, or is far behind"

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
		w.marks[id] = mark{told: m.told}
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
			m = w.newMark(r, m.told)
		}
		marks[r.ID] = m
		if !m.deadline.IsZero() && now.After(m.deadline) && !r.PausedAt(now) {
			list = append(list, Late{Schedule: r.ID, Bot: r.Bot, Name: r.Name, Meant: m.meant, Deadline: m.deadline, Reason: whyUndecided})
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

func (w *Watch) newMark(r chat.ScheduleRecord, told []time.Time) mark {
	m := mark{record: r, told: told}
	err := guarded(func() error {
		t, err := w.Times(r)
		if err == nil {
			m.meant, m.deadline = lateAt(&r, t)
		}
		return err
	})
	if err != nil { // which the scheduler tells of
		m.deadline = time.Time{}
	}
	return m
}
