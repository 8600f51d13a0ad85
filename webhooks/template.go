package webhooks

import (
	"errors"
	"fmt"
	"strings"
)

// What is signed is written as a text with places in it.
const (
	placeBody = "{body}"
	placeTime = "{timestamp}"
	placeID   = "{id}"
)

// piece is a part of what is signed: text, or a place.
type piece struct{ text, what string }

// CheckSigned reports a text that does not say what is signed, such as one without
// {body}. The empty one is the body.
func CheckSigned(text string) error {
	_, _, err := parseSigned(text)
	return err
}

// parseSigned cuts a text into what stands before the body and after it.
func parseSigned(text string) (before, after []piece, err error) {
	if text == "" {
		return nil, nil, nil
	}
	all, err := pieces(text)
	if err != nil {
		return nil, nil, err
	}
	body := -1
	seen := map[string]bool{}
	for i, p := range all {
		switch {
		case p.what == "":
			continue
		case seen[p.what]:
			return nil, nil, fmt.Errorf("%s is there twice", p.what)
		case p.what == placeBody:
			body = i
		}
		seen[p.what] = true
		if i > 0 && all[i-1].what != "" {
			return nil, nil, fmt.Errorf("nothing stands between %s and %s, so that one could be cut short for the other", all[i-1].what, p.what)
		}
	}
	if body < 0 {
		return nil, nil, errors.New("{body} is missing: what is not signed, anybody can change")
	}
	before, after = all[:body], all[body+1:]
	if !uncuttable(before, after, "") {
		return nil, nil, errors.New("a digit stands beside {timestamp}, so that the time could be cut elsewhere")
	}
	return before, after, nil
}

// pieces cuts a text at its places.
func pieces(text string) (all []piece, err error) {
	for text != "" {
		i := strings.IndexAny(text, "{}")
		if i < 0 {
			return append(all, piece{text: text}), nil
		}
		if i > 0 {
			all = append(all, piece{text: text[:i]})
			text = text[i:]
		}
		end := strings.IndexByte(text, '}')
		if end < 0 {
			return nil, errors.New("a brace is open and not closed")
		}
		switch what := text[:end+1]; what {
		case placeBody, placeTime, placeID:
			all = append(all, piece{what: what})
		default:
			return nil, errors.New("braces hold body, timestamp or id, and nothing else")
		}
		text = text[end+1:]
	}
	return all, nil
}

// uncuttable reports whether what is signed can be read in one way only. Before
// the body that is so when no place can hold what comes after it, and after the
// body when none can hold what comes before it. A time holds digits.
func uncuttable(before, after []piece, id string) bool {
	for i, p := range before {
		if i+1 < len(before) && p.holds(id, before[i+1].text, 0) {
			return false
		}
	}
	for i, p := range after {
		if i > 0 && p.holds(id, after[i-1].text, len(after[i-1].text)-1) {
			return false
		}
	}
	return true
}

// holds reports whether a place, with this id, can have the byte of a text in it.
func (p piece) holds(id, text string, at int) bool {
	switch p.what {
	case placeTime:
		return text[at] >= '0' && text[at] <= '9'
	case placeID:
		return strings.IndexByte(id, text[at]) >= 0
	}
	return false
}

// fillIn is what is signed, with the places filled in.
func fillIn(pieces []piece, at, id string) []byte {
	var b []byte
	for _, p := range pieces {
		switch p.what {
		case placeTime:
			b = append(b, at...)
		case placeID:
			b = append(b, id...)
		default:
			b = append(b, p.text...)
		}
	}
	return b
}
