package schedules

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/botd-chat/botd/chat"
)

// watcher looks at a schedule as schedulers would, and holds what they decide against
// what is promised.
type watcher struct {
	*scheduled
	t      *rapid.T
	now    time.Time
	struck map[time.Time]time.Time // the time meant: when it was struck
	left   map[time.Time]chat.FiringOutcome
	rule   chat.MissedRule
}

// look decides, and stores that, until there is nothing more to decide.
func (w *watcher) look() (next time.Time) {
	var before time.Time // struck in this look
	made := 0
	for {
		p := decide(&w.ScheduleRecord, w.times, w.now)
		for _, f := range p.firings {
			w.firing(f, &before, &made)
		}
		if p.until.IsZero() {
			if !p.look.IsZero() && !p.look.After(w.now) {
				w.t.Fatalf("nothing is decided at %s, and it is to be looked at again at %s", w.now, p.look)
			}
			return p.look
		}
		if !w.Decided.Equal(p.until) {
			w.t.Fatalf("decided are times up to %s, and it says up to %s", w.Decided, p.until)
		}
	}
}

// firing holds one against the times of the schedule, and then is what is decided.
func (w *watcher) firing(f chat.Planned, before *time.Time, made *int) {
	t := undecided(&w.ScheduleRecord)
	for n := range f.Count {
		t = w.times.Schedule.Next(t).UTC()
		if n == 0 && !t.Equal(f.Meant) {
			w.t.Fatalf("the next time is %s, and %s is decided", t, f.Meant)
		}
		if f.Outcome != chat.FiringUnderway {
			w.left[t] = f.Outcome
			continue
		}
		if _, twice := w.struck[t]; twice || f.Count != 1 {
			w.t.Fatalf("%s is struck twice, or %d times", t, f.Count)
		}
		w.struck[t] = w.now
	}
	if !t.Equal(f.Last) {
		w.t.Fatalf("the last of %d times from %s is %s, and not %s", f.Count, f.Meant, t, f.Last)
	}
	w.Decided = t
	if t.After(w.now) {
		w.t.Fatalf("at %s it is decided about %s", w.now, t)
	}
	if f.Outcome == chat.FiringUnderway {
		w.strike(f, before, made)
	}
}

// strike holds a time that is struck against the rules.
func (w *watcher) strike(f chat.Planned, before *time.Time, made *int) {
	due := f.Meant.Add(Put(w.Bot, w.Name, f.Meant, time.Duration(w.Jitter)))
	if w.now.Before(due) {
		w.t.Fatalf("%s is struck at %s, before it is due", f.Meant, w.now)
	}
	// Where jitter is longer than the times are apart, one waits for those before it.
	late := w.now.Sub(due) > punctual+time.Duration(w.Jitter)
	if _, quiet := w.times.Quiet.Over(due); quiet {
		late = false // its turn is another
		if _, still := w.times.Quiet.Over(w.now); still || w.times.Then == chat.QuietSkip {
			w.t.Fatalf("%s fell in quiet hours, and is struck at %s", f.Meant, w.now)
		}
	}
	if w.PausedAt(w.now) {
		w.t.Fatalf("%s is struck at %s, while paused", f.Meant, w.now)
	}
	if after := time.Duration(w.Expires); after > 0 && w.now.Sub(f.Meant) >= after {
		w.t.Fatalf("%s is struck at %s, when it had expired", f.Meant, w.now)
	}
	if !late {
		return
	}
	if _, quiet := w.times.Quiet.Over(w.now); quiet {
		w.t.Fatalf("%s is made up at %s, in quiet hours", f.Meant, w.now)
	}
	switch *made++; {
	case w.rule == chat.MissedSkip:
		w.t.Fatalf("%s is struck at %s, and what is missed is to be left out", f.Meant, w.now)
	case w.now.Sub(due) > maxAge(&w.ScheduleRecord)+time.Duration(w.Jitter):
		w.t.Fatalf("%s is struck at %s, too old", f.Meant, w.now)
	case w.rule != chat.MissedAll && *made > 1:
		w.t.Fatalf("%s is made up at %s, and so was another time", f.Meant, w.now)
	case w.rule == chat.MissedAll && *made > mostMadeUp:
		w.t.Fatalf("more than %d times are made up at %s", mostMadeUp, w.now)
	}
	if f.Meant.Before(*before) {
		w.t.Fatalf("%s is struck after %s", f.Meant, *before)
	}
	*before = f.Meant
}

// Whatever the looks, pauses, absences and steps of the clock: each time is decided once,
// in order and by its rule, and what was looked at in time was struck in time.
func TestEachTimeIsDecidedOnceAndByItsRule(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWatcher(t)
		next := w.look()
		punctually := true
		for range rapid.IntRange(1, 40).Draw(t, "looks") {
			was := w.now
			switch kind := rapid.IntRange(0, 9).Draw(t, "kind"); {
			case kind < 5 && !next.IsZero():
				w.now = next
			case kind < 7:
				w.now = w.now.Add(time.Duration(rapid.IntRange(0, 90).Draw(t, "seconds")) * time.Second)
			case kind == 7:
				w.now = w.now.Add(time.Duration(rapid.IntRange(1, 60*24*3).Draw(t, "minutes away")) * time.Minute)
			case kind == 8:
				w.drawPause(t)
				punctually = false
			default:
				w.now = w.now.Add(-time.Duration(rapid.IntRange(0, 3*60).Draw(t, "minutes back")) * time.Minute)
				if w.Decided.After(w.now) && rapid.Bool().Draw(t, "set back") {
					w.Decided = w.now
					for m := range w.struck { // the store makes their events once
						if m.After(w.now) {
							delete(w.struck, m)
						}
					}
				}
				punctually = false
			}
			if !next.IsZero() && w.now.After(next.Add(punctual)) || w.now.Before(was) {
				punctually = false
			}
			next = w.look()
		}
		if punctually && w.times.Quiet == nil && w.Expires == 0 {
			for m, o := range w.left {
				t.Fatalf("%s is %s, and nothing was late", m, o)
			}
		}
	})
}

func drawWatcher(t *rapid.T) *watcher {
	line := rapid.SampledFrom([]string{"* * * * *", "*/7 * * * *", "0 9 * * *", "30 22,23,0,1 * * *", "0 */3 * * *", "@every 3m", "15 6 * * 1-5"}).Draw(t, "line")
	s := scheduledAs(t, line, func(s *scheduled) {
		s.Zone = rapid.SampledFrom([]string{"", "Asia/Seoul", "America/New_York"}).Draw(t, "zone")
		s.Missed = rapid.SampledFrom([]chat.MissedRule{"", chat.MissedOnce, chat.MissedSkip, chat.MissedAll}).Draw(t, "missed")
		s.MaxAge = chat.Duration(rapid.SampledFrom([]time.Duration{0, time.Hour, 48 * time.Hour}).Draw(t, "max age"))
		s.Jitter = chat.Duration(rapid.SampledFrom([]time.Duration{0, 0, 30 * time.Second, 5 * time.Minute}).Draw(t, "jitter"))
		s.Expires = chat.Duration(rapid.SampledFrom([]time.Duration{0, 0, 30 * time.Minute, 10 * time.Hour}).Draw(t, "expires"))
		if then := rapid.SampledFrom([]chat.QuietRule{"", chat.QuietWait, chat.QuietSkip}).Draw(t, "then"); then != "" {
			s.quiet(t, "22:30", "06:00", then)
		}
	})
	return &watcher{scheduled: s, t: t, now: s.Started, struck: map[time.Time]time.Time{}, left: map[time.Time]chat.FiringOutcome{}, rule: s.Missed}
}

func (w *watcher) drawPause(t *rapid.T) {
	w.Paused = nil
	if rapid.Bool().Draw(t, "pause") {
		w.Paused = &chat.SchedulePause{Since: w.now}
		if hours := rapid.IntRange(0, 10).Draw(t, "hours"); hours > 0 {
			w.Paused.Until = w.now.Add(time.Duration(hours) * time.Hour)
		}
	}
}
