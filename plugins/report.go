package plugins

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"

	"github.com/botd-chat/botd/chat"
)

// Report is how a plugin hears what became of a message: when it was sent, or was
// given up, an event comes back with what is known of it as a [chat.Ending], and with
// a T of the plugin's own. It is a value, made by [NewReport] and most often a package
// variable; [OnReport] routes what comes.
//
//	var told = plugins.NewReport[alert]("told")
//
//	return told.Of(chat.Admins.Say("The disk is full."), a), nil
type Report[T any] struct{ name chat.TriggerName }

// NewReport names a report. It panics on a name that is none: 1 to 64 letters,
// digits, - and _ do.
func NewReport[T any](name chat.TriggerName) Report[T] {
	return Report[T]{name: named("report", name)}
}

// Of is the messages with the wish to hear of each of them. It panics on data that JSON
// cannot express. A message that answers a report cannot ask for one.
func (r Report[T]) Of(list []chat.Message, data T) []chat.Message {
	raw, err := json.Marshal(data)
	if err != nil {
		panic(fmt.Sprintf("report %s: %v", r.name, err))
	}
	own := slices.Clone(list)
	for i := range own {
		own[i].Report = &chat.Report{Name: r.name, Data: raw}
	}
	return own
}

// OnReport adds the route for what a report brings, as [OnTimer] does for a timer. It
// panics if there is a route already.
func OnReport[T any](m *Mux, r Report[T], f func(context.Context, chat.Event, chat.Ending, T) ([]chat.Message, error)) {
	bounded(reflect.TypeFor[T]()) // which panics on wrong tags
	var handle Func
	if f != nil {
		handle = func(ctx context.Context, e chat.Event) ([]chat.Message, error) {
			end, err := Payload[chat.Ending](e)
			if err != nil {
				return nil, err
			}
			own := e
			own.Payload = end.Data
			data, err := Payload[T](own)
			if err != nil {
				return nil, err
			}
			return f(ctx, e, end, data)
		}
	}
	m.reports.add("report", r.name, route{handle: handle})
}

// Reports lists the reports that have a route, sorted.
func (m *Mux) Reports() []chat.TriggerName { return m.reports.names() }

// CheckReports reports what is wrong with the reports that the messages ask for in
// answer to an event of that kind: one that asks for the next, and one that the
// handler would not know when it comes. A handler is asked for that only if it says
// which it knows, by a method Reports() []chat.TriggerName, as a [Mux] does.
func CheckReports(h Handler, list []chat.Message, answered chat.Kind) error {
	h = described(h)
	for i, m := range list {
		if m.Report == nil {
			continue
		}
		if answered == chat.Reported {
			return fmt.Errorf("message %d of %d asks for a report, and answers one; what a report says cannot ask for the next (set a timer, and let that say it)",
				i+1, len(list))
		}
		if r, ok := h.(interface{ Reports() []chat.TriggerName }); ok {
			if err := knows("report", r.Reports(), m.Report.Name); err != nil {
				return err
			}
		}
	}
	return nil
}
