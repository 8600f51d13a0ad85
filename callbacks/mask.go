package callbacks

import (
	"bytes"
	"cmp"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxBody is how long a MsgBody may be, as our own messages' (product/1047/34381).
const maxBody = 12288

// compiled has a word's spelling in whatever case; nil for none.
func (m *Mask) compiled() *Mask {
	if m == nil {
		return nil
	}
	own := *m
	own.Words = slices.Clone(m.Words)
	slices.SortFunc(own.Words, func(x, y string) int { return cmp.Compare(len(y), len(x)) }) // of "damn fool" and "damn", all of it
	own.words, own.loose = nil, nil
	for _, w := range own.Words {
		own.words = append(own.words, regexp.MustCompile("(?i)"+regexp.QuoteMeta(w)))
		var letters []string
		for _, letter := range w {
			letters = append(letters, regexp.QuoteMeta(string(letter)))
		}
		own.loose = append(own.loose, regexp.MustCompile("(?i)"+strings.Join(letters, unseen+"*")))
	}
	return &own
}

// unseen is a character that [visible] drops. Put into a word, it leaves the word as it
// looks.
const unseen = `[\p{Cf}\x{00}-\x{08}\x{0E}-\x{1F}\x{7F}-\x{84}\x{86}-\x{9F}\x{34F}\x{115F}\x{1160}\x{17B4}\x{17B5}\x{180B}-\x{180F}\x{2065}\x{3164}\x{FE00}-\x{FE0F}\x{FFA0}\x{FFF0}-\x{FFF8}\x{E0000}-\x{E0FFF}]`

// apply replaces words in the text elements of a MsgBody, and reports whether there was
// anything to replace. All else stays byte for byte.
func (m *Mask) apply(body json.RawMessage) (masked json.RawMessage, changed bool) {
	raw, list, err := elementsOf(body)
	if err != nil {
		return body, false // which decode has refused
	}
	for i, e := range list {
		if e.kind != textElement {
			continue
		}
		text := e.content.text("Text")
		if clean := m.clean(text); clean != text {
			raw[i] = withText(raw[i], e, clean)
			changed = true
		}
	}
	if !changed {
		return body, false
	}
	return slices.Concat([]byte("["), bytes.Join(asBytes(raw), []byte(",")), []byte("]")), true
}

func asBytes(raw []json.RawMessage) (list [][]byte) {
	for _, r := range raw {
		list = append(list, r)
	}
	return list
}

// withText is an element with another text. What else there is in it stays.
func withText(raw json.RawMessage, e element, text string) json.RawMessage {
	f := fieldsOf(raw)
	e.content.of["Text"] = encoded(text)
	f.of["MsgContent"] = encoded(e.content.of)
	return encoded(f.of)
}

// encoded writes a value that JSON can express, and no longer than need be.
func encoded(v any) json.RawMessage {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(v) // texts, and JSON that was read before
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

// clean is a text with words replaced. The service refuses an empty one.
func (m *Mask) clean(text string) string {
	was, words := text, m.words
	if strings.ContainsFunc(text, func(r rune) bool { return visible(r) < 0 }) {
		words = m.loose // which take longer
	}
	for _, w := range words {
		text = m.replaceWord(text, w)
	}
	for _, p := range m.Patterns {
		text = p.ReplaceAllLiteralString(text, m.With)
	}
	if text == "" && was != "" {
		return "***"
	}
	return text
}

// replaceWord replaces a word where it stands for itself.
func (m *Mask) replaceWord(text string, word *regexp.Regexp) string {
	var out strings.Builder
	done, at := 0, 0
	for at < len(text) {
		found := word.FindStringIndex(text[at:])
		if found == nil {
			break
		}
		begin, end := at+found[0], at+found[1]
		if within(text, begin) || within(text, end) {
			_, n := utf8.DecodeRuneInString(text[begin:])
			at = begin + n
			continue
		}
		out.WriteString(text[done:begin])
		out.WriteString(m.With)
		done, at = end, end
	}
	out.WriteString(text[done:])
	return out.String()
}

// within reports whether a text goes on at a place within a word, as it looks.
func within(text string, at int) bool {
	hidden := func(r rune) bool { return visible(r) < 0 }
	before, m := utf8.DecodeLastRuneInString(strings.TrimRightFunc(text[:at], hidden))
	after, n := utf8.DecodeRuneInString(strings.TrimLeftFunc(text[at:], hidden))
	return m > 0 && n > 0 && inWord(before) && inWord(after)
}

// inWord reports a letter of a word that blanks or signs divide from the next. Some
// scripts have no blanks between words, so that each letter there can begin one.
func inWord(r rune) bool {
	return unicode.In(r, unicode.L, unicode.M, unicode.N) && !unicode.In(r, unicode.Han, unicode.Hiragana,
		unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar) || r == '_'
}
