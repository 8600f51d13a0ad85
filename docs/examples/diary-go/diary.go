// Package diary is a plugin for botd: what is posted is for the admins, and who is
// silent is asked.
package diary

import (
	"context"
	"errors"
	"slices"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/plugins"
)

// Options is what an operator can set, under options: in bots.yaml.
type Options struct {
	Tell chat.Audience `json:"tell" about:"Who sees what is posted."`
}

// Defaults fills what the operator leaves out.
func (o *Options) Defaults() { o.Tell = chat.Admins }

// post is what is posted; what else is in it is passed over.
type post struct {
	Text string `json:"text"`
}

// Validate is asked before the plugin sees a post.
func (p post) Validate() error {
	if p.Text == "" {
		return errors.New("text: is missing")
	}
	return nil
}

// done is who posted since the last evening.
const done = chat.Key[[]chat.UserID]("done")

// Plugin is what botd is given.
var Plugin = plugins.Define("diary", "1.0.0", func(o Options) (plugins.Handler, error) {
	m := plugins.NewMux()
	plugins.On(m, "posted", o.posted)
	m.On("evening", o.evening)
	return m, nil
})

func (o Options) posted(_ context.Context, e chat.Event, p post) ([]chat.Message, error) {
	if e.Sender == nil {
		return nil, plugins.Permanent(errors.New("whose post is it? give the trigger a sender: in bots.yaml"))
	}
	user := e.Sender.ID
	if names := done.Get(e.State); !slices.Contains(names, user) {
		done.Set(e.State, append(names, user))
	}
	return slices.Concat(
		o.Tell.Say("%s: %s (%d so far)", user, p.Text, len(done.Get(e.State))),
		chat.Sender.Say("Thank you, it has arrived."),
	), nil
}

func (o Options) evening(_ context.Context, e chat.Event) ([]chat.Message, error) {
	silent := chat.Everyone.But(done.Get(e.State)...)
	done.Delete(e.State)
	return silent.Say("Nothing from you today?"), nil
}
