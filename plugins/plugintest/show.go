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

// show writes a message as a transcript has it, with everybody who saw it.
func show(e chat.EventRecord, d delivered) string {
	who := nobody
	if len(d.seen) > 0 {
		names := make([]string, len(d.seen))
		for i, id := range d.seen {
			names[i] = string(id)
		}
		who = strings.Join(names, " ")
	}
	return fmt.Sprintf("< %s%s: %s", who, marks(e, d), continued(body(d.Message)))
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

// body is the message's text, with other elements as JSON on lines of their own.
func body(m chat.Message) string {
	var parts []string
	for _, element := range m.Body() {
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
