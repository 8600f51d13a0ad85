package plugins

import (
	"bytes"
	"errors"

	"github.com/botd-chat/botd/chat"
)

// errUncommon says that a reply is to be read by way of [decode], which also says what is
// wrong with it.
var errUncommon = errors.New("has something that few replies have")

// readCommon reads a reply that has nothing but what most have. It is as strict as
// decode, and ten times as fast.
func readCommon(raw []byte) (reply Reply, err error) {
	r := reader{raw: raw}
	var seen once
	err = r.object(func(name []byte) (err error) {
		if !seen.first(name, replyNames) {
			return errUncommon
		}
		switch string(name) {
		case "messages":
			reply.Messages, err = list(&r, r.message)
		case "state":
			reply.State, err = r.ownState()
		case "session":
			reply.Session, err = r.ownState()
		}
		return err
	})
	if err == nil && space(raw, r.at) != len(raw) {
		err = errNotJSON
	}
	return reply, err
}

// once says which of a few names an object had so far.
type once uint8

// first reports whether a name is one of these, and did not stand there before.
func (o *once) first(name []byte, of []string) bool {
	for i, known := range of {
		if known == string(name) {
			had := *o
			*o |= 1 << i
			return had != *o
		}
	}
	return false
}

// What most replies have, and no more than eight of each.
var (
	replyNames    = []string{"messages", "state", "session"}
	messageNames  = []string{"to", "text"}
	audienceNames = []string{"everyone", "roles", "users", "sender", "except"}
)

// list reads a list of what one reads.
func list[T any](r *reader, one func() (T, error)) (all []T, err error) {
	if r.next() != '[' {
		return nil, errUncommon
	}
	for r.at++; ; r.at++ {
		if r.next() == ']' && all == nil {
			break
		}
		v, err := one()
		if err != nil {
			return nil, err
		}
		all = append(all, v)
		if c := r.next(); c == ']' {
			break
		} else if c != ',' {
			return nil, errNotJSON
		}
	}
	r.at++
	return all, nil
}

func (r *reader) message() (m chat.Message, err error) {
	var seen once
	err = r.object(func(name []byte) (err error) {
		if !seen.first(name, messageNames) {
			return errUncommon
		}
		switch string(name) {
		case "to":
			m.To, err = r.audience()
		case "text":
			err = take(r, &m.Text)
		}
		return err
	})
	return m, err
}

func (r *reader) audience() (a chat.Audience, err error) {
	var seen once
	err = r.object(func(name []byte) (err error) {
		if !seen.first(name, audienceNames) {
			return errUncommon
		}
		switch string(name) {
		case "everyone":
			a.Everyone, err = r.truth()
		case "sender":
			a.Sender, err = r.truth()
		case "roles":
			a.Roles, err = list(r, taken[chat.Role](r))
		case "users":
			a.Users, err = list(r, taken[chat.UserID](r))
		case "except":
			a.Except, err = list(r, taken[chat.UserID](r))
		}
		return err
	})
	return a, err
}

// taken reads one string at a time.
func taken[T ~string](r *reader) func() (T, error) {
	return func() (v T, err error) {
		err = take(r, &v)
		return v, err
	}
}

func (r *reader) truth() (bool, error) {
	raw, err := r.value()
	switch {
	case err != nil:
		return false, err
	case string(raw) == "true":
		return true, nil
	case string(raw) == "false":
		return false, nil
	}
	return false, errUncommon
}

// ownState is a state of which a name stands there once, in memory of its own.
func (r *reader) ownState() (chat.State, error) {
	if r.null() {
		return nil, nil
	}
	s := chat.State{}
	return s, r.object(func(name []byte) error {
		raw, err := r.value()
		if _, twice := s[string(name)]; twice || err != nil || bytes.IndexByte(raw, '{') >= 0 {
			return errUncommon // an object has names of its own, which decode looks through
		}
		s[string(name)] = append(make([]byte, 0, len(raw)), raw...)
		return nil
	})
}
