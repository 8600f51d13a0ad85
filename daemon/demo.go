package daemon

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/jonboulle/clockwork"
	"github.com/spf13/cobra"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/config"
	"github.com/botd-chat/botd/im/simulator"
	"github.com/botd-chat/botd/plugins"
	"github.com/botd-chat/botd/webhooks"
)

// demoSettings are the flags of botd demo.
type demoSettings struct {
	config, data string
	once, json   bool

	adapt  func(*config.Config) error // what else is done to what was read; nil: nothing
	reread bool                       // a reload is possible
}

func demoCommand(p Process, known plugins.Registry) *cobra.Command {
	var d demoSettings
	c := &cobra.Command{
		Use: "demo", Short: "Show it: botd, a simulated chat service, and a page with one column per member", Args: cobra.NoArgs,
		Long: `Runs botd with a configuration, and puts a simulator of the chat service, a fresh
store and secrets of its own in place of apps, store and secrets. Nothing leaves the
machine and no account is needed. The page shows, live, what each member sees.
A configuration of your own needs no apps and no secrets; groups that the
simulator does not know get the members of the class room.

With --once it posts the sample events itself, waits until all is delivered, prints
who saw what, and exits 0 only if exactly the right people saw it.`,
		Example: "  botd demo\n  botd demo --once\n  botd demo --config my-bots.yaml\n  botd demo --data /tmp/botd-demo",
		RunE: func(c *cobra.Command, _ []string) error {
			if d.json && !d.once {
				return usage("--json prints what --once finds; add --once")
			}
			return d.run(c.Context(), p, known)
		},
	}
	c.Flags().StringVar(&d.config, "config", "", "the configuration; when absent "+defaultConfig+", or the sample that is built in")
	c.Flags().StringVar(&d.data, "data", "", "a folder that keeps the store and the secrets; a temporary one when absent")
	c.Flags().BoolVar(&d.once, "once", false, "post the sample events, print who saw what, and end")
	c.Flags().BoolVar(&d.json, "json", false, "with --once: print JSON")
	return c
}

// demo is a running demo.
type demo struct {
	*system
	sim     *simulator.Simulator
	simAddr net.Listener
	config  *config.Config
	data    string
	files   map[string]string // secret → the file it lies in
	heard   chat.AppName      // the application that the simulator is
}

func (d demoSettings) run(ctx context.Context, p Process, known plugins.Registry) (err error) {
	log, err := d.log(p)
	if err != nil {
		return err
	}
	data, cleanup, err := demoFolder(d.data)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, cleanup()) }()
	show, err := d.start(ctx, p, known, log, data)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, show.close()) }()

	ctx, stop := context.WithCancel(ctx)
	defer stop()
	ended := make(chan error, 1)
	go func() { ended <- show.serve(ctx) }()
	if d.once {
		err = show.once(ctx, p.Stdout, d.json)
		if err != nil && ctx.Err() != nil {
			err = ctx.Err() // whatever it could not do any more
		}
		stop()
		return errors.Join(err, <-ended)
	}
	if err := show.welcome(p.Stdout); err != nil {
		return err
	}
	return <-ended
}

// log is quiet with --once, whose output is the table.
func (d demoSettings) log(p Process) (*slog.Logger, error) {
	getenv := func(name string) string {
		if v := p.Getenv(name); v != "" || name != "BOTD_LOG_LEVEL" || !d.once {
			return v
		}
		return "error"
	}
	return newLog(p.Stderr, getenv)
}

// demoFolder is where the demo keeps its store: the folder asked for, or one
// that is removed in the end.
func demoFolder(asked string) (path string, cleanup func() error, err error) {
	if asked == "" {
		path, err = os.MkdirTemp("", "botd-demo-")
		return path, func() error { return os.RemoveAll(path) }, err
	}
	path, err = filepath.Abs(asked)
	if err == nil {
		err = os.MkdirAll(path, 0o700)
	}
	return path, func() error { return nil }, err
}

// start puts everything together, listening and not yet working.
func (d demoSettings) start(ctx context.Context, p Process, known plugins.Registry, log *slog.Logger, data string) (*demo, error) {
	key := randomHex(32)
	sim, err := newWorld(key, clockwork.NewRealClock(), log)
	if err != nil {
		return nil, err
	}
	show := &demo{sim: sim, data: data, files: map[string]string{}}
	if show.simAddr, err = listenNear(ctx, "127.0.0.1:8082", d.once); err != nil {
		return nil, err
	}
	if show.config, err = d.load(p, known, show, key); err != nil {
		return nil, errors.Join(err, show.simAddr.Close())
	}
	if err := admit(sim, show.config); err != nil {
		return nil, errors.Join(err, show.simAddr.Close())
	}
	for _, address := range []*string{&show.config.Listen.Public, &show.config.Listen.Admin} {
		if *address, err = freeNear(ctx, *address, d.once); err != nil {
			return nil, errors.Join(err, show.simAddr.Close())
		}
	}
	again := func(running *config.Config) (*config.Config, error) { return d.again(p, known, show, key, running) }
	if show.system, err = assemble(ctx, show.config, again, known, log, clockwork.NewRealClock()); err != nil {
		return nil, errors.Join(err, show.simAddr.Close())
	}
	if err := show.ring(); err != nil {
		return nil, errors.Join(err, show.close(), show.simAddr.Close())
	}
	return show, nil
}

// again reads the configuration once more, for a demo that runs.
func (d demoSettings) again(p Process, known plugins.Registry, show *demo, key string, running *config.Config) (*config.Config, error) {
	if !d.reread {
		return nil, errors.New("the demo goes on as it began; stop it and start it again")
	}
	c, err := d.load(p, known, show, key)
	if err != nil {
		return nil, err
	}
	c.Listen = running.Listen // which are free addresses, whatever the file says
	return c, admit(show.sim, c)
}

// load reads the configuration as it is, but for apps, store and secrets.
func (d demoSettings) load(p Process, known plugins.Registry, show *demo, key string) (*config.Config, error) {
	o := configOptions(p, known)
	var unheard error
	o.Apps = func(name chat.AppName) config.App {
		heard, err := show.callbacks(name)
		unheard = errors.Join(unheard, err)
		return config.App{Name: name, SDKAppID: demoApp, Administrator: demoAdministrator, SecretKey: config.NewSecret(key), Callbacks: heard,
			BaseURL: "http://" + show.simAddr.Addr().String(), CallsPerSecond: 200, GroupMessagesPerSecond: 40}
	}
	o.Store = &config.Store{SQLite: filepath.Join(show.data, "botd.db")}
	path := d.config
	o.ReadSecret = func(ref config.SecretRef) (config.Secret, error) {
		if ref.Use == config.PluginKey { // its plugin has the same
			return readGiven(p, filepath.Dir(path), ref)
		}
		if ref.Use == config.PluginSecret { // what it is for is real, if it is there
			if s, err := readGiven(p, filepath.Dir(path), ref); err == nil && !s.IsZero() {
				return s, nil
			}
		}
		return show.secret(ref)
	}
	if path == "" && !exists(defaultConfig) {
		c, err := sampleConfig(known, o, show.data)
		return c, errors.Join(err, unheard)
	}
	if path == "" {
		path = defaultConfig
	}
	c, err := load(path, o)
	if err == nil && d.adapt != nil {
		err = d.adapt(c)
	}
	return c, errors.Join(err, unheard)
}

// sampleConfig is the sample that is built in, if this program has its plugins. The
// calendar that it has beside it is put into the folder.
func sampleConfig(known plugins.Registry, o config.Options, folder string) (*config.Config, error) {
	if err := os.WriteFile(filepath.Join(folder, config.SampleCalendar), config.SampleDates, 0o600); err != nil {
		return nil, err
	}
	all := o
	all.Plugins, all.Plugin, all.Trigger = nil, nil, nil
	c, err := config.Parse(filepath.Join(folder, "the built-in sample"), config.Sample, all)
	if err != nil {
		return nil, coded{err, exitConfig}
	}
	var lacking []string
	for _, b := range c.Bots {
		if !slices.Contains(known.Names(), b.Plugin) && !slices.Contains(lacking, b.Plugin) {
			lacking = append(lacking, b.Plugin)
		}
	}
	if len(lacking) > 0 {
		return nil, usage("the built-in sample needs plugins that this program does not have (%s); show a configuration of your own: demo --config FILE", strings.Join(lacking, ", "))
	}
	return c, nil
}

// secret makes a secret under the demo's folder, by the name that the
// configuration uses, or finds it there when the folder is used again.
func (d *demo) secret(ref config.SecretRef) (config.Secret, error) {
	path := secretPath(d.data, ref.File+ref.Env)
	fresh := func() string { return randomHex(32) }
	if ref.Use == config.SigningKey || ref.Use == config.EndpointSecret {
		fresh = webhooks.NewSecret
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return config.Secret{}, err
	}
	if err := keepSecret(path, fresh); err != nil {
		return config.Secret{}, err
	}
	text, err := readSecret(path)
	d.files[text] = path
	return config.NewSecret(text), err
}

// secretPath keeps a demo secret inside the demo's folder, wherever the
// configuration says it lies.
func secretPath(data, name string) string {
	return filepath.Join(data, "secrets", strings.ReplaceAll(filepath.ToSlash(strings.TrimPrefix(name, "secrets/")), "/", "_"))
}

// freeNear is the address if nobody listens there, and any free one else, so
// that the demo runs beside whatever runs already.
func freeNear(ctx context.Context, address string, anyPort bool) (string, error) {
	l, err := listenNear(ctx, address, anyPort)
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

func listenNear(ctx context.Context, address string, anyPort bool) (net.Listener, error) {
	var c net.ListenConfig
	if !anyPort {
		if l, err := c.Listen(ctx, "tcp", address); err == nil {
			return l, nil
		}
	}
	l, err := c.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("finding a free address: %w", err)
	}
	return l, nil
}

// serve runs the simulator and botd until ctx ends; botd goes first, because it
// finishes what is in flight.
func (d *demo) serve(ctx context.Context) error {
	// botd itself logs that it stops.
	return runParts(ctx, slog.New(slog.DiscardHandler),
		part{"botd", d.run},
		part{"simulator", func(ctx context.Context) error { return serveSimulator(ctx, d.simAddr, d.sim) }},
	)
}

// self is how the one who reads the demo's output can call this program.
func self() string {
	if exe, err := os.Executable(); err == nil && !strings.Contains(exe, "go-build") {
		return exe
	}
	info, ok := debug.ReadBuildInfo()
	switch {
	case exists("cmd/botd"):
		return "go run ./cmd/botd"
	case ok && strings.Contains(info.Path, "/"):
		return "go run " + info.Path
	}
	return "go run ."
}

func (d *demo) welcome(w io.Writer) error {
	public, admin := "http://"+d.public.Addr().String(), "http://"+d.admin.Addr().String()
	_, err := fmt.Fprintf(w, `
botd demo: nothing leaves this machine, and no account is needed.

  what each member sees   http://%s
  webhooks go to          %s/hooks/...
  admin API, metrics      %s   (token in %s)
  everything is kept in   %s
  bots                    %s

%sPaste these into another terminal, in this folder, and watch the page:

  # So that the verbs of botd ask this one
  export BOTD_ADMIN=%s BOTD_ADMIN_TOKEN_FILE=%s

%s  # What became of each of them, up to the attempts to deliver it
  %s events list

Ctrl-C ends it.
`, d.simAddr.Addr(), public, admin, tokenFile(d.config), d.data, d.config.File, d.typed(), admin, tokenFile(d.config), d.lines(self(), public, admin), self())
	return err
}
