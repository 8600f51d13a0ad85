package store

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	"github.com/botd-chat/botd/chat"
)

const (
	readOrigin  = `SELECT origin FROM event WHERE id = $1`
	eraseOrigin = `UPDATE event SET origin = $1 WHERE id = $2`
)

// origin takes the user out of the ceiling of an event.
func (x *eraser) origin(q *tx, id chat.EventID) error {
	var before []byte
	if err := q.one(readOrigin, int64(id)).Scan(&before); err != nil || len(before) == 0 {
		return err
	}
	var o chat.Origin
	if err := json.Unmarshal(before, &o); err != nil {
		return fmt.Errorf("the origin of an event: %w", err)
	}
	if o.Ceiling == nil || o.Ceiling.Audience == nil {
		return nil
	}
	within := x.rule(*o.Ceiling.Audience)
	o.Ceiling.Audience = &within
	after, err := json.Marshal(o)
	if err == nil && string(after) != string(before) {
		_, err = q.exec(eraseOrigin, string(after), int64(id))
	}
	return err
}

// rule takes the user out of an audience.
func (x *eraser) rule(a chat.Audience) chat.Audience {
	a.Users, a.Except, a.AnyOf = x.all(a.Users), x.all(a.Except), slices.Clone(a.AnyOf)
	for i := range a.AnyOf {
		a.AnyOf[i] = x.rule(a.AnyOf[i])
	}
	if a.Within != nil {
		within := x.rule(*a.Within)
		a.Within = &within
	}
	if speaksOf(a.Where, string(x.user)) || speaksOf(a.Where, written(x.user)) {
		a.Where = "false" // all of it goes: nobody asks it any more
	}
	return a
}

const erased = "(erased)"

// renderings takes the user out of the rules of a message's other bodies. The text of one
// for the user alone goes, as all do of a message that the user caused.
func (x *eraser) renderings(m chat.MessageRecord) {
	for i := range m.Message.Renderings {
		r := &m.Message.Renderings[i]
		if m.Sender == x.user || x.caused[int64(m.Event)] || slices.Equal(r.To.Users, []chat.UserID{x.user}) {
			r.Text, r.Elements = erased, nil
		}
		r.To = x.rule(r.To)
	}
}

// written is an id as it stands between quotes in an expression.
func written(id chat.UserID) string {
	quoted := strconv.Quote(string(id))
	return quoted[1 : len(quoted)-1]
}
