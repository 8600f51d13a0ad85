package daemon

import (
	"cmp"
	"fmt"
	"iter"
	"strings"
	"time"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/console"
	"github.com/botd-chat/botd/schedules"
)

// timeline is what is to come of a schedule: its times, and what is in their way.
type timeline struct {
	schedule schedules.Schedule
	// bare is the schedule without its calendars, so that what these leave out can be told.
	bare      schedules.Schedule
	timing    chat.Timing
	calendars schedules.Calendars
	bot       chat.BotName
	name      chat.TriggerName
	quiet     *schedules.QuietHours // nil: none
	then      chat.QuietRule
	paused    *chat.SchedulePause // nil: it is not
}

// readTimeline reads a timing that has nothing in its way but calendars. One whose times
// have all passed is no mistake here: nothing comes of it.
func readTimeline(t chat.Timing, started time.Time, calendars schedules.Calendars) (l timeline, err error) {
	l = timeline{timing: t, calendars: calendars}
	if !strings.HasPrefix(strings.TrimSpace(t.Line), "@every") {
		started = time.Unix(0, 0) // no other counts from there, and what came since then is not over
	}
	if l.schedule, err = schedules.Read(t, started, calendars); err != nil {
		return l, err
	}
	t.Skip, t.Only = nil, nil
	l.bare, err = schedules.Read(t, started, nil)
	return l, err
}

// mostLeftOut is how many times in a row are gone through that are left out: half a year
// of minutes.
const mostLeftOut = 1 << 18

// moments yields the times after one and not after another, which is never if it is zero,
// in order. Those in a row that are left out for one reason are one moment. It ends early
// where nothing but times that are left out comes for long.
func (l timeline) moments(after, until time.Time) iter.Seq[console.Moment] {
	return func(yield func(console.Moment) bool) {
		e := emitter{yield: yield}
		strikes, left, latest := l.schedule.Next(after), 0, after
		for t := l.bare.Next(after); !t.IsZero() && (until.IsZero() || !t.After(until)) && left < mostLeftOut; t = l.bare.Next(t) {
			m := coming{Moment: console.Moment{Meant: t}}
			if t.Equal(strikes) {
				m = l.coming(t, latest)
				strikes = l.schedule.Next(t)
			} else {
				m.LeftOut = l.dated(t)
			}
			if left++; m.LeftOut == "" {
				left, latest = 0, later(m.Meant, m.Due)
			}
			if !e.put(m) {
				return
			}
		}
		e.end()
	}
}

// coming is a moment, which may have to wait for quiet hours to be over.
type coming struct {
	console.Moment
	quiet time.Time // when they are; zero: it need not
}

// coming is a time on a day that the calendars leave. It is not due before the one before
// it is.
func (l timeline) coming(t, latest time.Time) coming {
	m := coming{Moment: console.Moment{Meant: t, Note: l.schedule.Note(t)}}
	due := t.Add(schedules.Put(l.bot, l.name, t, time.Duration(l.timing.Jitter)))
	end, quiet := l.quiet.Over(due)
	switch {
	case l.pausedAt(t), l.pausedAt(due):
		m.LeftOut = pausedText(*l.paused)
		return m
	case quiet && l.then == chat.QuietSkip:
		m.LeftOut = "quiet hours"
		return m
	case quiet:
		m.quiet, m.Note = end, strings.TrimPrefix(m.Note+"; waits until quiet hours are over", "; ")
		due = end
	}
	if due = later(due, latest); !due.Equal(t) {
		m.Due = due
	}
	return m
}

func (l timeline) pausedAt(t time.Time) bool {
	return l.paused != nil && (l.paused.Until.IsZero() || t.Before(l.paused.Until))
}

// pausedText says how a schedule is paused.
func pausedText(p chat.SchedulePause) string {
	if p.Until.IsZero() {
		return fmt.Sprintf("paused by %s, until it is resumed", p.By)
	}
	return fmt.Sprintf("paused by %s until %s", p.By, p.Until.UTC().Format(time.RFC3339))
}

// dated says which calendar leaves a time out.
func (l timeline) dated(t time.Time) string {
	for _, name := range l.timing.Skip {
		if l.calendars[name].Has(schedules.DateOf(t.In(l.schedule.Location()))) {
			return "a date of calendar " + name
		}
	}
	return "no date of calendar " + strings.Join(l.timing.Only, " or ")
}

// emitter yields moments, and takes together those in a row that are left out.
type emitter struct {
	yield   func(console.Moment) bool
	row     *console.Moment // that are left out, so far
	waiting *coming         // for quiet hours to be over; a later one takes its place
}

// put is false when nobody wants more.
func (e *emitter) put(m coming) bool {
	if w := e.waiting; w != nil {
		e.waiting = nil
		if m.quiet.Equal(w.quiet) {
			e.waiting = &m
			return e.leaveOut(console.Moment{Meant: w.Meant, LeftOut: "quiet hours, and a later time strikes when they are over"})
		}
		if !e.flush() || !e.show(w.Moment) {
			return false
		}
	}
	switch {
	case m.LeftOut != "":
		return e.leaveOut(m.Moment)
	case !m.quiet.IsZero():
		e.waiting = &m
		return true
	}
	return e.flush() && e.show(m.Moment)
}

func (e *emitter) leaveOut(m console.Moment) bool {
	if r := e.row; r != nil && r.LeftOut == m.LeftOut {
		r.Count, r.Last = max(r.Count, 1)+1, m.Meant
		return true
	}
	ok := e.flush()
	e.row = &m
	return ok
}

func (e *emitter) flush() bool {
	r := e.row
	e.row = nil
	return r == nil || e.show(*r)
}

// show yields a moment with what clocks show then.
func (e *emitter) show(m console.Moment) bool {
	m.Local = local(m.Meant)
	m.Meant, m.Due, m.Last = utc(m.Meant), utc(m.Due), utc(m.Last)
	return e.yield(m)
}

func (e *emitter) end() {
	if e.flush() && e.waiting != nil {
		e.show(e.waiting.Moment)
	}
}

// utc leaves zero what is zero.
func utc(t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	return t.UTC()
}

// local is a time as clocks show it in its zone.
func local(t time.Time) string {
	if t.Second() != 0 {
		return t.Format("Mon 2006-01-02 15:04:05 MST")
	}
	return t.Format("Mon 2006-01-02 15:04 MST")
}

// outlook has the next n times that strike from a time on, and what is left out between
// them.
func (l timeline) outlook(from time.Time, n int) console.Outlook {
	loc := l.schedule.Location()
	x := console.Outlook{Schedule: l.schedule.String(), Zone: loc.String(), From: from.UTC(), Times: []console.Moment{}}
	if l.paused != nil && l.paused.Until.IsZero() {
		x.Ends = pausedText(*l.paused)
		return x
	}
	strikes, last := 0, from
	for m := range l.moments(before(from), time.Time{}) {
		x.Times = append(x.Times, m)
		last = later(m.Meant, m.Last)
		if m.LeftOut == "" {
			if strikes++; strikes == n {
				break
			}
		}
		if m.Count >= mostLeftOut {
			x.Ends = "so many times are left out that no more were looked for"
		}
	}
	if strikes < n {
		x.Ends = cmp.Or(x.Ends, "there are no more times")
	}
	x.Changes = changesOf(loc, from, last)
	return x
}

// first is the next time that strikes from now on; nil: there is none.
func (l timeline) first(now time.Time) *console.Moment {
	if l.paused != nil && l.paused.Until.IsZero() {
		return nil
	}
	if l.paused != nil {
		now = later(now, l.paused.Until)
	}
	for m := range l.moments(before(now), time.Time{}) {
		if m.LeftOut == "" {
			return &m
		}
	}
	return nil
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// before is a moment after which the first time is at t or later. Times have full seconds.
func before(t time.Time) time.Time {
	if t.Nanosecond() != 0 {
		return t
	}
	return t.Add(-time.Second)
}

// changesOf are the changes of the clocks in a zone.
func changesOf(loc *time.Location, from, to time.Time) []console.ClockChange {
	list := []console.ClockChange{}
	for _, c := range schedules.Changes(loc, from, to) {
		shown := func(i, offset int) string { return local(c.At.In(time.FixedZone(c.Names[i], offset))) }
		list = append(list, console.ClockChange{At: c.At.UTC(), Zone: loc.String(), Before: shown(0, c.Before), After: shown(1, c.After)})
	}
	return list
}
