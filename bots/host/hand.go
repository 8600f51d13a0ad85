package host

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/plugins"
)

// hand puts a reply where a handler leaves it: state and session, as far as it speaks
// of them, and timers in the event.
func hand(e chat.Event, r plugins.Reply) []chat.Message {
	replace(e.State, r.State)
	replace(e.Session, r.Session)
	for _, l := range r.Later {
		e.Timers.Add(l)
	}
	return r.Messages
}

// replace has what was become what is to be; nil leaves it alone.
func replace(was, is chat.State) {
	if is == nil {
		return
	}
	clear(was)
	maps.Copy(was, is)
}

// fits reports what a reply asks for that the plugin, by its own manifest, would not
// know when it comes.
func (p *endpoint) fits(m plugins.Manifest, r plugins.Reply) error {
	for _, l := range r.Later {
		if !knows(m.Timers, l.Name) {
			return p.unknown("timer", l.Name, m.Timers)
		}
	}
	for _, message := range r.Messages {
		if ask := message.Report; ask != nil && !knows(m.Reports, ask.Name) {
			return p.unknown("report", ask.Name, m.Reports)
		}
	}
	return nil
}

// knows reports whether a name is in a list of a manifest, where none is any.
func knows(list []chat.TriggerName, name chat.TriggerName) bool {
	return list == nil || slices.Contains(list, name)
}

func (p *endpoint) unknown(what string, name chat.TriggerName, known []chat.TriggerName) error {
	names := make([]string, len(known))
	for i, k := range known {
		names[i] = string(k)
	}
	return plugins.Permanent(p.says(fmt.Errorf("asks for the %s %.64q, which by its manifest it would not know; it has %s", what, string(name), printable(strings.Join(names, ", "), longestLine))))
}
