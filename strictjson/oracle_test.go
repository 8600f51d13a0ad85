package strictjson_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// Two slower readings of the same rules, which the scanner is held against. They
// go over the text several times and lean on the standard library.

const maxDepth = 64

// slowly is what Check reports.
func slowly(b []byte) error {
	if !utf8.Valid(b) {
		return errors.New("the body is not UTF-8")
	}
	if !json.Valid(b) {
		return errors.New("the body is not exactly one JSON value")
	}
	return (&walk{b: b}).run()
}

// walk goes over JSON that is known to be well-formed.
type walk struct {
	b     []byte
	i     int
	stack []frame
}

// frame is an array or object that is open. Keys is nil in an array, and in an
// object before its first key.
type frame struct {
	object bool
	atKey  bool
	keys   map[string]struct{}
}

func (w *walk) run() error {
	for w.i < len(w.b) {
		var err error
		switch c := w.b[w.i]; c {
		case '{', '[':
			err = w.open(c == '{')
		case '}', ']':
			w.stack = w.stack[:len(w.stack)-1]
		case ',':
			top := &w.stack[len(w.stack)-1]
			top.atKey = top.object
		case '"':
			err = w.text()
		}
		if err != nil {
			return err
		}
		w.i++
	}
	return nil
}

func (w *walk) open(object bool) error {
	if len(w.stack) == maxDepth {
		return fmt.Errorf("the body is nested deeper than %d", maxDepth)
	}
	w.stack = append(w.stack, frame{object: object, atKey: object})
	return nil
}

// text reads a string and, where it is a key, keeps it. It ends on the closing
// quote.
func (w *walk) text() error {
	start := w.i
	escaped := false
	for w.i++; w.b[w.i] != '"'; w.i++ {
		if w.b[w.i] == '\\' {
			escaped = true
			w.i++
		}
	}
	raw := w.b[start : w.i+1]
	if escaped && !paired(raw) {
		return errors.New("the body has half a surrogate pair, which is no character")
	}
	if len(w.stack) == 0 || !w.stack[len(w.stack)-1].atKey {
		return nil
	}
	return w.stack[len(w.stack)-1].add(raw, escaped)
}

// add keeps a key. Two spellings of one key are one key.
func (f *frame) add(raw []byte, escaped bool) error {
	key := string(raw[1 : len(raw)-1])
	if escaped {
		if err := json.Unmarshal(raw, &key); err != nil {
			return errors.New("the body has a key that is no string")
		}
	}
	if _, twice := f.keys[key]; twice {
		return errors.New("the body has an object in which a key is given twice")
	}
	if f.keys == nil {
		f.keys = map[string]struct{}{}
	}
	f.keys[key] = struct{}{}
	f.atKey = false
	return nil
}

// paired reports whether every escaped surrogate in a well-formed string is a
// high one followed by a low one.
func paired(s []byte) bool {
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' {
			continue
		}
		i++
		if s[i] != 'u' {
			continue
		}
		r := unit(s[i+1:])
		i += 4
		if !utf16.IsSurrogate(r) {
			continue
		}
		if len(s) < i+7 || s[i+1] != '\\' || s[i+2] != 'u' || utf16.DecodeRune(r, unit(s[i+3:])) == utf8.RuneError {
			return false
		}
		i += 6
	}
	return true
}

// unit reads the four hexadecimal digits of an escape.
func unit(s []byte) rune {
	n, err := strconv.ParseUint(string(s[:4]), 16, 16)
	if err != nil {
		return utf8.RuneError
	}
	return rune(n)
}

// level is an object or array that is being read.
type level struct {
	object bool
	keys   []string
	valued bool // of an object: the last key still waits for its value
}

// plainly walks through JSON and looks at every key. What is no JSON for another
// reason than its keys is found when it is read.
func plainly(data []byte) error {
	dec := json.NewDecoder(bytes.NewReader(data))
	var open []level
	for {
		t, err := dec.Token()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return errors.New("not JSON")
		}
		if n := len(open); n > 0 && open[n-1].object && !open[n-1].valued {
			if key, ok := t.(string); ok {
				if err := open[n-1].key(key, data[:dec.InputOffset()]); err != nil {
					return err
				}
				continue
			}
		}
		open = step(open, t)
	}
}

// step goes into an object or array, out of it, or past a value.
func step(open []level, t json.Token) []level {
	switch t {
	case json.Delim('{'), json.Delim('['):
		return append(open, level{object: t == json.Delim('{')})
	case json.Delim('}'), json.Delim(']'):
		open = open[:len(open)-1]
	}
	if n := len(open); n > 0 {
		open[n-1].valued = false
	}
	return open
}

// key takes a key, which must be letters, digits and underscores, written as they
// are, and there for the first time. upTo is the request up to it.
func (l *level) key(key string, upTo []byte) error {
	for _, c := range []byte(key) {
		if c != '_' && (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') {
			return errors.New("a key holds other than letters, digits and underscores")
		}
	}
	if !bytes.HasSuffix(upTo, []byte(`"`+key+`"`)) {
		return fmt.Errorf("key %s is written with escapes", key)
	}
	if slices.Contains(l.keys, key) {
		return fmt.Errorf("key %s is there twice", key)
	}
	l.keys, l.valued = append(l.keys, key), true
	return nil
}
