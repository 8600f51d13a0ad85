// Package presets writes the webhooks of known senders as texts for people.
//
// What people see: a first line that tells all, then what is worth knowing more,
// with each link on a line of its own. It is plain text, which every chat client
// shows alike. Lists are cut ("… and 12 more"), long texts too, with what is
// left out counted, and a text always fits into a message.
//
// The presets are alertmanager, grafana, github, gitea (also called forgejo),
// gitlab and stripe. github and gitea need the type of the event, which stands in
// a header and not in the payload. A type that a preset does not know becomes one
// honest line, since whoever chose it at the sender wants to hear of it; a rule
// that does not says so in its when.
//
// What a sender writes is data. Line breaks in what should be one line are
// folded, control characters and those that turn the direction of writing are
// taken out, and a link is shown only if it leads to http or https. A name with
// an @ before it is text like any other: it mentions nobody.
//
// A payload that lacks what a preset needs is an error that names the field and
// repeats no value. Nothing here keeps anything, so everything can be called by
// several at once. A further preset is a file with a function, a line in the list
// below, and payloads with their texts under testdata.
package presets

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/botd-chat/botd/plugins"
)

// preset writes the payload of an event of a kind. What it misses it notes in
// the payload.
type preset func(kind string, p value) text

var all = map[string]preset{
	"alertmanager": alertmanager,
	"grafana":      grafana,
	"github":       forge{"GitHub", "X-GitHub-Event"}.write,
	"gitea":        forge{"Gitea", "X-Gitea-Event"}.write,
	"forgejo":      forge{"Forgejo", "X-Forgejo-Event"}.write,
	"gitlab":       gitlab,
	"stripe":       stripe,
}

// Names lists the presets, sorted.
func Names() []string { return slices.Sorted(maps.Keys(all)) }

// Text is a payload as the preset of that name has it. The kind is the type of
// the event as the sender calls it, such as "push"; it may be empty where the
// payload says it. The text is never empty and fits into a message. An error
// says what the payload lacks.
func Text(name, kind string, payload json.RawMessage) (string, error) {
	write, ok := all[name]
	if !ok {
		return "", fmt.Errorf("no preset %q; have %s", name, strings.Join(Names(), ", "))
	}
	p, err := read(payload)
	if err != nil {
		return "", fmt.Errorf("preset %s: %w", name, err)
	}
	t := write(kind, p)
	if len(p.lost.fields) > 0 {
		return "", fmt.Errorf("preset %s: the payload lacks %s", name, strings.Join(p.lost.fields, ", "))
	}
	return plugins.Fit(strings.Join(t, "\n")), nil
}
