package config

import (
	"regexp"

	"github.com/botd-chat/botd/chat"
)

// hourForm is a time of day.
var hourForm = regexp.MustCompile(`^([01][0-9]|2[0-3]):[0-5][0-9]$`)

// quiet reads in which hours the bot's schedules do not strike.
func (r *botsReader) quiet(p place) *chat.Quiet {
	q := chat.Quiet{Zone: "UTC", Then: chat.QuietWait}
	there := r.mapping(p, mapping{
		keys: keys{
			{"from", "When the hours begin, such as 22:00.", func(v place) { q.From = r.hour(v) }},
			{"until", "When they are over. An hour before from is of the next day.", func(v place) { q.Until = r.hour(v) }},
			{"timezone", "The time zone of the hours, a name of the IANA database such as Asia/Seoul.", func(v place) { r.zone(v, &q.Zone) }},
			{"then", "What becomes of a time in these hours: wait, which has the latest of them struck when the hours are over, or skip, which leaves them out.", func(v place) {
				oneOf(r.reader, v, &q.Then, "rule for quiet hours", chat.QuietRules)
			}},
		},
		need: map[string]string{
			"from":  "say when the hours begin, such as from: \"22:00\"",
			"until": "say when they are over, such as until: \"07:00\"",
		},
	})
	if there == nil || q.From == "" || q.Until == "" {
		return nil
	}
	if q.From == q.Until {
		r.problem(there["until"], "is when the hours begin, too, so they would be none or the whole day", "name another hour; a bot that is to be silent for some days is paused: botd schedules pause")
		return nil
	}
	return &q
}

// hour reads a time of day.
func (r *botsReader) hour(p place) string {
	if p.describes(func(s *schema) { matching(s, hourForm, "22:00") }) {
		return ""
	}
	s, ok := r.text(p)
	if ok && !hourForm.MatchString(s) {
		r.problem(p, "is no time of day", `write hours and minutes from "00:00" to "23:59", each with two digits, in quotes`)
		return ""
	}
	return s
}
