// Package strictjson reads JSON in one pass and takes only what every reader
// understands alike. The standard library takes the last of repeated keys, any
// spelling of a known one, and U+FFFD for what is no character; another reader may
// do otherwise, and would then see something else than was checked.
//
// Beside what RFC 8259 refuses, it refuses bytes that are not UTF-8, keys that are
// there twice in an object, also when they are spelt differently, halves of
// surrogate pairs, and nesting without end. Its errors quote nothing of the text.
package strictjson

import (
	"bytes"
	"errors"
	"strconv"
	"unicode/utf8"
)

// What is wrong with a text.
var (
	ErrUTF8      = errors.New("not UTF-8")
	ErrSyntax    = errors.New("not exactly one JSON value")
	ErrDeep      = errors.New("nested too deep")
	ErrTwice     = errors.New("a key is there twice in an object")
	ErrSurrogate = errors.New("half a surrogate pair, which is no character")
	ErrKey       = errors.New("a key holds other than letters, digits and underscores")
)

// Check reports what is wrong with a text that has to be exactly one value,
// with white space around it or not, and at most so many objects and arrays
// within each other.
func Check(text []byte, depth int) error {
	s := Scanner{Depth: depth, text: text}
	s.space()
	if err := s.Value(); err != nil {
		return err
	}
	if s.space(); !s.End() {
		return ErrSyntax
	}
	return nil
}

// Scanner goes over a text from its beginning. After an error it stands
// somewhere in the text and is of no more use.
type Scanner struct {
	// Depth is how many objects and arrays may be within each other; with zero
	// there may be none.
	Depth int
	// Plain refuses keys of other than letters, digits and underscores, those
	// that are written with escapes, and numbers that are too large for a float64.
	Plain bool

	text []byte
	at   int
	keys [][]byte // of all objects that are open, the outermost first
}

// NewScanner begins with the text.
func NewScanner(text []byte) *Scanner { return &Scanner{text: text} }

// At is how many bytes were read.
func (s *Scanner) At() int { return s.at }

// End reports whether the whole text was read.
func (s *Scanner) End() bool { return s.at == len(s.text) }

// Next is the byte that comes next, and 0 at the end.
func (s *Scanner) Next() byte {
	if s.at == len(s.text) {
		return 0
	}
	return s.text[s.at]
}

// Literal reads exactly these bytes, if they come next.
func (s *Scanner) Literal(l string) bool {
	if len(s.text)-s.at < len(l) || string(s.text[s.at:s.at+len(l)]) != l {
		return false
	}
	s.at += len(l)
	return true
}

// Value reads one value of any kind.
func (s *Scanner) Value() error {
	switch c := s.Next(); {
	case c == '{':
		return s.nested((*Scanner).members)
	case c == '[':
		return s.nested((*Scanner).elements)
	case c == '"':
		_, _, err := s.str()
		return err
	case c == '-' || digit(c):
		return s.number()
	case s.Literal("true"), s.Literal("false"), s.Literal("null"):
		return nil
	}
	return s.wrong()
}

// wrong tells bytes that are no UTF-8 from those that are only out of place.
func (s *Scanner) wrong() error {
	if r, n := utf8.DecodeRune(s.text[s.at:]); r == utf8.RuneError && n == 1 {
		return ErrUTF8
	}
	return ErrSyntax
}

// nested reads what is between two brackets.
func (s *Scanner) nested(inside func(*Scanner) error) error {
	if s.Depth == 0 {
		return ErrDeep
	}
	s.Depth--
	s.at++
	s.space()
	err := inside(s)
	s.Depth++
	return err
}

func (s *Scanner) elements() error {
	if s.Literal("]") {
		return nil
	}
	for {
		if err := s.Value(); err != nil {
			return err
		}
		if more, err := s.more(']'); err != nil || !more {
			return err
		}
	}
}

func (s *Scanner) members() error {
	if s.Literal("}") {
		return nil
	}
	own := keySet{from: len(s.keys)}
	for {
		if err := s.key(&own); err != nil {
			return err
		}
		if s.space(); !s.Literal(":") {
			return s.wrong()
		}
		s.space()
		if err := s.Value(); err != nil {
			return err
		}
		if more, err := s.more('}'); err != nil || !more {
			s.keys = s.keys[:own.from]
			return err
		}
	}
}

// more reads what follows a member or element: a comma, or the end.
func (s *Scanner) more(end byte) (bool, error) {
	s.space()
	c := s.Next()
	if c != ',' && c != end {
		return false, s.wrong()
	}
	s.at++
	if c == ',' {
		s.space()
	}
	return c == ',', nil
}

func (s *Scanner) space() {
	for s.at < len(s.text) {
		switch s.text[s.at] {
		case ' ', '\t', '\n', '\r':
			s.at++
		default:
			return
		}
	}
}

func digit(c byte) bool { return c >= '0' && c <= '9' }

func (s *Scanner) digits() bool {
	from := s.at
	for digit(s.Next()) {
		s.at++
	}
	return s.at > from
}

func (s *Scanner) number() error {
	from := s.at
	if err := s.numeral(); err != nil || !s.Plain {
		return err
	}
	if n := s.text[from:s.at]; len(n) > 300 || bytes.ContainsAny(n, "eE") {
		if _, err := strconv.ParseFloat(string(n), 64); err != nil {
			return ErrSyntax
		}
	}
	return nil
}

func (s *Scanner) numeral() error {
	s.Literal("-")
	if !s.Literal("0") && !s.digits() {
		return s.wrong()
	}
	if s.Literal(".") && !s.digits() {
		return s.wrong()
	}
	if s.Literal("e") || s.Literal("E") {
		_ = s.Literal("+") || s.Literal("-")
		if !s.digits() {
			return s.wrong()
		}
	}
	return nil
}
