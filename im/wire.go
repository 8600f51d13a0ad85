package im

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"
)

// What is written here reads JSON as bytes on their way out, and more strictly
// than the standard library, which takes the last of repeated keys, any spelling
// of a known one, and U+FFFD for what is not UTF-8. A reader at the other end may
// do otherwise, and then would see another request than was checked.

// maxDepth is how deep a request may be nested.
const maxDepth = 8

// object is a JSON object, its values still as bytes.
type object map[string]json.RawMessage

// readObject reads one object and nothing after it. Keys are letters, digits and
// underscores, written as they are, each once.
func readObject(data []byte) (object, error) {
	dec := json.NewDecoder(bytes.NewReader(data))
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return nil, errors.New("not a JSON object")
	}
	o := object{}
	for dec.More() {
		key, err := readKey(dec, data)
		if err != nil {
			return nil, err
		}
		if _, twice := o[key]; twice {
			return nil, fmt.Errorf("key %s is there twice", key)
		}
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			return nil, errors.New("not JSON")
		}
		o[key] = value
	}
	if _, err := dec.Token(); err != nil {
		return nil, errors.New("the JSON object does not end")
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("something follows the JSON object")
	}
	return o, nil
}

func readKey(dec *json.Decoder, data []byte) (string, error) {
	t, err := dec.Token()
	key, ok := t.(string)
	if err != nil || !ok {
		return "", errors.New("not JSON")
	}
	for _, c := range []byte(key) {
		if c != '_' && (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') {
			return "", errors.New("a key holds other than letters, digits and underscores")
		}
	}
	if !bytes.HasSuffix(data[:dec.InputOffset()], []byte(`"`+key+`"`)) {
		return "", fmt.Errorf("key %s is written with escapes", key)
	}
	return key, nil
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

// readRequest reads a request and sees to it that no object in it, however deep,
// has a repeated or disguised key.
func readRequest(data []byte) (object, error) {
	if !utf8.Valid(data) {
		return nil, errors.New("not UTF-8")
	}
	if !json.Valid(data) {
		return nil, errors.New("not JSON")
	}
	if err := plain(data, maxDepth); err != nil {
		return nil, err
	}
	return readObject(data)
}

func plain(data json.RawMessage, depth int) error {
	if depth == 0 {
		return fmt.Errorf("nested deeper than %d", maxDepth)
	}
	data = bytes.TrimLeft(data, " \t\r\n")
	switch data[0] {
	case '{':
		o, err := readObject(data)
		if err != nil {
			return err
		}
		for _, v := range o {
			if err := plain(v, depth-1); err != nil {
				return err
			}
		}
	case '[':
		var l []json.RawMessage
		if err := json.Unmarshal(data, &l); err != nil {
			return errors.New("not JSON")
		}
		for _, v := range l {
			if err := plain(v, depth-1); err != nil {
				return err
			}
		}
	}
	return nil
}
