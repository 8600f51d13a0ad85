package presets

import (
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/botd-chat/botd/plugins"
)

// Lengths in characters, and how many of a list are shown.
const (
	maxLine  = 300 // of what should be one line
	maxBlock = 600 // of a text that somebody wrote
	maxItems = 10
)

// text is the lines of a message.
type text []string

// say adds a line.
func (t *text) say(format string, args ...any) { *t = append(*t, fmt.Sprintf(format, args...)) }

// add adds lines, one for each that is not empty.
func (t *text) add(lines ...string) {
	for _, l := range lines {
		if l != "" {
			*t = append(*t, l)
		}
	}
}

// named adds "Name: value", if there is a value.
func (t *text) named(name, value string) {
	if value != "" {
		t.say("%s: %s", name, value)
	}
}

// gap adds an empty line.
func (t *text) gap() { *t = append(*t, "") }

// quote adds what somebody wrote, cut, and marked so that it cannot be taken
// for ours.
func (t *text) quote(v value) {
	if s := block(v.raw()); s != "" {
		for l := range strings.SplitSeq(s, "\n") {
			t.say("> %s", l)
		}
	}
}

// indent adds the lines of a point below the first one.
func (t *text) indent(sub text) {
	for _, l := range sub {
		for part := range strings.SplitSeq(l, "\n") {
			*t = append(*t, "  "+part)
		}
	}
}

// listed adds a point for each of the first items, and how many more there are.
// Of all may be more than there are items.
func (t *text) listed(items []value, all int, point func(value) string) {
	for _, x := range items[:min(len(items), maxItems)] {
		t.say("• %s", point(x))
	}
	t.more(all - min(len(items), maxItems))
}

// more says how many of a list are not shown.
func (t *text) more(n int) {
	if n > 0 {
		t.say("… and %s more", thousands(int64(n)))
	}
}

// head is the first characters of a text.
func head(s string, most int) string {
	for i := range s {
		if most == 0 {
			return s[:i]
		}
		most--
	}
	return s
}

// capital is a text of ours that begins a line.
func capital(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

var htmlComment = regexp.MustCompile(`(?s)<!--.*?-->`) // templates of pull requests are full of them

// block is what somebody wrote, with its lines, cut and with a note of that.
func block(s string) string {
	return plugins.Lines(htmlComment.ReplaceAllString(plugins.Clean(s), ""), maxBlock)
}

// thousands writes 1234567 as 1,234,567.
func thousands(n int64) string {
	s := fmt.Sprint(n)
	sign := ""
	if n < 0 {
		sign, s = "-", s[1:]
	}
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return sign + s
}

// count is "1 commit" or "3 commits".
func count(n int64, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return thousands(n) + " " + thing + "s"
}

// moment is a time as it is read in a chat.
func moment(t time.Time) string { return t.UTC().Format("2 Jan 15:04 UTC") }

// span is a length of time in its two largest units.
func span(d time.Duration) string {
	d = d.Round(time.Second)
	days, hours, minutes, seconds := int64(d/(24*time.Hour)), int64(d/time.Hour)%24, int64(d/time.Minute)%60, int64(d/time.Second)%60
	switch {
	case days > 0:
		return both(days, "d", hours, "h")
	case hours > 0:
		return both(hours, "h", minutes, "min")
	case minutes > 0:
		return both(minutes, "min", seconds, "s")
	}
	return fmt.Sprintf("%d s", seconds)
}

func both(a int64, unit string, b int64, smaller string) string {
	if b == 0 {
		return fmt.Sprintf("%d %s", a, unit)
	}
	return fmt.Sprintf("%d %s %d %s", a, unit, b, smaller)
}
