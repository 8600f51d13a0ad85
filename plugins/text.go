package plugins

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/botd-chat/botd/chat"
)

// What comes from outside is shown to people beside words of the plugin's own. These
// keep it from passing for those.

// Clean is a text without characters that show nothing and can make it look like
// another: controls, what turns the direction of writing, and byte order marks. It keeps
// its lines.
func Clean(s string) string {
	return strings.Map(func(r rune) rune {
		if unwanted(r) {
			return -1
		}
		return r
	}, breaks.Replace(s))
}

// OneLine is a text that cannot pass for several lines, without blanks at its ends or
// in a row, and cut with a "…" after so many characters.
func OneLine(s string, most int) string {
	s = strings.Join(strings.Fields(Clean(s)), " ")
	for i := range s {
		if most == 0 {
			return strings.TrimSpace(s[:i]) + "…"
		}
		most--
	}
	return s
}

// Narrow is a text with the wide letters, digits and signs that keyboards for Chinese and
// Japanese write, such as ２ and ／, as their narrow ones: for what is compared or counted,
// and not for what is shown.
func Narrow(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 0xFF01 && r <= 0xFF5E:
			return r - 0xFF01 + '!'
		case r == 0x3000:
			return ' '
		}
		return r
	}, s)
}

// Lines is a text of several lines that somebody wrote: clean, without blanks and empty
// lines that nobody sees, and cut after so many characters, with a note of that.
func Lines(s string, most int) string {
	s = strings.TrimLeft(tidy(Clean(s)), "\n")
	for i := range s {
		if most == 0 {
			return cutAt(s, i)
		}
		most--
	}
	return s
}

var breaks = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u2028", "\n", "\u2029", "\n", "\v", "\n", "\f", "\n", "\u0085", "\n", "\t", " ")

func unwanted(r rune) bool {
	switch {
	case r == '\n':
		return false
	case unicode.IsControl(r), r >= 0x202A && r <= 0x202E, r >= 0x2066 && r <= 0x2069, r == 0xFEFF, r == utf8.RuneError:
		return true
	}
	return false
}

// room is how many bytes a text can have as JSON: what a message can, without
// what stands around its text there, and without the note.
const room = chat.MaxBody - 256 - 64

// Fit cuts a text that does not fit into a message, at the end of a line where
// that does not cost much, and notes how much was cut. Blanks at the ends of
// lines and empty lines that follow each other or the text are taken out of
// every text.
func Fit(s string) string {
	if s = tidy(s); fits(s) {
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
	return cutAt(s, end)
}

// Fits reports whether [Fit] leaves all of a text that can be seen.
func Fits(s string) bool { return fits(tidy(s)) }

func fits(tidied string) bool { return sizeInMessage(tidied) <= room+64 }

// cutAt is the first so many bytes of a text, and a note of how many characters of it
// are missing. The cut must not be within a character.
func cutAt(s string, end int) string {
	kept := strings.TrimSpace(s[:end])
	return fmt.Sprintf("%s\n… cut: %d more characters", kept, utf8.RuneCountInString(s[len(kept):]))
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

func sizeInMessage(s string) (n int) {
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
