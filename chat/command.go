package chat

import (
	"regexp"
	"strings"
	"unicode"
)

// CommandName is the form of a command's name, without the slash: it begins with a
// letter, of whatever script.
var CommandName = regexp.MustCompile(`^\pL[\pL\pM\pN_-]*$`)

// CommandIn takes a text apart that is a command: the name after its slash, and the
// rest. The wide slash ／ counts, too. A slash with anything else after it, as in a
// path or a comment, is text.
func CommandIn(text string) (name, rest string, ok bool) {
	text = strings.TrimSpace(text)
	for _, slash := range []string{"/", "／"} {
		if after, found := strings.CutPrefix(text, slash); found {
			name, rest = CutWord(after)
			return name, rest, CommandName.MatchString(name)
		}
	}
	return "", "", false
}

// CutWord cuts a text at its first blanks.
func CutWord(text string) (word, rest string) {
	i := strings.IndexFunc(text, unicode.IsSpace)
	if i < 0 {
		return text, ""
	}
	return text[:i], strings.TrimSpace(text[i:])
}
