package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/plugins"
)

// count is how many orders a bot has handled in a group, of those that count.
const count chat.Key[int] = "count"

// heard is how often a bot was told in a group how a message ended.
const heard chat.Key[int] = "heard"

// ended is what it is told as.
var ended = plugins.NewReport[ending]("ended")

// ending is which message of which order it is.
type ending struct{ N, I int }

// newPlugin is a plugin that does as it is ordered.
func newPlugin(w *world) plugins.Plugin {
	return plugins.Define("orders", "1", func(struct{}) (plugins.Handler, error) {
		return plugins.Func(func(_ context.Context, e chat.Event) ([]chat.Message, error) { return obey(w, e) }), nil
	})
}

func obey(w *world, e chat.Event) ([]chat.Message, error) {
	if e.Kind == chat.Reported {
		heard.Set(e.State, heard.Get(e.State)+1)
		return nil, nil
	}
	var o order
	if err := json.Unmarshal(e.Payload, &o); err != nil {
		return nil, plugins.Permanent(err)
	}
	run := w.run(o.N)
	n := 0
	if o.Count {
		n = count.Get(e.State) + 1
		count.Set(e.State, n) // before the run may fail: then it must not be kept
		count.Set(e.Session, count.Get(e.Session)+1)
	}
	switch {
	case o.Bad:
		return nil, plugins.Permanent(errors.New("it was ordered never to be handled"))
	case run <= o.Fails:
		return nil, errors.New("it was ordered to fail")
	case run <= o.Fails+o.Panics:
		panic("it was ordered to panic")
	}
	var all []chat.Message
	for i, s := range o.Say {
		m := chat.Message{To: s.To, Text: text(o.N, i, n), Priority: s.Priority}
		if s.Expires > 0 {
			m.Expires = e.Time.Add(s.Expires)
		}
		if s.Report {
			m = ended.Of([]chat.Message{m}, ending{o.N, i})[0]
		}
		all = append(all, m)
	}
	return all, nil
}

// text is that of message i of an order, which was the nth that counts; 0 is
// one that does not.
func text(order, i, n int) string { return fmt.Sprintf("order %d, message %d, count %d", order, i, n) }

// readText is the other way.
func readText(s string) (order, i, n int, ok bool) {
	if !strings.HasPrefix(s, "order ") {
		return 0, 0, 0, false
	}
	got, err := fmt.Sscanf(s, "order %d, message %d, count %d", &order, &i, &n)
	return order, i, n, err == nil && got == 3
}
