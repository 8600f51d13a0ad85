package plugins

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"github.com/botd-chat/botd/chat"
)

// ReadEvent reads an event that a host sent; an error says in which field it is. Names that it does not know it passes over:
// a later host may say more. Payload, options and states go on to stand in raw, which is
// not to be changed after.
func ReadEvent(raw []byte) (chat.Event, error) {
	var e chat.Event
	r := reader{raw: raw}
	err := r.object(func(name []byte) error { return r.field(&e, name) })
	if err == nil && space(raw, r.at) != len(raw) {
		err = errNotJSON
	}
	if err != nil {
		return chat.Event{}, err
	}
	return e, nil
}

// reader reads the JSON of raw from a place on.
type reader struct {
	raw  []byte
	at   int
	text string // raw once more, from which many short texts are cut; empty: each is copied
}

var (
	errNotJSON  = errors.New("not JSON")
	errNoText   = errors.New("want a string")
	errNoList   = errors.New("want a list")
	errNoObject = errors.New("want an object")
)

// field reads the value of one name of an event.
func (r *reader) field(e *chat.Event, name []byte) (err error) {
	if r.null() {
		return nil
	}
	switch string(name) {
	case "botd":
		e.Botd, err = r.number()
	case "id":
		err = r.id(&e.ID)
	case "kind":
		err = take(r, &e.Kind)
	case "name":
		err = take(r, &e.Name)
	case "time":
		err = r.decoded(&e.Time)
	case "group":
		err = take(r, &e.Group)
	case "sender":
		e.Sender = new(chat.Member)
		err = r.member(e.Sender)
	case "text":
		err = take(r, &e.Text)
	case "payload":
		e.Payload, err = r.value()
	case "members":
		e.Members, err = r.members()
	case "state":
		e.State, err = r.state()
	case "session":
		e.Session, err = r.state()
	case "origin":
		err = r.decoded(&e.Origin)
	case "config":
		e.Config, err = r.value()
	default:
		_, err = r.value()
	}
	if err != nil {
		return fmt.Errorf("%s: %w", name, explain(err))
	}
	return nil
}

// next is the byte after white space, which is where the reader then is; 0 at the end.
func (r *reader) next() byte {
	if r.at = space(r.raw, r.at); r.at < len(r.raw) {
		return r.raw[r.at]
	}
	return 0
}

// null passes over a null, and reports whether there was one.
func (r *reader) null() bool {
	end, ok := skipWord(r.raw, r.at, "null")
	if ok {
		r.at = end
	}
	return ok
}

// object goes through an object. field reads the value of a name, whole.
func (r *reader) object(field func(name []byte) error) error {
	if r.next() != '{' {
		return errNoObject
	}
	r.at++
	if r.next() == '}' {
		r.at++
		return nil
	}
	for {
		name, err := r.name()
		if err != nil {
			return err
		}
		if err := field(name); err != nil {
			return err
		}
		c := r.next()
		r.at++
		switch c {
		case '}':
			return nil
		case ',':
			r.next()
		default:
			return errNotJSON
		}
	}
}

// name reads a name and the colon after it.
func (r *reader) name() ([]byte, error) {
	from := r.at
	end, ok := skipString(r.raw, from)
	if !ok {
		return nil, errNotJSON
	}
	name := r.raw[from+1 : end-1]
	if !plain(name) {
		name = []byte(unquoted(r.raw[from:end]))
	}
	if r.at = end; r.next() != ':' {
		return nil, errNotJSON
	}
	r.at++
	r.next()
	return name, nil
}

// unquoted is what a string says that stands there in JSON.
func unquoted(quoted []byte) (text string) {
	if inner := quoted[1 : len(quoted)-1]; plain(inner) {
		return string(inner)
	}
	_ = json.Unmarshal(quoted, &text) // it is a string
	return text
}

// value is a value as it stands.
func (r *reader) value() ([]byte, error) {
	from := r.at
	end, ok := skip(r.raw, from, 0)
	if !ok {
		return nil, errNotJSON
	}
	r.at = end
	return r.raw[from:end:end], nil
}

// decoded reads a value as encoding/json does.
func (r *reader) decoded(v any) error {
	raw, err := r.value()
	if err != nil {
		return err
	}
	return json.Unmarshal(raw, v)
}

func (r *reader) number() (int, error) {
	raw, err := r.value()
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(string(raw))
}

func (r *reader) id(id *chat.EventID) error {
	var text string
	if err := take(r, &text); err != nil {
		return err
	}
	return id.UnmarshalText([]byte(text))
}

// take reads a string.
func take[T ~string](r *reader, to *T) error {
	if r.next() != '"' {
		return errNoText
	}
	from := r.at
	end, ok := skipString(r.raw, from)
	if !ok {
		return errNotJSON
	}
	r.at = end
	if r.text != "" && plain(r.raw[from+1:end-1]) {
		*to = T(r.text[from+1 : end-1])
	} else {
		*to = T(unquoted(r.raw[from:end]))
	}
	return nil
}

func (r *reader) state() (chat.State, error) {
	s := chat.State{}
	return s, r.object(func(name []byte) (err error) {
		s[string(name)], err = r.value()
		return err
	})
}

// someMember is how long a member is in JSON, more or less.
const someMember = 48

func (r *reader) members() ([]chat.Member, error) {
	if r.next() != '[' {
		return nil, errNoList
	}
	r.at++
	if r.next() == ']' {
		r.at++
		return nil, nil
	}
	r.text = string(r.raw)
	defer func() { r.text = "" }()
	all := make([]chat.Member, 0, (len(r.raw)-r.at)/someMember)
	for {
		all = append(all, chat.Member{})
		r.next()
		if err := r.member(&all[len(all)-1]); err != nil {
			return nil, err
		}
		switch r.next() {
		case ',':
			r.at++
		case ']':
			r.at++
			return all, nil
		default:
			return nil, errNotJSON
		}
	}
}

func (r *reader) member(m *chat.Member) error {
	return r.object(func(name []byte) (err error) {
		switch {
		case r.null():
		case string(name) == "id":
			err = take(r, &m.ID)
		case string(name) == "role":
			err = take(r, &m.Role)
		case string(name) == "name":
			err = take(r, &m.Name)
		case string(name) == "profile":
			var raw json.RawMessage
			if raw, err = r.value(); err == nil {
				err = json.Unmarshal(raw, &m.Profile)
			}
		default:
			_, err = r.value()
		}
		return err
	})
}
