package plugins

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"

	"github.com/botd-chat/botd/chat"
)

// route is what a [Mux] does about one name.
type route struct {
	handle Func
	wants  error                                 // what is wrong with no payload at all; nil: nothing
	asked  func(json.RawMessage) []chat.Audience // nil: a payload asks for none
}

// routes are those of one sort of event, by name. The sorts have routes of their own,
// so that nobody outside can have a timer, a report or the answer to a question come.
type routes map[chat.TriggerName]route

// add panics on a mistake of the plugin's author.
func (r routes) add(what string, name chat.TriggerName, to route) {
	if _, twice := r[name]; twice || name == "" || to.handle == nil {
		panic(fmt.Sprintf("plugins: %s %q is routed twice, or without a name or a function", what, name))
	}
	r[name] = to
}

func (r routes) handle(ctx context.Context, what string, e chat.Event) ([]chat.Message, error) {
	to, ok := r[e.Name]
	if !ok {
		return nil, Permanent(unknown(what, r.names(), e.Name))
	}
	return to.handle(ctx, e)
}

func (r routes) names() []chat.TriggerName { return slices.Sorted(maps.Keys(r)) }

// reading is the function as one that reads the payload first; nil for nil.
func reading[T any](f func(context.Context, chat.Event, T) ([]chat.Message, error)) Func {
	bounded(reflect.TypeFor[T]()) // which panics on wrong tags
	if f == nil {
		return nil
	}
	return func(ctx context.Context, e chat.Event) ([]chat.Message, error) {
		payload, err := Payload[T](e)
		if err != nil {
			return nil, err
		}
		return f(ctx, e, payload)
	}
}

// knows reports a name that the handler would not know when it comes. It is asked
// for that only if it says which it knows.
func knows(what string, have []chat.TriggerName, name chat.TriggerName) error {
	if slices.Contains(have, name) {
		return nil
	}
	return unknown(what, have, name)
}

func unknown(what string, have []chat.TriggerName, name chat.TriggerName) error {
	return fmt.Errorf("the plugin knows no %s %q; %s", what, name, suggest(string(name), texts(have)))
}

func texts(names []chat.TriggerName) (list []string) {
	for _, name := range names {
		list = append(list, string(name))
	}
	return list
}

// named panics on a name that none of a timer, a report and a step can have.
func named(what string, name chat.TriggerName) chat.TriggerName {
	if err := (chat.Report{Name: name}).Validate(); err != nil {
		panic(fmt.Sprintf("plugins: %s %.40q: a name has 1 to 64 letters, digits, - and _, and begins with a letter or digit", what, string(name)))
	}
	return name
}
