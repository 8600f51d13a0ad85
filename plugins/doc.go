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
// variables and the mistake is the author's. Most handlers are a [Mux]. This is a
// whole plugin:
//
//	type Options struct {
//		Most int           `json:"most" min:"1" max:"90" about:"Days that nobody is asked about."`
//		Tell chat.Audience `json:"tell" required:"true" about:"Who hears of it."`
//	}
//
//	func (o *Options) Defaults() { o.Most, o.Tell = 7, chat.Admins }
//
//	type extension struct {
//		Days int    `json:"days" min:"1" max:"90"`
//		Why  string `json:"why"`
//	}
//
//	var sure = plugins.NewStep[extension]("sure")
//
//	var Plugin = plugins.Define("homework", "1.0.0", func(o Options) (plugins.Handler, error) {
//		extend := func(_ context.Context, e chat.Event, x extension) ([]chat.Message, error) {
//			return o.Tell.Say("%s has %d days more.", e.Sender.ID, x.Days), nil
//		}
//		m := plugins.NewMux()
//		plugins.Command(m, "/extend <days> [why...]", func(ctx context.Context, e chat.Event, x extension) ([]chat.Message, error) {
//			if x.Days > o.Most {
//				return sure.Ask(e, x, "%d days is long. Sure?", x.Days), nil
//			}
//			return extend(ctx, e, x)
//		}).About("Asks for more days.")
//		plugins.OnStep(m, sure, func(ctx context.Context, e chat.Event, x extension) ([]chat.Message, error) {
//			if e.Text != "yes" {
//				return chat.Sender.Say("Then not."), nil
//			}
//			return extend(ctx, e, x)
//		})
//		return m, nil
//	})
//
// # What makes events
//
// What a plugin is told comes to its [Mux] by what it is, and each function gets what
// it is about in a struct:
//
//   - a trigger, which the operator named: a webhook or a schedule. [On] reads its payload.
//   - a member who writes a command: [Command] reads its words. Misuse is told to whoever
//     wrote it, and so is /help, made of the commands that they may use.
//   - a member who answers a question: [Step], of the plugin's to that member alone, or to
//     a role. It is kept as data, so it survives a restart.
//   - a [Timer] that the plugin set.
//   - a [Report] on a message of the plugin's: sent, or given up.
//
// Whoever the event came of is its Sender, a member as of now, with a role. What members
// write comes by a trigger with a text: in bots.yaml.
//
// # What a plugin answers
//
// Audiences are values of package chat: chat.Admins.Say("…") is a list of one message;
// lists are joined by append, and what holds for all of one is put around it, such as
// chat.Urgent and chat.Expire. An audience that names nobody is an error and never
// everybody, and all are cut down by what the operator lets the bot reach. Text that comes
// from outside is made harmless by [OneLine] and [Lines], and made to fit by [Fit].
//
// What a plugin remembers is in the event's State, for the group, and Session, for the
// sender there, under a typed chat.Key. An error made by [Permanent] is final; after every
// other one the event comes again.
//
// # Options
//
// Options are decoded strictly into the struct of [Define], which also makes their JSON
// Schema, the page of the reference and the mistakes that operators are told: by their
// tags (min, max, enum, required, about), by types such as [Duration] and [Secret], and
// by a method Validate() error for everything else. Payloads and the words of commands
// have the same tags.
//
// # Where it runs
//
// That is the operator's to say, and the plugin's code is the same: in botd, whose plugins
// stand in one visible list, a [Registry]; in a process of its own; or as a program or a
// service, which [Main] and [Serve] make of it. The folders below this one are the plugins
// that come with botd, and plugintest plays transcripts against any of them.
package plugins
