package rules

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/expression"
	"github.com/botd-chat/botd/plugins"
)

// known are the names whose values are known when the event is handled.
var known = expression.Names{
	"payload": expression.Any, "webhook": expression.Any, "on": expression.Text, "kind": expression.Text, "group": expression.Text,
	"sender": expression.Any, "sender_role": expression.Any, "text": expression.Text, "time": expression.Any, "vars": expression.Any,
	"state": expression.Any, "session": expression.Any,
}

// values are those of the known names for one event.
type values = map[string]any

func (r *rules) known(e chat.Event) (values, error) {
	payload, err := expression.Decode(e.Payload)
	if err != nil {
		return nil, fmt.Errorf("the payload: %w", err)
	}
	v := values{
		"payload": said(e, payload), "webhook": nil, "on": string(e.Name), "kind": string(e.Kind), "group": string(e.Group),
		"sender": nil, "sender_role": nil, "text": e.Text, "time": e.Time.UTC(), "vars": r.vars,
	}
	if o := e.Origin; o != nil && o.Scheme != chat.SchemeCallback {
		v["webhook"] = map[string]any{"hook": o.Hook, "scheme": o.Scheme, "type": o.Type, "id": o.ID}
	}
	if e.Sender != nil {
		v["sender"], v["sender_role"] = string(e.Sender.ID), string(e.Sender.Role)
	}
	return v, nil
}

// said is the payload with what a member wrote being told to be false where it is, which
// the payload leaves out: so payload.held can be asked of it.
func said(e chat.Event, payload any) any {
	if _, heard := plugins.Heard(e); !heard {
		return payload
	}
	all := map[string]any{"held": false, "acknowledged": false, "masked": false, "leaked": false}
	if own, ok := payload.(map[string]any); ok {
		maps.Copy(all, own)
	}
	return all
}

// members are what some of the known names have, where that can be told before an
// event comes. Of a payload it cannot be known.
type members map[string][]string

// membersOf are those of the options.
func membersOf(o Options) members {
	m := members{"vars": slices.Sorted(maps.Keys(o.Vars)), "webhook": {"hook", "id", "scheme", "type"}, "state": nil, "session": nil}
	for _, rule := range o.Rules {
		for name := range rule.Set {
			of := "state"
			if inner, ok := strings.CutPrefix(name, ofSession); ok {
				of, name = "session", inner
			}
			if goodKey.MatchString(name) {
				m[of] = append(m[of], name)
			}
		}
	}
	for name, list := range m {
		slices.Sort(list)
		m[name] = slices.Compact(list)
	}
	return m
}

// misspelt reports what an expression asks of a name that does not have it.
func (m members) misspelt(source string) error {
	for _, name := range slices.Sorted(maps.Keys(m)) {
		for _, asked := range expression.Members(source, name) {
			if slices.Contains(m[name], asked) {
				continue
			}
			err := fmt.Errorf("%s has no %.40s; %s", name, asked, suggest(asked, m[name]))
			if name == "state" || name == "session" {
				err = fmt.Errorf("no rule sets %s.%.40s; %s; for what is set by hand write %s?.%.40s", name, asked, suggest(asked, m[name]), name, asked)
			}
			return err
		}
	}
	return nil
}
