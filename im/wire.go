package im

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"unicode/utf8"
)

// What is written here reads JSON as bytes on their way out, and more strictly
// than the standard library, which takes the last of repeated keys, any spelling
// of a known one, and U+FFFD for what is not UTF-8. A reader at the other end may
// do otherwise, and then would see another request than was checked.

// object is a JSON object, its values still as bytes.
type object map[string]json.RawMessage

// readRequest reads a request and sees to it that no object in it, however deep,
// has a repeated or disguised key.
func readRequest(data []byte) (object, error) {
	if !utf8.Valid(data) {
		return nil, errors.New("not UTF-8")
	}
	if err := plain(data); err != nil {
		return nil, err
	}
	return readObject(data)
}

// readObject reads an object that plain has seen.
func readObject(data []byte) (object, error) {
	var o object
	if err := json.Unmarshal(data, &o); err != nil || o == nil {
		return nil, errors.New("not a JSON object")
	}
	return o, nil
}

// level is an object or array that is being read.
type level struct {
	object bool
	keys   []string
	valued bool // of an object: the last key still waits for its value
}

// plain walks through JSON and looks at every key. What is no JSON for another
// reason than its keys is found when it is read.
func plain(data []byte) error {
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

// only reports a key that is missing or not among the given ones.
func (o object) only(keys ...string) error {
	for _, k := range keys {
		if _, ok := o[k]; !ok {
			return fmt.Errorf("key %s is missing", k)
		}
	}
	if len(o) != len(keys) {
		return fmt.Errorf("%d keys where %d are known", len(o), len(keys))
	}
	return nil
}

// text is a value that must be a string.
func (o object) text(key string) (string, error) {
	var s *string
	if err := json.Unmarshal(o[key], &s); err != nil || s == nil {
		return "", fmt.Errorf("%s is not a string", key)
	}
	return *s, nil
}

// list is a value that must be an array.
func (o object) list(key string) ([]json.RawMessage, error) {
	var l []json.RawMessage
	if err := json.Unmarshal(o[key], &l); err != nil || l == nil {
		return nil, fmt.Errorf("%s is not an array", key)
	}
	return l, nil
}

// texts is a value that must be an array of strings.
func (o object) texts(key string) ([]string, error) {
	list, err := o.list(key)
	if err != nil {
		return nil, err
	}
	out := make([]string, len(list))
	for i, raw := range list {
		var s *string
		if err := json.Unmarshal(raw, &s); err != nil || s == nil {
			return nil, fmt.Errorf("%s holds other than strings", key)
		}
		out[i] = *s
	}
	return out, nil
}
