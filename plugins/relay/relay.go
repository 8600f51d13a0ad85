// Package relay is a plugin that passes on what another system says, in that system's
// own form, to some of a group.
//
// What people see: those it is for see the text, under a line that says whose it is;
// nobody else sees that there was one.
//
// Many systems can already post to a chat: to Slack, Mattermost, Rocket.Chat, Discord
// or Teams. Let them post here instead, as they are:
//
//	{"text": "Deployed <https://ci.example.com/7|build 7>", "username": "ci"}
//	{"content": "A new sign-up", "embeds": [{"title": "cy", "description": "Plan: team"}]}
//
// The text is looked for where these have it, and in message, msg, body and
// description; or, with field: "alert.info.headline", only there. The whole payload may
// also be one text. All that is found becomes one message, of a bounded length, and
// nothing in it can pass for the line above it. Nothing in a payload says whom it is for,
// and unknown names are passed over. With [github.com/botd-chat/botd/plugins/notice]
// it is the other way round: it is for systems of your own, takes one form, which it
// reads strictly, and may let that say whom.
//
// It works with every webhook, whatever its name, and with what members write: of that, a
// trigger that neither holds nor has relay: true brings it back to its sender alone.
package relay

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/plugins"
)

// Options are what an operator can set.
type Options struct {
	To       chat.Audience    `json:"to" required:"true" about:"Whom it is for, within what the bot can reach."`
	From     string           `json:"from" max:"60" about:"Whose words these are, such as Forum; said in the first line."`
	Field    string           `json:"field" max:"200" about:"Where in the payload the text is, such as alert.info.headline. Left out, it is looked for where chats have it."`
	Author   bool             `json:"author" about:"Whether the first line says who the payload says wrote it."`
	Most     int              `json:"most" min:"1" max:"5000" about:"How many characters of a text are shown."`
	Expires  plugins.Duration `json:"expires" about:"How long after the event it is too late to be sent, such as 10m. Never when left out."`
	Priority chat.Priority    `json:"priority" enum:"high,normal,low" about:"What goes first; normal when left out."`
}

// Defaults sets what holds when nothing is said.
func (o *Options) Defaults() { o.To, o.Author, o.Most = chat.Admins, true, 2000 }

// Plugin is the relay.
var Plugin = plugins.Define("relay", "1.0.0", func(o Options) (plugins.Handler, error) { return relay{o}, nil })

type relay struct{ Options }

// CheckTrigger reports a schedule, which has nothing to pass on.
func (relay) CheckTrigger(_ chat.TriggerName, kind chat.Kind) error {
	switch kind { //nolint:exhaustive // the others bring something
	case chat.Schedule:
		return errors.New("a schedule brings no text that could be passed on; use the plugin notice, which has a text of its own")
	case chat.Callback:
		return errors.New("what happens in a group has no text that could be passed on; use the plugin notice, which has a text of its own")
	}
	return nil
}

// Handle passes on what the event says.
func (r relay) Handle(_ context.Context, e chat.Event) ([]chat.Message, error) {
	said, err := r.said(e)
	if err != nil {
		return nil, plugins.Permanent(err)
	}
	m := chat.Message{To: r.To, Text: r.text(said), Priority: r.Priority}
	if r.Expires > 0 {
		m.Expires = e.Time.Add(time.Duration(r.Expires))
	}
	return []chat.Message{m}, nil
}

// said is what the event says, and who says so. The event's sender is known; whom a
// payload names is what it claims.
func (r relay) said(e chat.Event) (said, error) {
	if e.Kind == chat.Typed {
		return said{text: cmp.Or(strings.TrimSpace(e.Text), "(something without a text)"), author: string(e.Sender.ID)}, nil
	}
	s, err := read(e.Payload, r.Field)
	if e.Sender != nil {
		s.author = string(e.Sender.ID)
	}
	return s, err
}

// text is the message: whose words these are, and the words.
func (r relay) text(s said) string {
	var whose []string
	if r.From != "" {
		whose = append(whose, plugins.OneLine(r.From, maxName))
	}
	if r.Author && s.author != "" {
		whose = append(whose, plugins.OneLine(s.author, maxName))
	}
	words := plugins.Lines(s.text, r.Most)
	switch {
	case len(whose) == 0:
		return plugins.Fit(words)
	case strings.Contains(words, "\n"):
		return plugins.Fit(fmt.Sprintf("%s:\n%s", strings.Join(whose, ", "), words))
	}
	return plugins.Fit(fmt.Sprintf("%s: %s", strings.Join(whose, ", "), words))
}

// maxName is how many characters of a name are shown.
const maxName = 60
