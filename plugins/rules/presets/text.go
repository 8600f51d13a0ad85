package presets

import (
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/botd-chat/botd/chat"
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

// unwanted are characters that show nothing and can make a text look like
// another: controls, and what turns the direction of writing or is a byte order mark.
func unwanted(r rune) bool {
	switch {
	case r == '\n':
		return false
	case unicode.IsControl(r), r >= 0x202A && r <= 0x202E, r >= 0x2066 && r <= 0x2069, r == 0xFEFF, r == utf8.RuneError:
		return true
	}
	return false
}

var breaks = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u2028", "\n", "\u2029", "\n", "\v", "\n", "\f", "\n", "\u0085", "\n", "\t", " ")

// Clean is a text without what could hide or pretend something. It keeps its
// lines.
func Clean(s string) string {
	return strings.Map(func(r rune) rune {
		if unwanted(r) {
			return -1
		}
		return r
	}, breaks.Replace(s))
}

// oneLine is a text that cannot pretend to be several lines of ours.
func oneLine(s string) string { return strings.Join(strings.Fields(Clean(s)), " ") }

// short cuts a line, and shows that it did.
func short(s string, most int) string {
	if cut := head(s, most); cut != s {
		return strings.TrimSpace(cut) + "…"
	}
	return s
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

var (
	htmlComment = regexp.MustCompile(`(?s)<!--.*?-->`) // templates of pull requests are full of them
	emptyLines  = regexp.MustCompile(`\n{3,}`)
)

// block is what somebody wrote, with its lines, cut and with a note of that.
func block(s string) string {
	s = htmlComment.ReplaceAllString(Clean(s), "")
	lines := strings.Split(s, "\n")
	for i, l := range lines {
		lines[i] = strings.TrimRightFunc(l, unicode.IsSpace)
	}
	s = strings.Trim(emptyLines.ReplaceAllString(strings.Join(lines, "\n"), "\n\n"), "\n")
	kept := head(s, maxBlock)
	if kept == s {
		return s
	}
	return strings.TrimSpace(kept) + "\n" + cutNote(utf8.RuneCountInString(s[len(kept):]))
}

func cutNote(n int) string { return fmt.Sprintf("… cut: %s more characters", thousands(int64(n))) }

// room is how many bytes a text can have as JSON: what a message can, without
// what stands around its text there, and without the note.
const room = chat.MaxBody - 256 - 64

// Fit cuts a text that does not fit into a message, at the end of a line where
// that does not cost much, and notes how much was cut. Blanks at the ends of
// lines and empty lines that follow each other or the text are taken out of
// every text.
func Fit(s string) string {
	s = tidy(s)
	if size(s) <= room+64 {
		return s
	}
	used, end := 0, 0
	for i, r := range s {
		used += runeSize(r)
		if used > room {
			break
		}
		end = i + utf8.RuneLen(r)
	}
	if at := strings.LastIndexByte(s[:end], '\n'); at > end/2 {
		end = at
	}
	kept := strings.TrimSpace(s[:end])
	return kept + "\n" + cutNote(utf8.RuneCountInString(s[len(kept):]))
}

// tidy takes out blanks and empty lines that nobody sees.
func tidy(s string) string {
	lines := strings.Split(strings.ToValidUTF8(s, ""), "\n")
	var kept []string
	for _, l := range lines {
		l = strings.TrimRightFunc(l, unicode.IsSpace)
		if l != "" || len(kept) > 0 && kept[len(kept)-1] != "" {
			kept = append(kept, l)
		}
	}
	return strings.TrimRight(strings.Join(kept, "\n"), "\n")
}

func size(s string) (n int) {
	for _, r := range s {
		n += runeSize(r)
	}
	return n
}

// runeSize is how many bytes a character has in the service's JSON.
func runeSize(r rune) int {
	switch {
	case r == '"', r == '\\', r == '\n', r == '\t', r == '\r', r == '\b', r == '\f':
		return 2
	case r < ' ', r == '\u2028', r == '\u2029':
		return 6
	}
	return utf8.RuneLen(r)
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
