package config

import (
	"regexp"
	"time"

	"gopkg.in/yaml.v3"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/schedules"
)

// clocks are the keys by which a trigger is one with a schedule.
var clocks = []string{"schedule", "at"}

// ofClocks are keys that no other trigger has.
var ofClocks = []string{"timezone", "between", "calendar", "jitter", "missed", "max_age", "overlap", "expires", "late_after"}

// The forms of what a schedule is made of, before it is judged.
var (
	lineForm = regexp.MustCompile(`^(@[a-z]+|@every\s+\S+|\S+(\s+\S+){4})$`)
	timeForm = regexp.MustCompile(`^[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}(:[0-9]{2})?(Z|[+-][0-9]{2}:[0-9]{2})?$`)
	dateForm = regexp.MustCompile(`^[0-9]{4}-[0-9]{2}-[0-9]{2}$`)
	zoneForm = regexp.MustCompile(`^[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*$`)
)

// scheduleKeys are for triggers with a schedule.
func (r *botsReader) scheduleKeys(s *Schedule) keys {
	return keys{
		{"schedule", "When it strikes: minute, hour, day of month, month, day of week, as in a crontab; or @daily and the like; or @every and a length of time, which counts from when botd first had it.", func(v place) { s.Line = r.line(v) }},
		{"at", "In place of schedule: a time, or a list of times, such as 2026-12-24 09:00, in the schedule's time zone.", func(v place) { s.At = r.times(v) }},
		{"timezone", "The time zone of the schedule, a name of the IANA database such as Asia/Seoul.", func(v place) { r.zone(v, &s.Zone) }},
		{"between", "The dates between which it strikes, in its time zone.", func(v place) { r.between(v, s) }},
		{"calendar", "On which dates it strikes, by calendars.", func(v place) { r.dates(v, s) }},
		{"jitter", "By how much at most a time is put off. It is by the same for each time, whoever works it out, and by another for each bot.", func(v place) { r.length(v, &s.Jitter, schedules.LeastJitter, schedules.MostJitter) }},
		{"missed", "What becomes of times that passed while botd could not strike: skip leaves them out, once makes up the latest, all makes up each.", func(v place) { oneOf(r.reader, v, &s.Missed, "rule for missed times", chat.MissedRules) }},
		{"max_age", "How late a missed time is still made up.", func(v place) { r.length(v, &s.MaxAge, schedules.LeastLateness, schedules.MostMaxAge) }},
		{"overlap", "What becomes of a time that comes while what came of the one before is not over: queue has it wait its turn, skip leaves it out.", func(v place) { oneOf(r.reader, v, &s.Overlap, "rule for overlap", chat.OverlapRules) }},
		{"expires", "How long after the time meant what comes of it is worth sending. Forever when left out.", func(v place) { r.length(v, &s.Expires, schedules.LeastLateness, schedules.MostExpires) }},
		{"late_after", "How long after the time meant an alarm is raised when what was to come of it is not out. Never when left out.", func(v place) { r.length(v, &s.LateAfter, schedules.LeastLateness, schedules.MostLateAfter) }},
	}
}

// line reads the line of a schedule, which is judged when its zone is known.
func (r *botsReader) line(p place) string {
	if p.describes(func(s *schema) { matching(s, lineForm, "0 9 * * 1-5", "@every 90m") }) {
		return ""
	}
	s, _ := r.text(p)
	return s
}

// zone reads a time zone. It is judged with a line that is right in itself, so
// that what is refused is the zone.
func (r *botsReader) zone(p place, to *string) {
	if p.describes(func(s *schema) {
		standard(s, *to)
		matching(s, zoneForm)
	}) {
		return
	}
	zone, ok := checked(r.reader, p, func(zone string) error {
		_, err := schedules.Read(chat.Timing{Line: "@daily", Zone: zone}, time.Time{}, nil)
		return err
	}, "use a name of the IANA database, such as Asia/Seoul")
	if ok {
		*to = zone
	}
}

// times reads one time or a list of them. They are judged when their zone is known.
func (r *botsReader) times(p place) []string {
	return several(r.reader, p, func(v place) (string, bool) { return r.dated(v, timeForm, "2026-12-24 09:00") })
}

// dated reads a text that YAML may take for a date.
func (r *botsReader) dated(p place, form *regexp.Regexp, example string) (string, bool) {
	if p.describes(func(s *schema) { matching(s, form, example) }) {
		return "", false
	}
	if p.node.Kind == yaml.ScalarNode && p.node.Tag == "!!timestamp" {
		return p.node.Value, true
	}
	return r.text(p)
}

// between reads the dates between which a schedule strikes.
func (r *botsReader) between(p place, s *Schedule) {
	date := func(to *string) func(place) {
		return func(v place) {
			text, ok := r.dated(v, dateForm, "2026-12-31")
			if _, err := time.Parse(time.DateOnly, text); ok && err != nil {
				r.problem(v, "is no date", "write year, month and day of one that comes, such as 2026-12-31")
				return
			}
			*to = text
		}
	}
	there := r.mapping(p, mapping{
		keys: keys{
			{"from", "The first date on which it strikes.", date(&s.From)},
			{"until", "The last date on which it strikes.", date(&s.Until)},
		},
		instead: map[string]string{"to": "the last date stands under until:"},
	})
	if there != nil && len(there) == 0 {
		r.problem(p, "is empty, and so bounds nothing", "name one date or both, such as {from: 2026-12-01, until: 2026-12-31}, or remove it")
	}
	if s.From != "" && s.Until != "" && s.Until < s.From {
		r.problem(there["until"], "is before from, so that no date is between the two", "write the earlier date after from:")
		s.From, s.Until = "", "" // so that it is not told again
	}
}

// dates reads which calendars say on which dates a schedule strikes.
func (r *botsReader) dates(p place, s *Schedule) {
	named := func(to *[]string) func(place) {
		return func(v place) { *to = several(r.reader, v, r.calendar) }
	}
	there := r.mapping(p, mapping{keys: keys{
		{"skip", "The calendar, or a list of them, on whose dates it does not strike.", named(&s.Skip)},
		{"only", "The calendar, or a list of them, on whose dates alone it strikes.", named(&s.Only)},
	}})
	if there != nil && len(there) == 0 {
		r.problem(p, "is empty, and so names no calendar", "name one, such as {skip: holidays}, or remove it")
	}
}
