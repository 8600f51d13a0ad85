package callbacks

import (
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/botd-chat/botd/chat"
)

// fields are those of a JSON object, by their exact names; the standard library would
// take any spelling. Those that nobody asks for are ignored, as the service wants. The
// first mistake is kept, and quotes nothing.
type fields struct {
	of  map[string]json.RawMessage
	err error
}

func fieldsOf(object []byte) *fields {
	f := &fields{}
	if err := json.Unmarshal(object, &f.of); err != nil || f.of == nil {
		f.err = fmt.Errorf("not an object")
	}
	return f
}

// read takes a field apart, if it is there.
func (f *fields) read(name string, into any) (there bool) {
	raw, there := f.of[name]
	if !there || f.err != nil {
		return false
	}
	if err := json.Unmarshal(raw, into); err != nil {
		f.err = fmt.Errorf("%s is not of its type", name)
		return false
	}
	return true
}

// must has a mistake in it when something is missing.
func (f *fields) must(ok bool, name string) {
	if !ok && f.err == nil {
		f.err = fmt.Errorf("%s is missing", name)
	}
}

func (f *fields) text(name string) (s string) {
	f.read(name, &s)
	return s
}

func (f *fields) user(name string) chat.UserID { return chat.UserID(f.text(name)) }

// somebody is an account that has to be there.
func (f *fields) somebody(name string) chat.UserID {
	u := f.user(name)
	f.must(u != "", name)
	return u
}

// whole is a number from 0; tables of the service say integer, and some samples have it
// in quotes.
func (f *fields) whole(name string, bits int) (n uint64, there bool) {
	var raw json.RawMessage
	if !f.read(name, &raw) {
		return 0, false
	}
	s := string(raw)
	if len(s) > 2 && s[0] == '"' {
		s = s[1 : len(s)-1]
	}
	n, err := strconv.ParseUint(s, 10, bits)
	if err != nil {
		f.err = fmt.Errorf("%s is no whole number of its size", name)
	}
	return n, err == nil
}

func (f *fields) uint32(name string) uint32 {
	n, _ := f.whole(name, 32)
	return uint32(n)
}

// millis is a time in milliseconds, as of all EventTimes; zero for none.
func (f *fields) millis(name string) time.Time {
	if n, _ := f.whole(name, 53); n > 0 {
		return time.UnixMilli(int64(n))
	}
	return time.Time{}
}

// members is a list of objects that each name an account.
func (f *fields) members(name string) (users []chat.UserID) {
	var list []json.RawMessage
	f.read(name, &list)
	for _, raw := range list {
		m := fieldsOf(raw)
		u := m.somebody("Member_Account")
		if m.err != nil {
			f.err = fmt.Errorf("%s: %w", name, m.err)
			return nil
		}
		users = append(users, u)
	}
	return users
}
