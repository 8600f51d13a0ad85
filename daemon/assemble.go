package daemon

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jonboulle/clockwork"

	"github.com/botd-chat/botd/bots"
	"github.com/botd-chat/botd/callbacks"
	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/config"
	"github.com/botd-chat/botd/console"
	"github.com/botd-chat/botd/delivery"
	"github.com/botd-chat/botd/docs/reference"
	"github.com/botd-chat/botd/leaks"
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
	dispatcher *bots.Dispatcher
	delivery   *delivery.Worker
	sealer     *receipts.Sealer
	schedules  *schedules.Scheduler
	watch      *schedules.Watch
	alarm      bots.Alarm
	receiver   *webhooks.Receiver
	callbacks  *callbacks.Receiver
	leaks      *leaks.Watch
	gate       *delivery.Gate
	rates      rates
	plugins    presences
	hearsay    hearsay
	began      time.Time
	stale      chan struct{} // says that a group may have changed of which a verdict needs the members
	storeFile  string
	console    http.Handler

	public, admin net.Listener

	hangup    <-chan os.Signal // asks for a reload; nil never does
	known     plugins.Registry
	read      reading
	setup     atomic.Pointer[setup]
	reloading chan struct{} // held by whoever reloads, or ends it all
	closed    bool
	leaving   sync.WaitGroup // handlers that are not closed yet

	fits  func(context.Context, *setup) error                  // is asked whether a reload can take effect; nil: it can
	ended func(chat.EventRecord, chat.EventEnd, time.Duration) // is told what came of events; nil: nobody
}

// assemble makes a system of a configuration and opens its store and its
// listeners; read is for reading that again. Close it in the end.
func assemble(ctx context.Context, c *config.Config, read reading, known plugins.Registry, log *slog.Logger, clock clockwork.Clock) (s *system, err error) {
	s = &system{log: log, clock: clock, began: clock.Now(), metrics: newMetrics(), storeFile: c.Store.SQLite, known: known, read: read, reloading: make(chan struct{}, 1), stale: make(chan struct{}, 1)}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.close())
		}
	}()
	if s.store, err = store.Open(ctx, store.Options{URL: "sqlite:" + c.Store.SQLite, Clock: clock.Now, Log: log}); err != nil {
		return s, err
	}
	first, err := s.makeSetup(ctx, c, nil)
	if err != nil {
		return s, err
	}
	s.setup.Store(first)
	s.makeWorkers(clock)
	s.makeAlarm()
	s.makeClock()
	if _, err = s.store.SyncSchedules(ctx, first.specs); err != nil {
		return s, err
	}
	s.receiver, err = webhooks.New(first.hooks, webhooks.Options{
		Log: log, Now: clock.Now, Answered: s.metrics.answered, OpenAPI: reference.Public, Access: accessOf(c.Listen)})
	if err != nil {
		return s, err
	}
	if err = s.makeCallbacks(first); err != nil {
		return s, err
	}
	s.metrics.watch(s.store, s.watch, log)
	s.metrics.started(clock.Now())
	s.metrics.registry.MustRegister(pluginsUp{s}, pauses{s.store, log}, unsealed{s.store, clock.Now, log})
	s.console = console.New(console.Options{
		Backend: backend{s}, Operator: operator{s}, Upkeep: keeper{s, &sync.Mutex{}}, Receipts: auditor{s}, Reloader: reloader{s},
		Metrics: s.metrics.handler(), Token: func() string { return s.now().token }, Hosts: adminHosts(c.Listen.Admin), Version: versionText(), OpenAPI: reference.Admin, Log: log,
	})
	return s, s.listen(ctx, c.Listen)
}

// makeCallbacks makes what is told by the chat service, and what watches for what it
// showed.
func (s *system) makeCallbacks(first *setup) (err error) {
	s.leaks = leaks.New(leaks.Options{
		Store: s.store, Clock: s.clock, Log: s.log, Grace: inFlight, Observe: s.metrics.callbacks.leaky(),
		Client: func(name chat.AppName) leaks.Client {
			if app := s.app(name); app != nil {
				return app.client
			}
			return nil
		},
	})
	s.leaks.Swap(s.watched(first))
	s.callbacks, err = callbacks.New(first.desks, first.rules, callbacks.Options{
		Sink: sink{s}, Roles: s.rolesOf, Log: s.log, Now: s.clock.Now, Observe: s.overhearing(), Access: accessOf(first.config.Listen), NotFound: s.receiver,
	})
	return err
}

// inFlight is how long runs of plugins and attempts may go on after a stop.
const inFlight = 8 * time.Second

func (s *system) makeWorkers(clock clockwork.Clock) {
	s.gate = delivery.NewGate(clock, s.log)
	s.sealer = receipts.New(receipts.Options{Store: sealing{s.store}, Clock: clock, Log: s.log, Sealed: s.metrics.sealedSome})
	s.dispatcher = bots.NewDispatcher(bots.Options{
		Store: s.store, Bots: s.bot, Wake: s.store.EventsReady(), Clock: clock, Log: s.log, Grace: inFlight, Lease: s.now().lease(),
		Directory: func(name chat.AppName) bots.Directory {
			if s.app(name) == nil {
				return nil
			}
			return s.readings(name)
		},
		Observe: bots.Observer{Event: s.metrics.ended, Ended: s.tellEnded, Run: s.metrics.plugins.ran, Limit: s.metrics.plugins.hit},
	})
	s.delivery = delivery.New(delivery.Options{
		Gate: s.gate, Store: s.store, Wake: s.store.MessagesReady(), Clock: clock, Log: s.log, Grace: inFlight,
		Bots: func(name chat.BotName) *delivery.Bot {
			b := s.bot(name)
			if b == nil {
				return nil
			}
			return &delivery.Bot{App: b.App, Account: b.Account, Groups: b.Groups, Audience: b.Audience,
				Recipients: b.Limits.Recipients, RoleMaxAge: b.Limits.RoleMaxAge, Push: b.Push, Unknown: b.Unknown,
				Newcomers: b.Newcomers, Surge: b.Surge, SurgeFactor: b.Limits.SurgeFactor}
		},
		Apps: func(name chat.AppName) *delivery.App {
			if app := s.app(name); app != nil {
				return &app.delivery
			}
			return nil
		},
		Observe: delivery.Observer{Delivery: s.metrics.delivered, Message: s.metrics.left, Waits: s.metrics.waited,
			Crowd: func(name chat.BotName) {
				if b := s.bot(name); b != nil {
					s.metrics.plugins.hit(name, b.Plugin.Name(), bots.LimitRecipients)
				}
			}},
	})
	s.store.HandOn(s.dispatcher.Hands(), s.dispatcher.Lease, s.delivery.Hands(), delivery.Lease)
}

func (s *system) listen(ctx context.Context, l config.Listen) (err error) {
	if s.public, err = webhooks.Listen(ctx, l.Public, 0, s.near, s.log); err != nil {
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
	errs = append(errs, s.letAllGo())
	if s.store != nil {
		errs = append(errs, s.store.Close())
	}
	return errors.Join(errs...)
}

// run works until ctx ends, then finishes what is in flight, intake first.
func (s *system) run(ctx context.Context) error {
	return runParts(ctx, s.log,
		part{"reloading", func(ctx context.Context) error { return s.reloadOn(ctx, s.hangup) }},
		part{"webhooks", s.servePublic},
		part{"schedules", s.schedules.Run},
		part{"lateness", s.watch.Run},
		part{"timers", s.alarm.Run},
		part{"reviews", s.lapses().Run},
		part{"readings", s.keepWarm},
		part{"leaks", s.leaks.Run},
		part{"plugins", s.watchPlugins},
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

// lapses end drafts that nobody released in time.
func (s *system) lapses() bots.Lapses {
	return bots.Lapses{Store: s.store, Bots: s.bot, Clock: s.clock, Log: s.log, Ended: func(d chat.Drafts) {
		for range d.Messages {
			s.metrics.left(d.Bot, chat.Lapsed)
		}
	}}
}

// tellEnded tells whoever wants to know what came of an event.
func (s *system) tellEnded(e chat.EventRecord, end chat.EventEnd, took time.Duration) {
	if s.ended != nil {
		s.ended(e, end, took)
	}
}
