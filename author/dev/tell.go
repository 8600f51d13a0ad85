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

// Seen tells what became of each message of an event: everybody who saw it, and why
// nobody did.
func Seen(messages []chat.MessageHistory, texts []chat.Message) string {
	var lines []string
	for i, m := range messages {
		text := ""
		if i < len(texts) {
			text = body(texts[i])
		}
		lines = append(lines, "< "+saw(m)+": "+text)
	}
	return strings.Join(lines, "\n")
}

func saw(m chat.MessageHistory) string {
	var who []string
	for _, d := range m.Deliveries {
		if d.Outcome == chat.Sent {
			for _, id := range d.Recipients.IDs() {
				who = append(who, string(id))
			}
		}
	}
	if len(who) > 0 {
		slices.Sort(who)
		return strings.Join(who, " ")
	}
	if m.Reason != "" {
		return "nobody (" + m.Reason + ")"
	}
	return "nobody"
}

// body is what a message says, further lines as transcripts have them.
func body(m chat.Message) string {
	var parts []string
	for _, e := range m.Body() {
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
