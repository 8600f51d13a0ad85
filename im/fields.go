package im

import (
	"bytes"
	"encoding/json"
)

// fieldsOf cuts a JSON object into its fields, without looking into their values. It
// takes whatever is JSON: what is not known is passed over, and an answer may
// hold what somebody typed. ok is false for anything but one object.
func fieldsOf(body []byte) (fields []answered, ok bool) {
	body = bytes.Trim(body, " \t\r\n")
	if len(body) == 0 || body[0] != '{' || !json.Valid(body) {
		return nil, false
	}
	fields = make([]answered, 0, 8)
	rest := body[1:]
	for {
		name := bytes.TrimLeft(rest, ", \t\r\n")
		if name[0] == '}' {
			return fields, true
		}
		n := valueLen(name)
		value := bytes.TrimLeft(name[n:], ": \t\r\n")
		m := valueLen(value)
		fields = append(fields, answered{fieldName(name[:n]), value[:m]})
		rest = value[m:]
	}
}

// fieldName is a name without quotes and escapes.
func fieldName(quoted []byte) []byte {
	if bytes.IndexByte(quoted, '\\') < 0 {
		return quoted[1 : len(quoted)-1]
	}
	var name string
	_ = json.Unmarshal(quoted, &name) // it is a string
	return []byte(name)
}

// valueLen is how long the value is that valid JSON begins with.
func valueLen(b []byte) int {
	depth := 0
	for i := 0; i < len(b); i++ {
		switch b[i] {
		case '"':
			i += textLen(b[i:]) - 1
		case '{', '[':
			depth++
			continue
		case '}', ']':
			depth--
		case ',', ' ', '\t', '\r', '\n', ':':
			if depth == 0 {
				return i
			}
			continue
		default:
			continue
		}
		switch {
		case depth < 0: // the end of what the value is in
			return i
		case depth == 0:
			return i + 1
		}
	}
	return len(b)
}

// textLen is how long the string is that valid JSON begins with.
func textLen(b []byte) int {
	for i := 1; i < len(b); i++ {
		switch b[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(b)
}
