package plugins

import (
	"bytes"
	"strconv"
)

// maxNesting is how deep JSON may stand in JSON, as encoding/json has it.
const maxNesting = 10000

// space is the place after white space.
func space(raw []byte, at int) int {
	for at < len(raw) && (raw[at] == ' ' || raw[at] == '\n' || raw[at] == '\t' || raw[at] == '\r') {
		at++
	}
	return at
}

// skip is the place after the value that begins at a place; ok is false if there is none.
func skip(raw []byte, at, depth int) (end int, ok bool) {
	at = space(raw, at)
	if at >= len(raw) || depth > maxNesting {
		return at, false
	}
	switch c := raw[at]; c {
	case '"':
		return skipString(raw, at)
	case '{', '[':
		return skipAll(raw, at+1, depth, c+2) // } and ] come two after { and [
	case 't':
		return skipWord(raw, at, "true")
	case 'f':
		return skipWord(raw, at, "false")
	case 'n':
		return skipWord(raw, at, "null")
	default:
		return skipNumber(raw, at)
	}
}

// skipAll is the place after the rest of an object or a list.
func skipAll(raw []byte, at, depth int, last byte) (end int, ok bool) {
	if at = space(raw, at); at < len(raw) && raw[at] == last {
		return at + 1, true
	}
	for {
		if last == '}' {
			if at, ok = skipString(raw, space(raw, at)); !ok {
				return at, false
			}
			if at = space(raw, at); at >= len(raw) || raw[at] != ':' {
				return at, false
			}
			at++
		}
		if at, ok = skip(raw, at, depth+1); !ok {
			return at, false
		}
		at = space(raw, at)
		switch {
		case at >= len(raw):
			return at, false
		case raw[at] == last:
			return at + 1, true
		case raw[at] != ',':
			return at, false
		}
		at++
	}
}

func skipString(raw []byte, at int) (end int, ok bool) {
	if at >= len(raw) || raw[at] != '"' {
		return at, false
	}
	for at++; at < len(raw); at++ {
		switch c := raw[at]; {
		case c == '"':
			return at + 1, true
		case c == '\\':
			if at, ok = skipEscape(raw, at); !ok {
				return at, false
			}
		case c < ' ':
			return at, false
		}
	}
	return at, false
}

// skipEscape is the last place of what a backslash begins.
func skipEscape(raw []byte, at int) (last int, ok bool) {
	if at++; at >= len(raw) {
		return at, false
	}
	if raw[at] != 'u' {
		return at, bytes.IndexByte([]byte(`"\/bfnrt`), raw[at]) >= 0
	}
	if at+4 >= len(raw) {
		return at, false
	}
	_, err := strconv.ParseUint(string(raw[at+1:at+5]), 16, 32)
	return at + 4, err == nil
}

func skipWord(raw []byte, at int, word string) (end int, ok bool) {
	return at + len(word), bytes.HasPrefix(raw[at:], []byte(word))
}

func skipNumber(raw []byte, at int) (end int, ok bool) {
	if at < len(raw) && raw[at] == '-' {
		at++
	}
	if at < len(raw) && raw[at] == '0' {
		at, ok = at+1, true
	} else {
		at, ok = skipDigits(raw, at)
	}
	if ok && at < len(raw) && raw[at] == '.' {
		at, ok = skipDigits(raw, at+1)
	}
	if ok && at < len(raw) && (raw[at] == 'e' || raw[at] == 'E') {
		if at++; at < len(raw) && (raw[at] == '+' || raw[at] == '-') {
			at++
		}
		at, ok = skipDigits(raw, at)
	}
	return at, ok
}

// skipDigits is the place after digits, of which there has to be one.
func skipDigits(raw []byte, at int) (end int, ok bool) {
	from := at
	for at < len(raw) && raw[at] >= '0' && raw[at] <= '9' {
		at++
	}
	return at, at > from
}
