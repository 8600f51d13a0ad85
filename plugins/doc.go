// Package plugins is what a plugin is written with.
//
// A plugin is a function from an event to messages ([Handler]). It answers and
// never sends: each message says whom it is for as a rule, and the host finds
// out who that is, checks it against what the bot may reach, and delivers.
// Everything a plugin may know stands in the event, the time and what it
// remembers about the group included, so the same event with the same state
// gives the same messages. Messages and state are stored together or, after an
// error, not at all; it is then safe to run the event again.
//
// [Define] makes a [Plugin] from a struct of options and a function that
// builds the handler; it panics on a mistake, since plugins are package
// variables and the mistake is the author's. Most handlers are a [Mux], which
// routes by the name of the trigger, and [On] routes with the payload read
// into a struct:
//
//	type Options struct {
//		Tell chat.Audience `json:"tell"`
//	}
//
//	func (o *Options) Defaults() { o.Tell = chat.Admins }
//
//	type answer struct {
//		User chat.UserID `json:"user"`
//		Text string      `json:"text"`
//	}
//
//	var Plugin = plugins.Define("answers", "1.0.0", func(o Options) (plugins.Handler, error) {
//		m := plugins.NewMux()
//		plugins.On(m, "answers", func(_ context.Context, _ chat.Event, a answer) ([]chat.Message, error) {
//			return o.Tell.Say("%s answered: %s", a.User, a.Text), nil
//		})
//		return m, nil
//	})
//
// A plugin that has something to do later asks for a [Timer], and gets it as
// another event.
//
// The host knows the plugins in one visible list, a [Registry]. The folders
// below this one are the plugins that come with botd, and plugintest plays
// transcripts against any of them.
package plugins
