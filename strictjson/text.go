package strictjson

import (
	"bytes"
	"encoding/json"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// String reads a string and reports whether it is the wanted one.
func (s *Scanner) String(want string) bool {
	if s.Next() != '"' {
		return false
	}
	raw, escaped, err := s.str()
	if err != nil {
		return false
	}
	if !escaped {
		return string(raw) == want
	}
	got, ok := unescape(raw)
	return ok && got == want
}

// unescape returns what a string means of which raw is what stands between its
// quotes.
func unescape(raw []byte) (text string, ok bool) {
	quoted := append(append([]byte{'"'}, raw...), '"')
	err := json.Unmarshal(quoted, &text)
	return text, err == nil
}

// str reads a string and returns what stands between its quotes.
func (s *Scanner) str() (raw []byte, escaped bool, err error) {
	s.at++
	from := s.at
	for {
		s.at += ordinary(s.text[s.at:])
		switch c := s.Next(); {
		case c == '"':
			s.at++
			return s.text[from : s.at-1], escaped, nil
		case c == '\\':
			escaped = true
			err = s.escape()
		case c < ' ': // also at the end of the text
			err = ErrSyntax
		default:
			err = s.character()
		}
		if err != nil {
			return nil, false, err
		}
	}
}

// ordinary is how many bytes of a string come next that stand for themselves.
func ordinary(text []byte) int {
	for i, c := range text {
		if c < ' ' || c >= utf8.RuneSelf || c == '"' || c == '\\' {
			return i
		}
	}
	return len(text)
}

// character reads one that has several bytes.
func (s *Scanner) character() error {
	r, n := utf8.DecodeRune(s.text[s.at:])
	if r == utf8.RuneError && n == 1 {
		return ErrUTF8
	}
	s.at += n
	return nil
}

// escape reads a backslash and what belongs to it: for the first half of a
// surrogate pair also the second.
func (s *Scanner) escape() error {
	s.at++
	switch s.Next() {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		s.at++
		return nil
	case 'u':
	default:
		return s.wrong()
	}
	first, err := s.unit()
	if err != nil || !utf16.IsSurrogate(first) {
		return err
	}
	if !s.Literal(`\`) || s.Next() != 'u' {
		return ErrSurrogate
	}
	second, err := s.unit()
	if err == nil && utf16.DecodeRune(first, second) == utf8.RuneError {
		return ErrSurrogate
	}
	return err
}

// unit reads a u and four hexadecimal digits.
func (s *Scanner) unit() (rune, error) {
	if len(s.text)-s.at < 5 {
		return 0, ErrSyntax
	}
	hex := s.text[s.at+1 : s.at+5]
	for _, c := range hex {
		if !digit(c) && (c|0x20 < 'a' || c|0x20 > 'f') {
			return 0, ErrSyntax
		}
	}
	n, err := strconv.ParseUint(string(hex), 16, 16)
	if err != nil {
		return 0, ErrSyntax
	}
	s.at += 5
	return rune(n), nil
}

// keySet is the keys of one object: those of the scanner from a place on. A large
// object has them in a map as well, so that no number of keys takes long.
type keySet struct {
	from  int
	large map[string]struct{}
}

// fewKeys is how many are compared one by one.
const fewKeys = 16

// key reads a key that must not be in the set, and adds it.
func (s *Scanner) key(own *keySet) error {
	if s.Next() != '"' {
		return s.wrong()
	}
	raw, escaped, err := s.str()
	if err != nil {
		return err
	}
	if s.Plain && (escaped || !plain(raw)) {
		return ErrKey
	}
	if escaped {
		text, ok := unescape(raw)
		if !ok {
			return ErrSyntax
		}
		raw = []byte(text)
	}
	if own.has(s.keys[own.from:], raw) {
		return ErrTwice
	}
	if s.keys == nil {
		s.keys = make([][]byte, 0, fewKeys)
	}
	s.keys = append(s.keys, raw)
	return nil
}

// has reports whether key is among keys, and gets ready to have it.
func (k *keySet) has(keys [][]byte, key []byte) bool {
	if len(keys) < fewKeys {
		for _, other := range keys {
			if bytes.Equal(other, key) {
				return true
			}
		}
		return false
	}
	if k.large == nil {
		k.large = make(map[string]struct{}, 2*fewKeys)
		for _, other := range keys {
			k.large[string(other)] = struct{}{}
		}
	}
	_, twice := k.large[string(key)]
	k.large[string(key)] = struct{}{}
	return twice
}

func plain(key []byte) bool {
	for _, c := range key {
		if c != '_' && !digit(c) && (c|0x20 < 'a' || c|0x20 > 'z') {
			return false
		}
	}
	return true
}
