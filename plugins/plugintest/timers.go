package plugintest

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/botd-chat/botd/chat"
)

// pending is a timer that has not come.
type pending struct {
	chat.Later
	due    time.Time
	sender chat.UserID
}

// set keeps the timers of an answer to e and returns a line for each.
func (w *world) set(e chat.EventRecord, list []chat.Later) (lines []string) {
	for _, l := range list {
		w.timers = slices.DeleteFunc(w.timers, func(p pending) bool { return p.Name == l.Name && p.Key == l.Key })
		if l.Cancel {
			lines = append(lines, fmt.Sprintf("@ %s off", l.Label()))
			continue
		}
		p := pending{Later: l, due: w.now.Add(time.Duration(l.After))}
		text := fmt.Sprintf("@ %s in %v", l.Label(), time.Duration(l.After))
		if l.Sender {
			p.sender = e.Sender
			text += fmt.Sprintf(" for %s", p.sender)
		}
		w.timers = append(w.timers, p)
		lines = append(lines, text+spaced(l.Payload))
	}
	return lines
}

// tooMany refuses an answer with which more timers would be pending than the bot may
// have, as the store does.
func (w *world) tooMany(list []chat.Later) error {
	var before []string
	for _, p := range w.timers {
		before = append(before, p.Label())
	}
	n, most := chat.Pending(before, list), w.asker.bot.Limits.Timers
	if len(list) > 0 && n > most {
		return &chat.TooManyTimers{Pending: n, Limit: most}
	}
	return nil
}

// mostTimers is how many timers and schedules may come on one + line: a plugin whose
// timers set timers every second would have a long night.
const mostTimers = 1000

// pass lets time pass, with the timers and the schedules that come meanwhile, each at
// its own time.
func (w *world) pass(ctx context.Context, d time.Duration) (lines []string, err error) {
	if w.used != nil && w.clocks == nil {
		w.clocks = w.used.clocks(w.room, w.now)
	}
	end, last := w.now.Add(d), ""
	for n := 0; ; n++ {
		i, c := w.soonest(end)
		if i < 0 && c == nil {
			w.now = end
			return lines, nil
		}
		if n == mostTimers {
			return nil, fmt.Errorf("more than %d timers came within %v; the last is %s", mostTimers, d, last)
		}
		var came []string
		if c != nil {
			w.now, last = c.next.UTC(), string(c.trigger)
			came, err = w.struck(ctx, c)
		} else {
			p := w.timers[i]
			w.timers, w.now, last = slices.Delete(w.timers, i, i+1), p.due, p.Label()
			came, err = w.come(ctx, p)
		}
		if err != nil {
			return nil, err
		}
		lines = append(lines, came...)
	}
}

// soonest is what comes first, and not after end: a clock, or the number of a timer;
// of one time, the clock.
func (w *world) soonest(end time.Time) (timer int, c *clock) {
	timer, c = w.next(end), w.strike(end)
	if timer >= 0 && c != nil && w.timers[timer].due.Before(c.next) {
		c = nil
	}
	return timer, c
}

// next is the timer that comes first, and not after end; -1 for none. Those of
// one time come in the order in which they were set.
func (w *world) next(end time.Time) int {
	first := -1
	for i, p := range w.timers {
		if !p.due.After(end) && (first < 0 || p.due.Before(w.timers[first].due)) {
			first = i
		}
	}
	return first
}

// come lets the plugin handle a timer.
func (w *world) come(ctx context.Context, p pending) ([]string, error) {
	w.events++
	e := w.blank()
	e.Kind, e.Trigger, e.Payload = chat.Timer, p.Name, p.Payload
	came := fmt.Sprintf("@ %s comes", p.Label())
	if e.Sender = p.sender; e.Sender != "" {
		if _, present := w.group.Find(e.Sender); !present {
			return []string{came + fmt.Sprintf(", and is not handled: %s is not in the group any more", e.Sender)}, nil
		}
	}
	lines, err := w.answer(ctx, e)
	return append([]string{came}, lines...), err
}
