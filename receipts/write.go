package receipts

import (
	"encoding/json"
	"strconv"
	"unicode/utf8"

	"github.com/botd-chat/botd/chat"
)

// writer writes what is sealed in the canonical form, without the way through
// reflection that [canonical] takes. What canonical would make of the same is
// what it has to write, to the byte.
type writer struct {
	b   []byte
	err error // the first thing that could not be written
}

func (w *writer) open()  { w.b = append(w.b, '{') }
func (w *writer) close() { w.b = append(w.b, '}') }

// next is before a key or an item of a list: a comma, unless it is the first.
func (w *writer) next() {
	if last := w.b[len(w.b)-1]; last != '{' && last != '[' {
		w.b = append(w.b, ',')
	}
}

// key begins a field. Keys are ASCII that needs no escapes, and whoever calls
// this does so in their order.
func (w *writer) key(name string) {
	w.next()
	w.b = append(append(append(w.b, '"'), name...), `":`...)
}

func (w *writer) number(n int64) {
	if err := countable(n); err != nil && w.err == nil {
		w.err = err
	}
	w.b = strconv.AppendInt(w.b, n, 10)
}

// The fields below are left out when they have their zero value, if there is an
// "or none" in the name.

func (w *writer) text(key, s string) {
	w.key(key)
	w.b = appendString(w.b, s)
}

func (w *writer) textOrNone(key, s string) {
	if s != "" {
		w.text(key, s)
	}
}

func (w *writer) count(key string, n int64) {
	w.key(key)
	w.number(n)
}

func (w *writer) countOrNone(key string, n int64) {
	if n != 0 {
		w.count(key, n)
	}
}

func (w *writer) moment(key string, m Moment) {
	w.key(key)
	w.b = m.UTC().AppendFormat(w.b, `"`+moment+`"`)
}

func (w *writer) momentOrNone(key string, m Moment) {
	if !m.IsZero() {
		w.moment(key, m)
	}
}

// id is a number after a letter.
func (w *writer) id(key string, letter byte, n int64) {
	w.key(key)
	w.b = strconv.AppendInt(append(w.b, '"', letter), n, 10)
	w.b = append(w.b, '"')
}

func (w *writer) message(key string, id chat.MessageID) { w.id(key, 'm', int64(id)) }

func (w *writer) eventOrNone(key string, id chat.EventID) {
	if id != 0 {
		w.id(key, 'e', int64(id))
	}
}

// listOrNone writes a list with each of its items as item writes it.
func listOrNone[T any](w *writer, key string, list []T, item func(*writer, T)) {
	if len(list) == 0 {
		return
	}
	w.key(key)
	w.b = append(w.b, '[')
	for _, x := range list {
		w.next()
		item(w, x)
	}
	w.b = append(w.b, ']')
}

func (w *writer) hash(s string) { w.b = appendString(w.b, s) }
func (w *writer) name(n Name)   { w.number(int64(n)) }

func (w *writer) role(r chat.Role) { w.b = appendString(w.b, string(r)) }

// appendOpened is JSON as [json.Marshal] makes it, with its escapes: an erasure
// looks for names in the form that they have there.
func appendOpened(b []byte, o Opened) ([]byte, error) {
	w := writer{b: b}
	w.open()
	listOrNone(&w, "names", o.Names, (*writer).veiled)
	listOrNone(&w, "texts", o.Texts, (*writer).veiled)
	w.close()
	return w.b, w.err
}

func (w *writer) veiled(v *Veiled) {
	if v == nil {
		w.b = append(w.b, "null"...)
		return
	}
	w.b = append(w.b, '[')
	w.marshal(v[0])
	w.b = append(w.b, ',')
	w.marshal(v[1])
	w.b = append(w.b, ']')
}

func (w *writer) marshal(s string) {
	if plain(s) {
		w.b = append(append(append(w.b, '"'), s...), '"')
		return
	}
	text, err := json.Marshal(s)
	if err != nil && w.err == nil {
		w.err = err
	}
	w.b = append(w.b, text...)
}

// plain is what needs no escape in any way of writing JSON.
func plain(s string) bool {
	for i := range len(s) {
		switch c := s[i]; {
		case c < ' ', c >= utf8.RuneSelf, c == '"', c == '\\', c == '<', c == '>', c == '&':
			return false
		}
	}
	return true
}
