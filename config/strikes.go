package config

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/schedules"
)

// strikes judges the whole of a schedule, in UTC where its zone was refused.
func (r *botsReader) strikes(there map[string]place, s *Schedule) {
	now := r.opt.Now()
	var read schedules.Schedule // what cannot be read has no times, and its lengths are judged all the same
	defer func() { r.judged(there, s, read, now) }()
	at := there["schedule"]
	if s.Line == "" {
		at = there["at"]
	}
	if (s.Line == "") == (len(s.At) == 0) {
		return // it has been reported
	}
	before := len(r.problems)
	for i, text := range s.At {
		if len(at.node.Content) > 0 {
			r.moment(at.item(i, at.node.Content[i]), text, s.Zone)
		} else {
			r.moment(at, text, s.Zone)
		}
	}
	if len(r.problems) > before || slices.ContainsFunc(slices.Concat(s.Skip, s.Only), r.broken) {
		return // what is wrong has been reported
	}
	var err error
	read, err = schedules.Read(s.Timing, now, r.cals)
	if past, ok := errors.AsType[*schedules.PastError](err); ok {
		r.warn(at, fmt.Sprintf("strikes no more: its last date was %s", past.Last), "remove the trigger, or write dates that come")
		return
	}
	for _, err := range each(err) {
		r.unfitting(at, err, "name other times, or other dates")
	}
	if err == nil {
		r.pace(there, s, read, now)
	}
}

// moment judges one of the times that are written out.
func (r *botsReader) moment(p place, text, zone string) {
	_, err := schedules.Read(chat.Timing{At: []string{text}, Zone: zone}, time.Time{}, nil)
	if err != nil {
		r.unfitting(p, err, "write it like 2026-12-24 09:00")
	}
}

// unfitting reports what is wrong with a schedule, in the words of those who read it:
// without the key, which the place tells, and with what they say to do about it, if they
// say so.
func (r *reader) unfitting(p place, err error, remedy string) {
	what := err.Error()
	for _, key := range slices.Concat(clocks, ofClocks) {
		what = strings.TrimPrefix(what, key+": ")
	}
	err = errors.New(what)
	if fromVariable(p.node) || tells(what, p.node) {
		r.refused(p, err, remedy)
		return
	}
	if i := strings.LastIndex(what, "; "); i > 0 {
		what, remedy = what[:i], what[i+2:]
	}
	r.problem(p, what, remedy)
}

// judged reports what does not go together in a schedule.
func (r *botsReader) judged(there map[string]place, s *Schedule, read schedules.Schedule, now time.Time) {
	said := s.Lateness // without what stands there because it was left out
	if _, ok := there["max_age"]; !ok {
		said.MaxAge = 0
	}
	if _, ok := there["overlap"]; !ok {
		said.Overlap = ""
	}
	for _, m := range read.Judge(s.Timing, said, now) {
		at := there[m.Key]
		if m.Spare {
			at = at.atKey()
		}
		r.problem(at, m.What, m.Remedy)
	}
}

// What a schedule is looked at for.
const (
	madeUp  = 100 // times that are many to make up at once
	stretch = 800 // of quiet hours, in which all its times may lie
)

// pace judges how many times of a schedule would be made up at once.
func (r *botsReader) pace(there map[string]place, s *Schedule, read schedules.Schedule, now time.Time) {
	if s.Missed != chat.MissedAll {
		return
	}
	end, t := now.Add(time.Duration(s.MaxAge)), now
	for range madeUp {
		if t = read.Next(t); t.IsZero() || t.After(end) {
			return
		}
	}
	r.warn(there["missed"], fmt.Sprintf("has more than %d times made up at once after %s in which botd was down", madeUp, short(time.Duration(s.MaxAge))), "write once, or let max_age be shorter")
}

// hushed judges the schedules of a bot by its quiet hours.
func (r *botsReader) hushed(on, quiet place, b Bot) {
	hours, err := schedules.ReadQuiet(*b.Quiet)
	if err != nil {
		return // it has been reported
	}
	for _, t := range b.Triggers {
		if t.Schedule == nil {
			continue
		}
		if zoned := quiet.at("timezone").path != quiet.path; !zoned && t.Schedule.Zone != "UTC" {
			r.warn(quiet.atKey(), fmt.Sprintf("is in UTC, and trigger %s strikes in %s", t.Name, t.Schedule.Zone), "say which is meant, such as timezone: "+t.Schedule.Zone)
			break
		}
	}
	for _, t := range b.Triggers {
		if t.Schedule == nil || slices.ContainsFunc(slices.Concat(t.Schedule.Skip, t.Schedule.Only), r.broken) {
			continue
		}
		read, err := schedules.Read(t.Schedule.Timing, r.opt.Now(), r.cals)
		if err != nil || !always(hours, read, r.opt.Now()) {
			continue
		}
		p := on.at(string(t.Name)).atKey()
		if b.Quiet.Then == chat.QuietSkip {
			r.problem(p, "strikes in the bot's quiet hours alone, in which times are left out, so it never does", "name other hours in one of the two, or write then: wait")
		} else {
			r.warn(p, "strikes in the bot's quiet hours alone, so each of its times waits until "+b.Quiet.Until, "write that hour, if it is meant")
		}
	}
}

// always reports whether all times of a schedule lie in quiet hours, as far as it is
// looked ahead.
func always(hours *schedules.QuietHours, s schedules.Schedule, now time.Time) bool {
	t := s.Next(now)
	for range stretch {
		if t.IsZero() {
			return true
		}
		end, in := hours.Over(t)
		if !in {
			return false
		}
		t = s.Next(end.Add(-time.Nanosecond))
	}
	return true
}
