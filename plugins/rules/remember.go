package rules

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/expression"
)

// ofSession begins the name under which something is remembered of the sender alone.
const ofSession = "session."

// goodKey is a name that an expression can have after a dot.
var goodKey = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]{0,63}$`)

// setting is one thing that a rule remembers.
type setting struct {
	name    string
	session bool                // of the sender in the group, and not of the group
	program *expression.Program // nil: fixed
	fixed   any
}

// recall adds what is remembered to the values.
func recall(e chat.Event, now values) error {
	for name, kept := range map[string]chat.State{"state": e.State, "session": e.Session} {
		all := map[string]any{}
		for key, raw := range kept {
			v, err := expression.Decode(raw)
			if err != nil {
				return fmt.Errorf("%s.%s, as it is remembered: %w", name, key, err)
			}
			all[key] = v
		}
		now[name] = all
	}
	return nil
}

// remember works out all that the rule sets by what was remembered before it, and
// then has the event and the rules that follow know it.
func (x rule) remember(e chat.Event, now values) error {
	worked := make([]any, len(x.set))
	for i, s := range x.set {
		worked[i] = s.fixed
		if s.program == nil {
			continue
		}
		var err error
		if worked[i], err = s.program.Run(now); err != nil {
			return in(s.place(), err)
		}
	}
	for i, s := range x.set {
		if err := s.keep(e, now, worked[i]); err != nil {
			return in(s.place(), err)
		}
	}
	return nil
}

func (s setting) place() string {
	if s.session {
		return "set." + ofSession + s.name
	}
	return "set." + s.name
}

// keep puts a value in its place; nothing is forgotten.
func (s setting) keep(e chat.Event, now values, v any) error {
	where, kept := "state", e.State
	if s.session {
		if e.Sender == nil {
			return errors.New("the event has no sender, of whom something could be remembered; give the trigger a sender: expression, or leave it to a when: sender != nil")
		}
		where, kept = "session", e.Session
	}
	known, _ := now[where].(map[string]any)
	if v == nil {
		delete(kept, s.name)
		delete(known, s.name)
		return nil
	}
	raw, err := expression.Encode(v, chat.MaxState)
	if err != nil {
		return err
	}
	// As it will be read again by the next event: a time, say, is a text then.
	if known[s.name], err = expression.Decode(raw); err != nil {
		return err
	}
	kept[s.name] = raw
	return fits(where, kept)
}

// fits reports more than can be remembered.
func fits(where string, kept chat.State) error {
	raw, err := json.Marshal(kept)
	if err != nil {
		return fmt.Errorf("what is remembered cannot be written: %w", err)
	}
	if len(raw) > chat.MaxState {
		return fmt.Errorf("with it the %s has %d bytes, and a bot may keep %d; remember less, such as the last hundred of a list by [-100:], or set to nil what is not needed any more",
			where, len(raw), chat.MaxState)
	}
	return nil
}
