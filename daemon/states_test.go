package daemon

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/botd-chat/botd/chat"
)

func TestReferenceOfStatesIsCurrent(t *testing.T) {
	var b bytes.Buffer
	b.WriteString(`# States

Made from the code by ` + "`make generate`" + `. Whatever is stored is ready, held, done or dead, and what ended has an outcome. *Held* and *dead* wait for a
person (` + "`botd dlq`" + `); *dead* is deleted after a time when nobody sees to it. Nothing that ended becomes ready again: what is done once more is a new event
or a new message. The store refuses every move that is not here.

` + "```" + `
              tried again, waits
               ┌──────┐
               ▼      │
 accepted ──▶ ready ──┴──▶ held ─────────────┐
                │ │                          │ a person: once more, given up, answered
                │ └──────▶ dead ─────────────┤
                ▼           │                │
               done ◀───────┼────────────────┘
                └─────┬─────┘
                      ▼
                   deleted
` + "```" + `
`)
	for _, of := range chat.Things {
		fmt.Fprintf(&b, "\n## %s\n\n| from | to | by | when |\n| --- | --- | --- | --- |\n", map[chat.Thing]string{
			chat.AnEvent: "Events", chat.AMessage: "Messages", chat.ADelivery: "Deliveries"}[of])
		for _, row := range stateRows(of) {
			b.WriteString(row)
		}
	}
	current(t, "states.md", b.Bytes())
}

// stateRows says moves that differ only in where they begin in one row.
func stateRows(of chat.Thing) (rows []string) {
	var froms []string
	all := chat.Moves()
	for i, m := range all {
		if m.Of != of {
			continue
		}
		froms = append(froms, m.From.String())
		if i+1 < len(all) && all[i+1].To == m.To && all[i+1].When == m.When {
			continue
		}
		rows = append(rows, fmt.Sprintf("| %s | %s | %s | %s |\n", strings.Join(froms, "; "), end(m.To), m.By, m.When))
		froms = nil
	}
	return rows
}

func end(s chat.Stand) string {
	if s == (chat.Stand{}) {
		return "deleted"
	}
	return s.String()
}
