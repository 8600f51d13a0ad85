// Package notice is a plugin that says something to some of a group.
//
// What people see: those it is for see the text; nobody else sees that there
// was one.
//
// It works with every trigger, whatever its name. A schedule says the text of
// the options, and so does what the chat service tells, such as member_joined: true. A
// webhook may bring a text of its own, and leave somebody out:
//
//	{"text": "The build is broken.", "except": ["cy"]}
//
// It may also have "group" and "user", for the trigger's group: and sender:.
// Any other name in the payload is refused, since a misspelt "except" would
// leave out nobody.
//
// Some of those it is for can get a text of their own, such as the admins a long one and
// all others a short one: each gets the first of renderings that is for them, and the
// other text if none is.
//
//	{"text": "Maintenance tonight.", "renderings": [{"to": {"roles": ["owner", "admin"]}, "text": "Maintenance tonight: db-1, 22:00 to 23:00."}]}
//
// Where the options say choose: true, the payload may also say whom:
//
//	{"text": "Your turn.", "to": {"users": ["dee"]}}
//
// Whatever is chosen, the notice reaches nobody outside the bot's own audience.
//
// A system that posts in a form of its own, as to a chat, is for the plugin relay, which
// finds the text in it and has nothing chosen.
package notice

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/plugins"
)

// Options are what an operator can set.
type Options struct {
	To         chat.Audience    `json:"to" required:"true" about:"Whom it is for, within what the bot can reach."`
	Text       string           `json:"text" about:"What is said when the trigger brings no text of its own. A schedule brings none."`
	Renderings []Rendering      `json:"renderings" about:"Other texts for some of them, in place of the one here or that of the payload: each gets the first that is for them."`
	Choose     bool             `json:"choose" about:"Whether the payload may say \"to\", in place of the one here."`
	Expires    plugins.Duration `json:"expires" about:"How long after the event it is too late to be sent, such as 10m. Never when left out."`
	Priority   chat.Priority    `json:"priority" enum:"high,normal,low" about:"What goes first; normal when left out."`
}

// Rendering is another text, for some of those the notice is for.
type Rendering struct {
	To   chat.Audience `json:"to" required:"true" about:"For whom this text is, among those of the notice."`
	Text string        `json:"text" required:"true" about:"What they are told."`
}

// Defaults sets what holds when nothing is said.
func (o *Options) Defaults() { o.To = chat.Everyone }

// Validate reports texts that are too long for a message, and too many.
func (o Options) Validate() error {
	texts := map[string]string{"text": o.Text}
	for i, r := range o.Renderings {
		at := fmt.Sprintf("renderings[%d].", i)
		if err := r.To.Validate(); err != nil {
			return fmt.Errorf("%sto: %w", at, err)
		}
		if strings.TrimSpace(r.Text) == "" {
			return fmt.Errorf("%stext: there is nothing to say", at)
		}
		texts[at+"text"] = r.Text
	}
	for _, at := range slices.Sorted(maps.Keys(texts)) {
		if n := size(texts[at]); n > chat.MaxBody-frame {
			return fmt.Errorf("%s: has %d bytes written as JSON, and a message can carry %d; say less, or put the rest where a link leads", at, n, chat.MaxBody-frame)
		}
	}
	return chat.Message{To: chat.Everyone, Text: "-", Renderings: o.renderings()}.Validate()
}

func (o Options) renderings() (list []chat.Rendering) {
	for _, r := range o.Renderings {
		list = append(list, chat.Rendering{To: r.To, Text: r.Text})
	}
	return list
}

// frame is what is kept of a message for what stands around its text there.
const frame = 256

// size is how many bytes a text has as the service counts: as JSON, which
// writes <, > and & as they are.
func size(text string) int {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(text) // a text can always be written
	return b.Len()
}

// Plugin is the notice.
var Plugin = plugins.Define("notice", "1.0.0", func(o Options) (plugins.Handler, error) {
	return notice{o}, nil
})

// payload is what a webhook may say; all of it may be left out.
type payload struct {
	Text   string         `json:"text"`
	To     *chat.Audience `json:"to"`
	Except []chat.UserID  `json:"except"`
	// For the trigger's own expressions, which say group and sender; the
	// notice does not look at them.
	Group any `json:"group"`
	User  any `json:"user"`
}

// Validate reports an audience or a user that cannot be.
func (p payload) Validate() error {
	if p.To != nil {
		if err := p.To.Validate(); err != nil {
			return fmt.Errorf("to: %w", err)
		}
	}
	for _, id := range p.Except {
		if err := id.Validate(); err != nil {
			return fmt.Errorf("except: %w", err)
		}
	}
	return nil
}

type notice struct{ Options }

// CheckTrigger reports a trigger that brings no text when there is none to be said.
func (n notice) CheckTrigger(_ chat.TriggerName, kind chat.Kind) error {
	if strings.TrimSpace(n.Text) != "" || len(n.Renderings) > 0 {
		return nil
	}
	switch kind { //nolint:exhaustive // the others may bring one
	case chat.Schedule:
		return errors.New("a schedule brings no text, and the bot's options have none; add text: to them")
	case chat.Callback:
		return errors.New("what happens in a group brings no text, and the bot's options have none; add text: to them")
	}
	return nil
}

// Asked lists whom a payload says the notice is for.
func (n notice) Asked(_ chat.TriggerName, raw json.RawMessage) []chat.Audience {
	return plugins.AudiencesOf[payload](raw)
}

// Handle says the notice.
func (n notice) Handle(_ context.Context, e chat.Event) ([]chat.Message, error) {
	p, err := payloadOf(e)
	if err != nil {
		return nil, err
	}
	m, err := n.message(p, e.Time)
	if err != nil {
		return nil, plugins.Permanent(err)
	}
	return []chat.Message{m}, nil
}

// payloadOf is what a webhook says. What the chat service tells says nothing of what is
// to be said to whom.
func payloadOf(e chat.Event) (payload, error) {
	if _, heard := plugins.Heard(e); heard || e.Kind == chat.Callback {
		return payload{}, nil
	}
	return plugins.ExactPayload[payload](e)
}

// message is the notice as the options and a payload have it at a time.
func (n notice) message(p payload, at time.Time) (chat.Message, error) {
	m := chat.Message{To: n.To, Text: n.Text, Renderings: n.renderings(), Priority: n.Priority}
	switch {
	case p.To != nil && !n.Choose:
		return m, errors.New(`the payload says "to", but the bot's options do not say choose: true`)
	case p.To != nil:
		m.To = *p.To
	}
	if len(p.Except) > 0 {
		m.To = m.To.But(p.Except...)
	}
	if strings.TrimSpace(p.Text) != "" {
		m.Text = p.Text
	}
	if strings.TrimSpace(m.Text) == "" && len(m.Renderings) == 0 {
		return m, errors.New("there is nothing to say: neither the payload nor the bot's options have a text")
	}
	if n.Expires > 0 {
		m.Expires = at.Add(time.Duration(n.Expires))
	}
	return m, nil
}
