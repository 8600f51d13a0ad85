package rules

import (
	"fmt"
	"maps"
	"slices"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/expression"
)

// known are the names whose values are known when the event is handled.
var known = expression.Names{
	"payload": expression.Any, "webhook": expression.Any, "on": expression.Text, "group": expression.Text,
	"sender": expression.Any, "time": expression.Any, "vars": expression.Any,
}

// ofMember are the names that are asked of each member when the message is sent.
var ofMember = expression.Names{
	"id": expression.Text, "role": expression.Text, "owner": expression.Truth, "admin": expression.Truth, "member": expression.Truth,
}

// ofWebhook are what webhook has.
var ofWebhook = []string{"hook", "id", "scheme", "type"}

// values are those of the known names for one event.
type values = map[string]any

func (r *rules) known(e chat.Event) (values, error) {
	payload, err := expression.Decode(e.Payload)
	if err != nil {
		return nil, fmt.Errorf("the payload: %w", err)
	}
	v := values{
		"payload": payload, "webhook": nil, "on": string(e.Name), "group": string(e.Group),
		"sender": nil, "time": e.Time.UTC(), "vars": r.vars,
	}
	if o := e.Origin; o != nil {
		v["webhook"] = map[string]any{"hook": o.Hook, "scheme": o.Scheme, "type": o.Type, "id": o.ID}
	}
	if e.Sender != nil {
		v["sender"] = string(e.Sender.ID)
	}
	return v, nil
}

// misspelt reports a member of vars or webhook that an expression asks for and
// that is not there. Of a payload it cannot be known.
func misspelt(source string, vars map[string]any) error {
	for _, x := range []struct {
		name string
		have []string
	}{{"vars", slices.Sorted(maps.Keys(vars))}, {"webhook", ofWebhook}} {
		for _, asked := range expression.Members(source, x.name) {
			if !slices.Contains(x.have, asked) {
				return fmt.Errorf("%s has no %.40s; %s", x.name, asked, suggest(asked, x.have))
			}
		}
	}
	return nil
}
