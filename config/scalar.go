package config

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"gopkg.in/yaml.v3"

	"github.com/botd-chat/botd/chat"
)

// text reads a text that is not empty and is one line. Whether there is one is
// said apart, because the zero value is none.
func (r *reader) text(p place) (string, bool) {
	if p.describes(aText) {
		return "", false
	}
	if p.node.Kind != yaml.ScalarNode || p.node.Tag == "!!null" {
		r.wrong(p, "text")
		return "", false
	}
	if p.node.Tag != "!!str" {
		r.problem(p, "is "+kind(p.node)+" to YAML, and text is wanted", "put it in quotes")
		return "", false
	}
	s, ok := r.expand(p)
	if !ok {
		return "", false
	}
	switch {
	case isSecret(s):
		r.problem(p, secretHere, "put it into a file of its own, and name that file where a secret is asked for")
		return "", false
	case strings.TrimSpace(s) == "":
		r.problem(p, "is empty", "give it a value, or leave out the key")
		return "", false
	case strings.ContainsFunc(s, unicode.IsControl):
		r.problem(p, "holds a line break or another control character", "write it in one line")
		return "", false
	case strings.TrimSpace(s) != s:
		r.problem(p, "begins or ends with a blank", "take it away")
		return "", false
	}
	return s, true
}

// secretHere is what is wrong with a secret that stands in the file.
const secretHere = "looks like a secret, and would be seen by whoever sees this file"

// quote is the value as it stands in the file, cut short, with its variables
// unexpanded.
func quote(p place) string {
	v := p.node.Value
	if guarded(v) {
		return "of that name, which is not shown because it may be a secret"
	}
	if cut := []rune(v); len(cut) > 60 {
		v = string(cut[:60]) + "…"
	}
	return strconv.Quote(v)
}

// checked reads a text of which check says what is wrong with it.
func checked[T ~string](r *reader, p place, check func(T) error, remedy string) (T, bool) {
	s, ok := r.text(p)
	if !ok {
		return "", false
	}
	if err := check(T(s)); err != nil {
		r.refused(p, err, remedy)
		return "", false
	}
	return T(s), true
}

// distinct reads a list of texts, each of which is there once.
func distinct[T comparable](r *reader, p place, read func(place) (T, bool)) []T {
	var all []T
	p.describes(func(s *schema) { s.UniqueItems = true })
	r.list(p, func(item place) {
		v, ok := read(item)
		switch {
		case !ok:
		case slices.Contains(all, v):
			r.problem(item, "is in the list already", "keep it once")
		default:
			all = append(all, v)
		}
	})
	return all
}

// several reads one text, or a list of texts, each of which is there once.
func several[T comparable](r *reader, p place, read func(place) (T, bool)) []T {
	if p.describes(func(s *schema) {
		one, list := new(schema), new(schema)
		read(place{schema: one})
		distinct(r, place{schema: list}, read)
		s.AnyOf = []*schema{one, list}
	}) {
		return nil
	}
	if p.node.Kind == yaml.SequenceNode {
		return distinct(r, p, read)
	}
	if v, ok := read(p); ok {
		return []T{v}
	}
	return nil
}

// oneOf reads a name that must be known. Nil takes any.
func oneOf[T ~string](r *reader, p place, to *T, thing string, known []T) {
	if known != nil && p.describes(func(s *schema) {
		standard(s, *to)
		orVariable(s, &schema{Enum: anyOf(known)})
	}) {
		return
	}
	s, ok := r.text(p)
	switch {
	case !ok:
	case known != nil && !slices.Contains(known, T(s)):
		r.problem(p, "there is no "+thing+" "+quote(p), r.suggest(p, s, texts(known)))
	default:
		*to = T(s)
	}
}

// suggest is among, for a value: what a variable holds is compared with
// nothing, since even the nearest name tells something about it.
func (r *reader) suggest(p place, value string, known []string) string {
	if fromVariable(p.node) {
		value = ""
	}
	return among(value, known)
}

var decimal = regexp.MustCompile(`^(0|[1-9][0-9]*)$`)

// number reads a whole number of a range. Only plain decimal digits will do:
// what else YAML takes for a number (017, 1_000, 0x1F, 1e3) differs between its
// readers.
func (r *reader) number(p place, to *int, least, most int) {
	if p.describes(func(s *schema) {
		standard(s, *to)
		within(s, least, most)
		orVariable(s, &schema{Type: "integer", Minimum: bound(least), Maximum: bound(most)})
	}) {
		return
	}
	want := fmt.Sprintf("a whole number from %d to %d", least, most)
	if p.node.Kind != yaml.ScalarNode || slices.Contains([]string{"!!null", "!!bool", "!!timestamp"}, p.node.Tag) {
		r.wrong(p, want)
		return
	}
	if p.node.Tag == "!!str" && !fromVariable(p.node) {
		what := "must be " + want + ", not text"
		if decimal.MatchString(p.node.Value) {
			r.problem(p, what, "take away the quotes")
		} else {
			r.problem(p, what, "write it in the digits 0 to 9, without blanks and commas")
		}
		return
	}
	s, ok := r.expand(p)
	if !ok {
		return
	}
	n, err := strconv.Atoi(s)
	switch {
	case strings.HasPrefix(s, "-") && decimal.MatchString(s[1:]), decimal.MatchString(s) && (err != nil || n < least || n > most):
		r.problem(p, "is out of range", "it must be "+want)
	case !decimal.MatchString(s):
		r.problem(p, "is not written in plain decimal digits", "it must be "+want)
	default:
		*to = n
	}
}

// truth reads true or false.
func (r *reader) truth(p place, to *bool) {
	switch {
	case p.describes(func(s *schema) { s.Type = "boolean" }):
	case p.node.Kind != yaml.ScalarNode || p.node.Tag != "!!bool":
		r.wrong(p, "true or false")
	default:
		*to = strings.EqualFold(p.node.Value, "true")
	}
}

// durationForm is what [time.ParseDuration] reads, without a minus.
var durationForm = regexp.MustCompile(`^\+?(([0-9]+(\.[0-9]*)?|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h))+$`)

// inDays is a time as people like to write it.
var inDays = regexp.MustCompile(`^[0-9]+ ?(d|w|days?|weeks?)`)

// duration reads a length of time with its unit.
func (r *reader) duration(p place, to *time.Duration, least, most time.Duration) {
	if p.describes(func(s *schema) {
		standard(s, *to)
		within(s, short(least), short(most))
		matching(s, durationForm)
	}) {
		return
	}
	want := fmt.Sprintf("a length of time from %s to %s", short(least), short(most))
	example := ", such as " + short(max(least, min(most, 10*time.Second)))
	if p.node.Kind == yaml.ScalarNode && (p.node.Tag == "!!int" || p.node.Tag == "!!float") {
		r.problem(p, "is a number without a unit", "it must be "+want+example)
		return
	}
	s, ok := r.text(p)
	if !ok {
		return
	}
	d, err := time.ParseDuration(s)
	switch {
	case inDays.MatchString(s):
		r.problem(p, "is in days or weeks, which are not known here", "write hours: a day is 24h, a week is 168h")
	case err != nil:
		r.problem(p, "is no length of time", "it must be "+want+example)
	case d < least || d > most:
		r.problem(p, "is out of range", "it must be "+want)
	default:
		*to = d
	}
}

// length is duration, for what has its own type.
func (r *reader) length(p place, to *chat.Duration, least, most time.Duration) {
	d := time.Duration(*to)
	r.duration(p, &d, least, most)
	*to = chat.Duration(d)
}
