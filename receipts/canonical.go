package receipts

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"unicode/utf8"
)

// canonical is v as JSON in the form of RFC 8785, of which there are no numbers
// here but whole ones up to 2^53. Texts that are not UTF-8 have U+FFFD where they
// are not.
func canonical(v any) ([]byte, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	return recode(b)
}

// recode is JSON in the canonical form.
func recode(text []byte) ([]byte, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("something follows the JSON")
	}
	return appendValue(make([]byte, 0, len(text)), v)
}

func appendValue(b []byte, v any) ([]byte, error) {
	switch v := v.(type) {
	case nil:
		return append(b, "null"...), nil
	case bool:
		return strconv.AppendBool(b, v), nil
	case string:
		return appendString(b, v), nil
	case json.Number:
		return appendNumber(b, v)
	case []any:
		return appendList(b, v)
	case map[string]any:
		return appendObject(b, v)
	}
	return nil, fmt.Errorf("%T is nothing that JSON has", v)
}

func appendList(b []byte, list []any) (_ []byte, err error) {
	b = append(b, '[')
	for i, x := range list {
		if i > 0 {
			b = append(b, ',')
		}
		if b, err = appendValue(b, x); err != nil {
			return nil, err
		}
	}
	return append(b, ']'), nil
}

// appendObject sorts keys by their bytes, which for ASCII is the order that RFC
// 8785 asks for; no other keys are ours.
func appendObject(b []byte, object map[string]any) (_ []byte, err error) {
	b = append(b, '{')
	for i, key := range slices.Sorted(maps.Keys(object)) {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendString(b, key), ':')
		if b, err = appendValue(b, object[key]); err != nil {
			return nil, err
		}
	}
	return append(b, '}'), nil
}

// largest is the largest whole number that all who read JSON read alike.
const largest = 1<<53 - 1

func appendNumber(b []byte, n json.Number) ([]byte, error) {
	i, err := strconv.ParseInt(n.String(), 10, 64)
	if err != nil {
		return nil, uncountable(n)
	}
	return strconv.AppendInt(b, i, 10), countable(i)
}

func countable(i int64) error {
	if i > largest || i < -largest {
		return uncountable(i)
	}
	return nil
}

func uncountable(n any) error {
	return fmt.Errorf("%.40s is not a whole number within 2^53", fmt.Sprint(n))
}

const hexDigits = "0123456789abcdef"

// appendString escapes what must be and nothing else. Each byte that is no UTF-8
// becomes U+FFFD.
func appendString(b []byte, s string) []byte {
	if usual(s) {
		return append(append(append(b, '"'), s...), '"')
	}
	b = append(b, '"')
	for _, r := range s {
		switch {
		case r >= ' ' && r != '"' && r != '\\':
			b = utf8.AppendRune(b, r)
		case escapes[r] != 0:
			b = append(b, '\\', escapes[r])
		default:
			b = append(b, '\\', 'u', '0', '0', hexDigits[r>>4], hexDigits[r&15])
		}
	}
	return append(b, '"')
}

// escapes are what has a short form.
var escapes = [utf8.RuneSelf]byte{'"': '"', '\\': '\\', '\b': 'b', '\f': 'f', '\n': 'n', '\r': 'r', '\t': 't'}

// usual is what stands as it is: nearly all that receipts have.
func usual(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c >= utf8.RuneSelf || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}
