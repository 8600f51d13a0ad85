package plugins

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/botd-chat/botd/chat"
)

// AppendEvent writes an event as JSON, as encoding/json would, to the end of b: it is
// what goes from a host to a plugin that lives elsewhere. It is written by hand, and read
// so by [ReadEvent], since an event holds the members of a group and goes out each time.
func AppendEvent(b []byte, e chat.Event) ([]byte, error) {
	w := writer{b: b, first: true}
	w.begin('{')
	w.name("botd")
	w.b = strconv.AppendInt(w.b, int64(e.Botd), 10)
	w.text("id", e.ID.String())
	w.text("kind", string(e.Kind))
	w.text("name", string(e.Name))
	w.time("time", e.Time)
	w.text("group", string(e.Group))
	if e.Sender != nil {
		w.name("sender")
		w.member(*e.Sender)
	}
	w.optional("text", e.Text)
	w.raw("payload", e.Payload)
	w.members("members", e.Members)
	w.state("state", e.State)
	w.state("session", e.Session)
	if e.Origin != nil {
		w.any("origin", e.Origin)
	}
	w.raw("config", e.Config)
	w.end('}')
	return w.b, w.err
}

// writer appends JSON to b.
type writer struct {
	b     []byte
	first bool // nothing stands yet in the object or list that is being written
	err   error
}

func (w *writer) begin(c byte) { w.b, w.first = append(w.b, c), true }
func (w *writer) end(c byte)   { w.b, w.first = append(w.b, c), false }

// next stands between two things.
func (w *writer) next() {
	if !w.first {
		w.b = append(w.b, ',')
	}
	w.first = false
}

func (w *writer) name(name string) {
	w.next()
	w.string(name)
	w.b = append(w.b, ':')
}

func (w *writer) text(name, text string) {
	w.name(name)
	w.string(text)
}

func (w *writer) optional(name, text string) {
	if text != "" {
		w.text(name, text)
	}
}

// string writes a text as it is where JSON has it so, and else as encoding/json does.
func (w *writer) string(s string) {
	if plain(s) {
		w.b = append(append(append(w.b, '"'), s...), '"')
		return
	}
	raw, err := json.Marshal(s)
	w.failed(err)
	w.b = append(w.b, raw...)
}

// plain reports whether a text stands in JSON as it is.
func plain[T ~string | ~[]byte](s T) bool {
	ascii := true
	for i := range len(s) {
		c := s[i]
		if c < ' ' || c == '"' || c == '\\' {
			return false
		}
		ascii = ascii && c < utf8.RuneSelf
	}
	return ascii || utf8.ValidString(string(s))
}

func (w *writer) time(name string, t time.Time) {
	w.name(name)
	w.b = append(w.b, '"')
	b, err := t.AppendText(w.b)
	w.failed(err)
	w.b = append(b, '"')
}

// raw writes what is JSON already, after a look that it is: otherwise a payload could say
// something about the rest of the event.
func (w *writer) raw(name string, raw json.RawMessage) {
	if len(raw) == 0 {
		return
	}
	w.name(name)
	if end, ok := skip(raw, 0, 0); !ok || space(raw, end) != len(raw) {
		w.failed(fmt.Errorf("%.64q is not JSON", name))
		return
	}
	w.b = append(w.b, raw...)
}

func (w *writer) state(name string, s chat.State) {
	w.name(name)
	w.begin('{')
	for _, key := range slices.Sorted(maps.Keys(s)) {
		value := s[key]
		if len(value) == 0 {
			value = json.RawMessage("null")
		}
		w.raw(key, value)
	}
	w.end('}')
}

func (w *writer) members(name string, all []chat.Member) {
	if len(all) == 0 {
		return
	}
	w.name(name)
	w.begin('[')
	for _, m := range all {
		w.next()
		w.member(m)
	}
	w.end(']')
}

func (w *writer) member(m chat.Member) {
	w.b = append(w.b, `{"id":`...)
	w.string(string(m.ID))
	w.b = append(w.b, `,"role":`...)
	w.string(string(m.Role))
	if m.Name != "" {
		w.b = append(w.b, `,"name":`...)
		w.string(m.Name)
	}
	if m.Profile != nil {
		w.first = false
		w.any("profile", m.Profile)
	}
	w.b = append(w.b, '}')
}

func (w *writer) any(name string, v any) {
	raw, err := json.Marshal(v)
	w.failed(err)
	w.name(name)
	w.b = append(w.b, raw...)
}

func (w *writer) failed(err error) { w.err = errors.Join(w.err, err) }
