package plugintest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/botd-chat/botd/chat"
)

// nobody stands where names would.
const nobody = "nobody"

// show writes a message as a transcript has it, with everybody who saw it: a line for
// each of its texts that somebody saw, and one for a message that nobody did.
func show(e chat.EventRecord, d delivered) string {
	if len(d.seen) == 0 {
		first := 0
		if !d.HasBody() {
			first = 1
		}
		return fmt.Sprintf("< %s%s: %s", nobody, marks(e, d), continued(body(d.BodyOf(first))))
	}
	var lines []string
	for i, s := range d.seen {
		more := ""
		if i > 0 {
			more = " [rather]"
		}
		lines = append(lines, fmt.Sprintf("< %s%s%s: %s", names(s.Recipients), more, marks(e, d), continued(body(d.BodyOf(s.Rendering)))))
	}
	return strings.Join(lines, "\n")
}

func names(r chat.Recipients) string {
	var list []string
	for _, id := range r.IDs() {
		list = append(list, string(id))
	}
	return strings.Join(list, " ")
}

// marks says what is unusual about how the message goes out, or went.
func marks(e chat.EventRecord, d delivered) (text string) {
	if p := d.Priority.OrDefault(); p != chat.Ordinary {
		text = fmt.Sprintf(" [%s]", p)
	}
	if !d.Expires.IsZero() {
		text += fmt.Sprintf(" [expires %s]", d.Expires.Sub(e.Time))
	}
	if d.Collapse != "" {
		text += fmt.Sprintf(" [collapse %s]", d.Collapse)
	}
	if o := d.ending.Outcome; o != chat.Sent && o != chat.Nobody {
		text += fmt.Sprintf(" [%s]", o)
	}
	return text
}

// body is a text, with other elements as JSON on lines of their own.
func body(elements []chat.Element) string {
	var parts []string
	for _, element := range elements {
		if element.Text != nil {
			parts = append(parts, element.Text.Text)
			continue
		}
		raw, err := json.Marshal(element)
		if err != nil {
			raw = []byte(err.Error())
		}
		parts = append(parts, string(raw))
	}
	return strings.Join(parts, "\n")
}

// continued puts the lines of a text after the first under it.
func continued(text string) string { return strings.ReplaceAll(text, "\n", "\n| ") }

// spaced is JSON in one line after a blank, and nothing for none.
func spaced(raw json.RawMessage) string {
	if len(raw) == 0 {
		return ""
	}
	var b bytes.Buffer
	if json.Compact(&b, raw) != nil {
		return " " + continued(string(raw)) // it was checked, so this is never
	}
	return " " + b.String()
}
