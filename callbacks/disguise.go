package callbacks

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/nearest"
)

// disguise is a held command that a text is meant to be.
type disguise struct {
	command string // as a rule names it
	same    bool   // it is the command, but for how its letters are written
	text    string // the command as it would have been; only if same
}

// headBytes is how much of a text is looked at for a command. A name is shorter, and so
// are the blanks before it, unless somebody plays.
const headBytes = 512

// disguised finds the held command that a message is probably meant to be: one with
// invisible characters before or in it, in letters of full width, behind a mention, with
// another slash, misspelt, or run together with what follows. Who makes a slip must not
// show everybody the answer. What another rule of the group names is no slip.
func (g *room) disguised(m Message) (disguise, bool) {
	texts, err := textsOf(m.Elements)
	if err != nil || len(texts) == 0 {
		texts = []string{m.Text}
	}
	// An app may show several text elements as one, or each for itself.
	if len(texts) > 1 {
		texts = append(texts, strings.Join(texts, ""))
	}
	for _, text := range texts {
		if d, ok := g.uncover(text); ok {
			return d, true
		}
	}
	return disguise{}, false
}

func (g *room) uncover(text string) (disguise, bool) {
	name, rest, ok := head(text)
	if !ok || named(name, g.opened) != "" {
		return disguise{}, false
	}
	if c := named(name, g.held); c != "" {
		return disguise{command: c, same: true, text: strings.TrimSpace("/" + c + " " + rest)}, true
	}
	if c := glued(name, g.held); c != "" {
		return disguise{command: c}, true
	}
	if c := near(name, g.held); c != "" {
		return disguise{command: c}, true
	}
	return disguise{}, false
}

// named is the command of that name.
func named(name string, commands []string) string {
	for _, c := range commands {
		if strings.EqualFold(name, norm.NFKC.String(c)) {
			return c
		}
	}
	return ""
}

// glued is the longest command with which a name begins, as in /answerB.
func glued(name string, commands []string) (longest string) {
	for _, c := range commands {
		if len(c) > len(longest) && utf8.RuneCountInString(c) >= shortest && len(name) > len(c) && strings.EqualFold(name[:len(c)], c) {
			longest = c
		}
	}
	return longest
}

// shortest is how many letters a name has at least that others are held against: of two
// letters, one slip leaves one, and everything would be near.
const shortest = 3

func near(name string, commands []string) string {
	if utf8.RuneCountInString(name) < shortest-1 {
		return ""
	}
	long := slices.DeleteFunc(slices.Clone(commands), func(c string) bool { return utf8.RuneCountInString(c) < shortest })
	return nearest.Name(name, long)
}

// head takes the name after the slash with which a text begins, in plain letters, and what
// follows. Ok is false where there is no slash.
func head(text string) (name, rest string, ok bool) {
	text = plainHead(text)
	for strings.HasPrefix(text, "@") { // whoever writes to the bot by its name
		_, text = chat.CutWord(text)
	}
	after := strings.TrimLeftFunc(text, func(r rune) bool { return strings.ContainsRune(likeSlashes, r) })
	if after == text {
		return "", "", false
	}
	after = strings.TrimLeftFunc(after, unicode.IsSpace)
	end := strings.IndexFunc(after, func(r rune) bool { return !inName(r) })
	if end < 0 {
		end = len(after)
	}
	return after[:end], strings.TrimSpace(after[end:]), end > 0
}

// likeSlashes are what somebody types, or a keyboard offers, for a slash. NFKC has made
// the wide ones narrow.
const likeSlashes = `/\⁄∕╱⧸⟋`

// inName reports a character that a command's name can have.
func inName(r rune) bool {
	return unicode.In(r, unicode.L, unicode.M, unicode.N) || r == '_' || r == '-'
}

// plainHead writes the beginning of a text in plain letters (NFKC), and without what
// nobody sees; the rest of it stays.
func plainHead(text string) string {
	begin, end := text, ""
	if len(text) > headBytes {
		cut := headBytes
		for !utf8.RuneStart(text[cut]) {
			cut--
		}
		begin, end = text[:cut], text[cut:]
	}
	begin = norm.NFKC.String(strings.Map(visible, begin))
	return strings.TrimLeftFunc(begin, unicode.IsSpace) + end
}

// visible drops characters that take no room: format characters (zero width, BOM, marks of
// direction, soft hyphen), variation selectors, fillers, and control characters other than
// white space.
func visible(r rune) rune {
	switch {
	case unicode.IsSpace(r):
		return r
	case unicode.In(r, unicode.Cf, unicode.Cc, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point):
		return -1
	}
	return r
}
