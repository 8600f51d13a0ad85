package dev

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/botd-chat/botd/chat"
)

// Teller writes what happens, in the words of a transcript.
type Teller struct {
	mu sync.Mutex
	W  io.Writer
}

// Say writes some lines together.
func (t *Teller) Say(format string, args ...any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	_, _ = fmt.Fprintf(t.W, format+"\n", args...)
}

// Ran is one run of a plugin.
type Ran struct {
	Event chat.EventRecord
	End   chat.EventEnd
	Took  time.Duration // by the plugin
}

// Came tells the event, how long the plugin took, and what it answered besides messages.
func (r Ran) Came() string {
	var b strings.Builder
	fmt.Fprintf(&b, "> %s   (%s of bot %s, %s)", happened(r.Event), r.Event.ID, r.Event.Bot, took(r.Took))
	if r.End.Status != chat.Done || r.End.Outcome == chat.Refused {
		fmt.Fprintf(&b, "\n! %s", r.End.Reason)
		if r.End.Status == chat.Ready {
			fmt.Fprintf(&b, "\n  it is tried again at %s", r.End.Due.Format(time.TimeOnly))
		}
		return b.String()
	}
	if len(r.End.Messages) == 0 {
		b.WriteString("\n  it says nothing")
	}
	for _, l := range r.End.Timers {
		fmt.Fprintf(&b, "\n@ %s", later(l))
	}
	remembered(&b, "state", r.End.State)
	remembered(&b, "session", r.End.Session)
	return b.String()
}

func remembered(b *strings.Builder, what string, s chat.State) {
	if s != nil {
		fmt.Fprintf(b, "\n  %s is now %s", what, object(s))
	}
}

func happened(e chat.EventRecord) string {
	who := ""
	if e.Sender != "" {
		who = string(e.Sender) + ": "
	}
	switch {
	case e.Kind == chat.Typed && strings.HasPrefix(e.Text, "/"):
		return who + shown(e.Text)
	case e.Kind == chat.Typed:
		return string(e.Sender) + " says " + shown(e.Text)
	case len(e.Payload) > 0:
		return who + string(e.Trigger) + " " + string(e.Payload)
	}
	return who + string(e.Trigger)
}

// later is a timer as it was asked for.
func later(l chat.Later) string {
	raw, err := json.Marshal(l)
	if err != nil {
		return string(l.Name)
	}
	return "timer " + string(raw)
}

func took(d time.Duration) string {
	if d < 10*time.Millisecond {
		return d.Round(10 * time.Microsecond).String()
	}
	return d.Round(time.Millisecond).String()
}

// object writes a state with its names sorted.
func object(s chat.State) string {
	parts := make([]string, 0, len(s))
	for _, name := range slices.Sorted(maps.Keys(s)) {
		parts = append(parts, fmt.Sprintf("%q: %s", name, s[name]))
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

// Seen tells what became of each message of an event: everybody who saw it, which of its
// texts if it has several, and why nobody did.
func Seen(messages []chat.MessageHistory, texts []chat.Message) string {
	var lines []string
	for i, m := range messages {
		var said chat.Message
		if i < len(texts) {
			said = texts[i]
		}
		lines = append(lines, seen(m, said)...)
	}
	return strings.Join(lines, "\n")
}

func seen(m chat.MessageHistory, said chat.Message) (lines []string) {
	who := saw(m)
	for _, rendering := range slices.Sorted(maps.Keys(who)) {
		more := ""
		if len(lines) > 0 {
			more = " [rather]"
		}
		slices.Sort(who[rendering])
		lines = append(lines, "< "+strings.Join(who[rendering], " ")+more+": "+body(said.BodyOf(rendering)))
	}
	if len(lines) > 0 {
		return lines
	}
	nobody, first := "nobody", 0
	if m.Reason != "" {
		nobody += " (" + m.Reason + ")"
	}
	if !said.HasBody() {
		first = 1
	}
	return []string{"< " + nobody + ": " + body(said.BodyOf(first))}
}

// saw is by which of a message's texts it was seen, and by whom.
func saw(m chat.MessageHistory) map[int][]string {
	who := map[int][]string{}
	for _, d := range m.Deliveries {
		if d.Outcome == chat.Sent {
			for _, id := range d.Recipients.IDs() {
				who[d.Rendering] = append(who[d.Rendering], string(id))
			}
		}
	}
	return who
}

// body is what a text says, further lines as transcripts have them.
func body(elements []chat.Element) string {
	var parts []string
	for _, e := range elements {
		if e.Text != nil {
			parts = append(parts, shown(e.Text.Text))
			continue
		}
		raw, _ := json.Marshal(e) // an element is plain data
		parts = append(parts, string(raw))
	}
	return strings.ReplaceAll(strings.Join(parts, "\n"), "\n", "\n| ")
}

// shown is a text without what would do something to a terminal.
func shown(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' || r >= 0x7f && r < 0xa0 {
			return '\uFFFD'
		}
		return r
	}, text)
}
