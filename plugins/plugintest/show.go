package plugintest

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/botd-chat/botd/audience"
	"github.com/botd-chat/botd/chat"
)

// nobody stands where names would.
const nobody = "nobody"

// show writes a message as a transcript has it, with everybody who saw it.
func (w *world) show(e chat.EventRecord, m chat.Message) string {
	who := nobody
	to, ok := audience.Resolve(m.To, w.ceiling.Bind(e.Sender), w.group).Recipients()
	if ok {
		who = ""
		for _, id := range to.IDs() {
			who += " " + string(id)
		}
	}
	return fmt.Sprintf("< %s%s: %s", strings.TrimSpace(who), marks(e, m), continued(body(m)))
}

// marks says what is unusual about how the message goes out.
func marks(e chat.EventRecord, m chat.Message) (text string) {
	if p := m.Priority.OrDefault(); p != chat.Ordinary {
		text = fmt.Sprintf(" [%s]", p)
	}
	if !m.Expires.IsZero() {
		text += fmt.Sprintf(" [expires %s]", m.Expires.Sub(e.Time))
	}
	if m.Collapse != "" {
		text += fmt.Sprintf(" [collapse %s]", m.Collapse)
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
