package config

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/botd-chat/botd/schedules"
)

// runsOut is how long before its last date a calendar is warned of.
const runsOut = 30 * 24 * time.Hour

// calendars reads the calendars that schedules name.
func (r *reader) calendars(p place) schedules.Calendars {
	if p.schema == nil {
		r.cals, r.calNames = schedules.Calendars{}, []string{}
	}
	r.named(p, "a calendar, such as holidays: {file: holidays.ics}", func(name string, v place) {
		if v.schema == nil {
			r.calNames = append(r.calNames, name) // it is known, whatever is wrong with it
		}
		r.mapping(v, mapping{
			keys: keys{{"file", "The file of its dates, which begins at the folder of this file: an iCalendar, whose name ends with .ics, or, with .txt, one date a line or a range such as 2026-12-24..2026-12-26.", func(at place) {
				if c := r.calendarFile(at); c != nil {
					r.cals[name] = c
					r.ending(at, c)
				}
			}}},
			need: map[string]string{"file": "name the file of its dates, such as file: holidays.ics"},
		})
	})
	return r.cals
}

// calendarFile reads the dates of a file; nil if it cannot be read.
func (r *reader) calendarFile(p place) *schedules.Calendar {
	path, ok := r.text(p)
	if !ok {
		return nil
	}
	if !filepath.IsAbs(path) {
		path = filepath.Join(r.dir, path)
	}
	info, err := os.Stat(path)
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("it is no regular file")
	}
	if err != nil {
		r.problem(p, fmt.Sprintf("the calendar cannot be read: %v", reason(err)), "make the file, or correct the path: it begins at the folder of "+filepath.Base(r.file))
		return nil
	}
	c, err := schedules.LoadCalendar(path)
	if err != nil {
		r.refused(p, err, "correct the file")
		return nil
	}
	return c
}

// ending warns of a calendar that has no more dates, or soon will have none.
func (r *reader) ending(p place, c *schedules.Calendar) {
	last, ends := c.Last()
	if ends && last <= schedules.DateOf(r.opt.Now().Add(runsOut)) {
		r.warn(p, fmt.Sprintf("the calendar has no date after %s", last), "add the dates that come, or schedules go by it as if there were none")
	}
}

// calendar reads the name of a calendar.
func (r *reader) calendar(p place) (name string, ok bool) {
	if r.calNames == nil && p.schema == nil {
		r.problem(p, "there is no calendar "+quote(p)+", since the file has none", "add calendars: at the top of the file, such as calendars: {holidays: {file: holidays.ics}}")
		return "", false
	}
	oneOf(r, p, &name, "calendar", r.calNames)
	return name, name != ""
}

// broken reports whether a calendar could not be read.
func (r *reader) broken(name string) bool { return r.cals[name] == nil }
