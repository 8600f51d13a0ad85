package daemon

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/botd-chat/botd/author/dev"
	"github.com/botd-chat/botd/bots"
	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/config"
	"github.com/botd-chat/botd/console"
	"github.com/botd-chat/botd/plugins"
)

// devSettings are the flags of botd dev.
type devSettings struct {
	demoSettings
	attach []string
	every  time.Duration // between looks at the files
}

func devCommand(p Process, known plugins.Registry) *cobra.Command {
	d := devSettings{every: 250 * time.Millisecond}
	c := &cobra.Command{
		Use: "dev [FOLDER|FILE]", Short: "Run a plugin in a pretend group, and again on each save", Args: cobra.MaximumNArgs(1),
		Long: `Runs the bots of a configuration, bots.yaml in this folder or the one that is named, as
botd demo does, and looks at the files beside it. When one is saved, what is made of Go
is built, programs are started anew, and the configuration is read again; what the
bots remember stays. What does not build, start or fit changes nothing, and is told.

Each event is told with what the plugin answered, who saw it and how long it took. What
happens can be typed, as transcripts have it:

  > answers {"user": "carol", "answer": "B"}     a webhook, or a schedule without payload
  > carol: answers {"answer": "B"}               with its sender
  > carol: /extend 30                            what carol typed
  > carol says thirty                            the same without a slash
  use oncall                                     which bot it is, where there are several

With --attach a bot's events go to a process that runs already, under a debugger
perhaps: it has no time limit.`,
		Example: "  botd dev\n  botd dev quiz\n  botd dev --attach quiz=http://127.0.0.1:7001",
		RunE: func(c *cobra.Command, args []string) (err error) {
			path := "."
			if len(args) == 1 {
				path = args[0]
			}
			if d.config, err = configIn(path); err != nil {
				return err
			}
			return d.run(c.Context(), p, known)
		},
	}
	c.Flags().StringVar(&d.data, "data", "", "a folder that keeps the store and the secrets; a temporary one when absent")
	c.Flags().StringArrayVar(&d.attach, "attach", nil, "BOT=URL: a bot whose plugin runs already, and where; may be given several times")
	return c
}

// configIn is a file that is named, or bots.yaml in a folder.
func configIn(path string) (string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return "", usage("there is no configuration: %w", err)
	}
	if !info.IsDir() {
		return path, nil
	}
	file := filepath.Join(path, "bots.yaml")
	if !exists(file) {
		return "", usage("there is no bots.yaml in %s; name a folder that has one, or write one with botd plugin new", path)
	}
	return file, nil
}

// workshop is a botd dev that runs.
type workshop struct {
	devSettings
	*demo
	process Process
	known   plugins.Registry
	tell    *dev.Teller
	bot     chat.BotName // whom the lines that are typed are for
}

func (d devSettings) run(ctx context.Context, p Process, known plugins.Registry) (err error) {
	w := &workshop{devSettings: d, process: p, known: known, tell: &dev.Teller{W: p.Stdout}}
	w.reread, w.adapt = true, w.attached
	data, cleanup, err := demoFolder(d.data)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, cleanup()) }()
	files := dev.NewWatcher(filepath.Dir(w.devSettings.config)) // before anything is made of them
	if err := w.build(ctx, nil); err != nil {
		return err
	}
	if w.demo, err = w.start(ctx, p, known, w.log(), data); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.close()) }()
	if err := w.fit(ctx, w.now()); err != nil {
		return err
	}
	w.bot, w.ended, w.fits = w.demo.config.Bots[0].Name, w.tellEnd(ctx), w.fit
	w.welcome()
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		files.Watch(ctx, w.every, func(names []string) { w.saved(ctx, names) })
	}()
	go w.read(ctx, p.Stdin) // ends with what it reads, which nothing can cut short
	err = w.serve(ctx)
	stop()
	<-watched
	return err
}

func (w *workshop) welcome() {
	page, admin := "http://"+w.simAddr.Addr().String(), "http://"+w.admin.Addr().String()
	w.tell.Say(`botd dev: nothing leaves this machine. Ctrl-C ends it.

  what each member sees   %s
  webhooks go to          http://%s/hooks/...
  so that other verbs ask this botd:
    export BOTD_ADMIN=%s BOTD_ADMIN_TOKEN_FILE=%s BOTD_CONFIG=%s
%s
Type what happens, as in: > %s`, page, w.public.Addr(), admin, tokenFile(w.system.now().config), w.devSettings.config, w.people(), w.example())
}

// people lists who is in the groups of the bot.
func (w *workshop) people() string {
	var b strings.Builder
	for _, g := range w.sim.Groups() {
		if !w.system.bot(w.bot).In(chat.GroupID(g.ID)) {
			continue
		}
		fmt.Fprintf(&b, "  in %s:", g.ID)
		for _, m := range g.Members {
			b.WriteString(" " + m.ID)
			if m.Role != "" && m.Role != "Member" {
				b.WriteString(" (" + strings.ToLower(m.Role) + ")")
			}
		}
		b.WriteString("\n")
	}
	return b.String()
}

// example is a line that can be typed.
func (w *workshop) example() string {
	for _, t := range w.system.bot(w.bot).Triggers {
		if t.Kind == chat.Webhook {
			return string(t.Name) + ` {"user": "carol"}`
		}
	}
	return string(w.system.bot(w.bot).Triggers[0].Name)
}

// read has happen what is typed.
func (w *workshop) read(ctx context.Context, r io.Reader) {
	for lines := bufio.NewScanner(r); lines.Scan() && ctx.Err() == nil; {
		if text := strings.TrimSpace(lines.Text()); text != "" {
			if err := w.happen(ctx, text); err != nil {
				w.tell.Say("%v", err)
			}
		}
	}
}

func (w *workshop) happen(ctx context.Context, text string) error {
	if name, ok := strings.CutPrefix(text, "use "); ok {
		if w.system.bot(chat.BotName(name)) == nil {
			return w.noBot(chat.BotName(name))
		}
		w.bot = chat.BotName(name)
		return nil
	}
	l, err := dev.ParseLine(text)
	if err != nil {
		return err
	}
	if l.Trigger == "" {
		t := w.typedBy()
		if t.Kind != chat.Typed {
			w.tell.Say("  no trigger of bot %s has text: beside sender:, so this comes by %q here, and by none outside of botd dev", w.bot, t.Name)
		}
		l.Trigger = t.Name
	}
	e := console.ByHand{Trigger: l.Trigger, Payload: l.Payload, Sender: l.Sender, Text: l.Text}
	_, err = operator{w.system}.Make(ctx, w.bot, e, true, chat.By{Who: "botd dev"})
	return err
}

// typedBy is the trigger that typed text comes by: one that has text, or else the first
// that is no schedule, or the first.
func (w *workshop) typedBy() (first bots.Trigger) {
	all := w.system.bot(w.bot).Triggers
	for _, kind := range []chat.Kind{chat.Typed, chat.Webhook} {
		if i := slices.IndexFunc(all, func(t bots.Trigger) bool { return t.Kind == kind }); i >= 0 {
			return all[i]
		}
	}
	return all[0]
}

// tellEnd tells each event, and who saw what came of it once that is known.
func (w *workshop) tellEnd(ctx context.Context) func(chat.EventRecord, chat.EventEnd, time.Duration) {
	return func(e chat.EventRecord, end chat.EventEnd, took time.Duration) {
		w.tell.Say("%s", dev.Ran{Event: e, End: end, Took: took}.Came())
		said := slices.Concat(w.acknowledged(e), end.Drafts, end.Messages, end.Notices) // as they are stored
		if len(said) == 0 {
			return
		}
		go func() {
			if w.settled(ctx, e.ID) != nil {
				return // it is being stopped
			}
			if h, err := w.store.History(ctx, e.ID); err == nil {
				w.tell.Say("%s   (%s)", dev.Seen(h.Messages, said), e.ID)
			}
		}()
	}
}

// acknowledged is what botd itself has told the sender of an event, before the plugin
// saw it.
func (w *workshop) acknowledged(e chat.EventRecord) []chat.Message {
	h, b := heardIn(e), w.system.bot(e.Bot)
	if h == nil || !h.Acknowledged || b == nil {
		return nil
	}
	for _, t := range b.Triggers {
		if t.Name == e.Trigger && t.Hears != nil {
			return chat.Users(e.Sender).Say("%s", t.Hears.Received)
		}
	}
	return nil
}

// attached has the events of bots go to processes that run already.
func (d *devSettings) attached(c *config.Config) error {
	for _, text := range d.attach {
		name, url, ok := strings.Cut(text, "=")
		if !ok || !strings.HasPrefix(url, "http://") {
			return usage("--attach %q: write BOT=URL, such as quiz=http://127.0.0.1:7001", text)
		}
		b, err := botIn(c, name)
		if err != nil {
			return usage("--attach %s: %w", text, err)
		}
		b.Placement, b.Plugin = config.Placement{URL: url, Attached: true}, ""
	}
	return nil
}
