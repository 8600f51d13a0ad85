package presets

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/botd-chat/botd/plugins"
)

// value is what stands at a place in a payload, and where that is. Nothing at
// all is a value too: asked for what is in it, it has nothing.
type value struct {
	path string
	v    any
	lost *lost
}

// lost is which fields a preset needed and did not find, the first of them, by all
// values of one payload together.
type lost struct{ fields []string }

// mostLost is how many are told, which is enough to see what was sent.
const mostLost = 5

func (l *lost) note(field string) {
	if len(l.fields) < mostLost && !slices.Contains(l.fields, field) {
		l.fields = append(l.fields, field)
	}
}

// read reads a payload. Numbers stay as they are written.
func read(payload json.RawMessage) (value, error) {
	p := value{lost: &lost{}}
	if len(payload) == 0 {
		return p, errors.New("there is no payload, as with a schedule; a preset is for a webhook")
	}
	d := json.NewDecoder(bytes.NewReader(payload))
	d.UseNumber()
	if err := d.Decode(&p.v); err != nil {
		return p, errors.New("the payload is not JSON")
	}
	if _, ok := p.v.(map[string]any); !ok {
		return p, errors.New("the payload is no JSON object")
	}
	return p, nil
}

// at is what stands under these names, one within the other: "a.b.c".
func (v value) at(path string) value {
	for name := range strings.SplitSeq(path, ".") {
		m, _ := v.v.(map[string]any)
		v = value{under(v.path, name), m[name], v.lost}
	}
	return v
}

func under(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// named is what stands under a name that came from outside and may be any.
func (v value) named(name string) value {
	m, _ := v.v.(map[string]any)
	return value{under(v.path, "*"), m[name], v.lost}
}

// names lists what is in an object, sorted.
func (v value) names() []string {
	m, _ := v.v.(map[string]any)
	list := make([]string, 0, len(m))
	for name := range m {
		list = append(list, name)
	}
	slices.Sort(list)
	return list
}

// items is what is in a list.
func (v value) items() []value {
	list, _ := v.v.([]any)
	all := make([]value, len(list))
	for i, x := range list {
		all[i] = value{fmt.Sprintf("%s[%d]", v.path, i), x, v.lost}
	}
	return all
}

// raw is a text, a number or a truth as it stands there; else it is empty.
func (v value) raw() string {
	switch x := v.v.(type) {
	case string:
		return x
	case json.Number:
		return x.String()
	case bool:
		return fmt.Sprint(x)
	}
	return ""
}

// line is what stands there as one line, not too long.
func (v value) line() string { return plugins.OneLine(v.raw(), maxLine) }

// need is the line at a path that must be there.
func (v value) need(path string) string {
	x := v.at(path)
	s := x.line()
	if s == "" {
		v.lost.note(x.path)
	}
	return s
}

// first is the line at the first of these paths where there is one.
func (v value) first(paths ...string) string {
	for _, p := range paths {
		if s := v.at(p).line(); s != "" {
			return s
		}
	}
	return ""
}

// needFirst is first, of which one must be there.
func (v value) needFirst(paths ...string) string {
	s := v.first(paths...)
	if s == "" {
		v.lost.note(under(v.path, paths[0]))
	}
	return s
}

// yes reports whether a truth stands there, and is true.
func (v value) yes(path string) bool {
	b, _ := v.at(path).v.(bool)
	return b
}

// number is a whole number; zero if there is none.
func (v value) number(path string) int64 {
	n, _ := v.at(path).v.(json.Number)
	i, err := n.Int64()
	if err != nil {
		return 0
	}
	return i
}

// time is a time, as RFC 3339 has it; the zero time if there is none, and also
// for the year 1, by which some senders say so.
func (v value) time(path string) time.Time {
	t, err := time.Parse(time.RFC3339Nano, v.at(path).raw())
	if err != nil || t.Year() <= 1 {
		return time.Time{}
	}
	return t.UTC()
}

// maxLink is the longest link that is shown, in bytes.
const maxLink = 2000

// link is an address that a person can follow; empty if there is none, or one
// that leads elsewhere than to http or https.
func (v value) link(path string) string {
	s := v.at(path).raw()
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || len(s) > maxLink || plugins.Clean(s) != s || strings.ContainsAny(s, " \n") {
		return ""
	}
	return s
}
