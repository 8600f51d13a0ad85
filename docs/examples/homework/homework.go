// Package homework is the plugin that docs/write-a-plugin.md builds.
//
// A course system posts what is handed in. The teachers see it, the pupil gets
// a private "got it", and in the evening whoever has handed in nothing yet is
// reminded, seen by nobody else.
package homework

import (
	"context"
	"errors"
	"slices"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/plugins"
)

// Options is what an operator can set, under options: in bots.yaml.
type Options struct {
	Teachers chat.Audience `json:"teachers"` // who hears of each piece; the admins
	Reminder string        `json:"reminder"` // what is said in the evening
}

// Defaults fills what the operator leaves out.
func (o *Options) Defaults() {
	o.Teachers = chat.Admins
	o.Reminder = "Your homework is still missing. It is due tomorrow at eight."
}

// Validate is asked when the configuration is read, so that a mistake shows
// before the first event and not in it.
func (o Options) Validate() error {
	if o.Reminder == "" {
		return errors.New("reminder: is empty; say what to remind of")
	}
	return o.Teachers.Validate()
}

// piece is what the course system posts. It may post more; we read this.
type piece struct {
	Title string `json:"title"`
}

// Validate is asked before submitted is called.
func (p piece) Validate() error {
	if p.Title == "" {
		return errors.New("title: is missing")
	}
	return nil
}

// done is who has handed in since the last reminder.
const done = chat.Key[[]chat.UserID]("done")

// Plugin is what botd is given.
var Plugin = plugins.Define("homework", "1.0.0", func(o Options) (plugins.Handler, error) {
	m := plugins.NewMux()
	plugins.On(m, "submitted", o.submitted)
	m.On("evening", o.evening)
	return m, nil
})

// submitted tells the teachers, and the pupil alone that it arrived.
func (o Options) submitted(_ context.Context, e chat.Event, p piece) ([]chat.Message, error) {
	if e.Sender == nil {
		return nil, plugins.Permanent(errors.New("whose homework is it? give the trigger a sender: in bots.yaml"))
	}
	pupil := e.Sender.ID
	if names := done.Get(e.State); !slices.Contains(names, pupil) {
		done.Set(e.State, append(names, pupil))
	}
	return slices.Concat(
		o.Teachers.Say("%s handed in %s.", pupil, p.Title),
		chat.Sender.Say("Got it: %s.", p.Title),
	), nil
}

// evening reminds the others, and begins anew.
func (o Options) evening(_ context.Context, e chat.Event) ([]chat.Message, error) {
	pupils := chat.Audience{Roles: []chat.Role{chat.Normal}}
	late := pupils.But(done.Get(e.State)...)
	done.Delete(e.State)
	return late.Say("%s", o.Reminder), nil
}
