package daemon

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/jonboulle/clockwork"

	"github.com/botd-chat/botd/audience"
	"github.com/botd-chat/botd/bots"
	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/config"
	"github.com/botd-chat/botd/console"
	"github.com/botd-chat/botd/delivery"
	"github.com/botd-chat/botd/im"
	"github.com/botd-chat/botd/plugins"
	"github.com/botd-chat/botd/receipts"
	"github.com/botd-chat/botd/schedules"
	"github.com/botd-chat/botd/store"
	"github.com/botd-chat/botd/webhooks"
)

// system is one botd, wired and not yet running.
type system struct {
	log        *slog.Logger
	clock      clockwork.Clock
	metrics    *metrics
	store      *store.Store
	bots       *bots.Bots
	apps       map[chat.AppName]*application
	dispatcher *bots.Dispatcher
	delivery   *delivery.Worker
	sealer     *receipts.Sealer
	schedules  *schedules.Runner
	alarm      bots.Alarm
	triggers   map[chat.BotName][]chat.TriggerName // those with a schedule
	receiver   *webhooks.Receiver
	storeFile  string
	retention  config.Retention
	console    http.Handler
	token      string // of the admin listener

	public, admin net.Listener
}

// application is one SDKAppID: how to call the service, and who is in its groups.
type application struct {
	client    *im.Client
	directory *audience.Directory
	delivery  delivery.App
}

// assemble makes a system of a configuration and opens its store and its
// listeners. Close it in the end.
func assemble(ctx context.Context, c *config.Config, known plugins.Registry, log *slog.Logger, clock clockwork.Clock) (s *system, err error) {
	s = &system{log: log, clock: clock, metrics: newMetrics(), bots: &bots.Bots{}, storeFile: c.Store.SQLite, retention: c.Retention}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.close())
		}
	}()
	if s.store, err = store.Open(ctx, store.Options{URL: "sqlite:" + c.Store.SQLite, Clock: clock.Now, Log: log}); err != nil {
		return s, err
	}
	if s.token, err = adminToken(c); err != nil {
		return s, err
	}
	if s.apps, err = s.makeApps(c, clock); err != nil {
		return s, err
	}
	if err = s.makeBots(c, known); err != nil {
		return s, err
	}
	s.makeWorkers(clock)
	s.makeAlarm()
	if err = s.makeSchedules(c, clock); err != nil {
		return s, err
	}
	hooks, err := s.makeHooks(c)
	if err != nil {
		return s, err
	}
	s.receiver, err = webhooks.New(hooks, webhooks.Options{Log: log, Now: clock.Now, Answered: s.metrics.answered})
	if err != nil {
		return s, err
	}
	s.metrics.watch(s.store, log)
	s.metrics.registry.MustRegister(pauses{s.store, log}, unsealed{s.store, clock.Now, log})
	s.console = console.New(console.Options{
		Backend: backend{s}, Operator: operator{s}, Upkeep: keeper{s, &sync.Mutex{}}, Receipts: auditor{s}, Metrics: s.metrics.handler(), Token: s.token, Hosts: adminHosts(c.Listen.Admin), Version: versionText(), Log: log,
	})
	return s, s.listen(ctx, c.Listen)
}

func (s *system) makeApps(c *config.Config, clock clockwork.Clock) (map[chat.AppName]*application, error) {
	apps := map[chat.AppName]*application{}
	for _, a := range c.Apps {
		key, err := im.NewSecretKey(a.SecretKey.Reveal())
		if err != nil {
			return nil, fmt.Errorf("app %q: %w", a.Name, err)
		}
		client, err := im.New(im.Config{
			SDKAppID: uint64(a.SDKAppID), Administrator: a.Administrator, Key: key,
			Region: a.Region, BaseURL: a.BaseURL, BackupURL: a.BackupURL,
			Limits: im.Limits{PerAPI: float64(a.CallsPerSecond), PerGroup: float64(a.GroupMessagesPerSecond)},
			Now:    clock.Now, Observe: s.metrics.called,
		})
		if err != nil {
			return nil, fmt.Errorf("app %q: %w", a.Name, err)
		}
		directory := audience.NewDirectory(source{client}, clock)
		apps[a.Name] = &application{client: client, directory: directory, delivery: delivery.App{
			Client: client, Directory: directory, PerSecond: a.CallsPerSecond, GroupPerSecond: a.GroupMessagesPerSecond,
		}}
	}
	return apps, nil
}

func (s *system) makeBots(c *config.Config, known plugins.Registry) error {
	var all []*bots.Bot
	for _, b := range c.Bots {
		plugin, err := known.Find(b.Plugin)
		if err != nil {
			return fmt.Errorf("bot %q: %w", b.Name, err)
		}
		spec := bots.Spec{
			Name: b.Name, App: b.App, Account: b.Account, Groups: b.Groups, Audience: b.Audience,
			Limits: bots.Limits(b.Limits), Push: b.Push, Unknown: b.Unknown, Newcomers: b.Newcomers, Surge: b.Surge, Plugin: plugin, Options: b.Options,
		}
		for _, t := range b.Triggers {
			spec.Triggers = append(spec.Triggers, bots.Trigger{Name: t.Name, Kind: t.Kind(), Group: t.Group, Sender: t.Sender})
		}
		bot, err := bots.New(spec)
		if err != nil {
			return err
		}
		all = append(all, bot)
	}
	return s.bots.Replace(all)
}

// inFlight is how long runs of plugins and attempts may go on after a stop.
const inFlight = 8 * time.Second

func (s *system) makeWorkers(clock clockwork.Clock) {
	gate := delivery.NewGate(clock, s.log)
	s.sealer = receipts.New(receipts.Options{Store: sealing{s.store}, Clock: clock, Log: s.log, Sealed: s.metrics.sealedSome})
	s.dispatcher = bots.NewDispatcher(bots.Options{
		Store: s.store, Bots: s.bots.Bot, Wake: s.store.EventsReady(), Clock: clock, Log: s.log, Grace: inFlight,
		Directory: func(name chat.AppName) bots.Directory {
			if app := s.apps[name]; app != nil {
				return membership{app.directory, name, gate, clock}
			}
			return nil
		},
		Observe: bots.Observer{Event: s.metrics.ended, Plugin: s.metrics.ran, Abandoned: s.metrics.abandoned},
	})
	s.delivery = delivery.New(delivery.Options{
		Gate: gate, Store: s.store, Wake: s.store.MessagesReady(), Clock: clock, Log: s.log, Grace: inFlight,
		Bots: func(name chat.BotName) *delivery.Bot {
			b := s.bots.Bot(name)
			if b == nil {
				return nil
			}
			return &delivery.Bot{App: b.App, Account: b.Account, Groups: b.Groups, Audience: b.Audience,
				Recipients: b.Limits.Recipients, RoleMaxAge: b.Limits.RoleMaxAge, Push: b.Push, Unknown: b.Unknown,
				Newcomers: b.Newcomers, Surge: b.Surge, SurgeFactor: b.Limits.SurgeFactor}
		},
		Apps: func(name chat.AppName) *delivery.App {
			if app := s.apps[name]; app != nil {
				return &app.delivery
			}
			return nil
		},
		Observe: delivery.Observer{Delivery: s.metrics.delivered, Message: s.metrics.left, Waits: s.metrics.waited},
	})
	s.store.HandOn(s.dispatcher.Hands(), bots.Lease, s.delivery.Hands(), delivery.Lease)
}

func (s *system) listen(ctx context.Context, l config.Listen) (err error) {
	if s.public, err = webhooks.Listen(ctx, l.Public, 0); err != nil {
		return fmt.Errorf("%w; set listen.public to an address that is free", err)
	}
	if s.admin, err = (&net.ListenConfig{}).Listen(ctx, "tcp", l.Admin); err != nil {
		return fmt.Errorf("listening for the admin API: %w; set listen.admin to an address that is free", err)
	}
	return nil
}

// adminHosts is the host that the admin listener was given, as a name by which
// it may be called.
func adminHosts(address string) []string {
	host, _, err := net.SplitHostPort(address)
	if err != nil || host == "" {
		return nil
	}
	return []string{host}
}

// close lets go of what assemble opened.
func (s *system) close() error {
	var errs []error
	for _, l := range []net.Listener{s.public, s.admin} {
		if l != nil {
			if err := l.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
				errs = append(errs, err)
			}
		}
	}
	for _, app := range s.apps {
		app.client.Close()
	}
	if s.store != nil {
		errs = append(errs, s.store.Close())
	}
	return errors.Join(errs...)
}

// run works until ctx ends, then finishes what is in flight, intake first.
func (s *system) run(ctx context.Context) error {
	public := webhooks.Server(s.receiver, s.log)
	return runParts(ctx, s.log,
		part{"webhooks", func(ctx context.Context) error {
			context.AfterFunc(ctx, s.receiver.Stop)
			return serveHTTP(ctx, public, s.public)
		}},
		part{"schedules", func(ctx context.Context) error {
			s.schedules.Run(ctx)
			return nil
		}},
		part{"timers", s.alarm.Run},
		part{"bots", s.dispatcher.Run},
		part{"delivery", s.delivery.Run},
		part{"receipts", s.sealer.Run},
		part{"cleaning", s.clean},
		part{"store", func(ctx context.Context) error {
			select {
			case <-s.store.Refused(): // what is on disk is found out by a new start alone
				return s.store.Refusal()
			case <-ctx.Done():
				return nil
			}
		}},
		part{"admin", func(ctx context.Context) error {
			return serveHTTP(ctx, &http.Server{Handler: s.console, ReadHeaderTimeout: 5 * time.Second, MaxHeaderBytes: 16 << 10}, s.admin)
		}},
	)
}
