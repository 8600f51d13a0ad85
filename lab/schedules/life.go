package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"time"

	"github.com/botd-chat/botd/audience"
	"github.com/botd-chat/botd/bots"
	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/delivery"
	"github.com/botd-chat/botd/im"
	"github.com/botd-chat/botd/internal/wire"
	"github.com/botd-chat/botd/store"
	"github.com/botd-chat/botd/webhooks"
)

// life is botd from a start to its end: all of the line, wired as the daemon
// wires it, over a store that lies on the run's disk.
type life struct {
	clock *clock
	bug   bug

	wire      *wire.Wire
	store     *store.Store
	client    *im.Client
	directory *audience.Directory
	bots      bots.Bots
	receiver  *webhooks.Receiver
	cancel    context.CancelFunc
	working   sync.WaitGroup
	dead      atomic.Bool
}

// token is what senders prove themselves with.
const token = "a-token-of-the-laboratory"

// start brings botd to life.
func start(ctx context.Context, p plan, w *world, d *disk, c *clock, b bug) (*life, error) {
	l := &life{clock: c, bug: b, wire: wire.New(w.sim.Handler())}
	if err := l.assemble(ctx, p, w, d); err != nil {
		return nil, errors.Join(err, l.close())
	}
	ctx, l.cancel = context.WithCancel(context.WithoutCancel(ctx))
	gate := delivery.NewGate(c, nil)
	l.working.Go(func() { _ = l.dispatcher(gate).Run(ctx) })
	l.working.Go(func() { _ = l.worker(p, gate).Run(ctx) })
	return l, nil
}

func (l *life) assemble(ctx context.Context, p plan, w *world, d *disk) (err error) {
	if l.store, err = store.Open(ctx, store.Options{URL: d.url(), Clock: l.clock.Now}); err != nil {
		return err
	}
	key, err := im.NewSecretKey(secretKey)
	if err != nil {
		return err
	}
	l.client, err = im.New(im.Config{
		SDKAppID: appID, Administrator: "administrator", Key: key, BaseURL: "http://127.0.0.1:1", Dial: l.wire.Dial,
		Limits: l.bug.limits(im.Limits{PerAPI: float64(p.limits.app), PerGroup: float64(p.limits.group)}), Now: l.clock.Now,
	})
	if err != nil {
		return err
	}
	l.directory = audience.NewDirectory(source{l.client}, l.clock)
	if err := l.makeBots(p, w); err != nil {
		return err
	}
	return l.makeReceiver()
}

func (l *life) makeBots(p plan, w *world) error {
	var groups []chat.GroupID
	for _, g := range p.groups {
		groups = append(groups, chat.GroupID(g.ID))
	}
	var all []*bots.Bot
	for _, name := range []chat.BotName{herald, usher} {
		bot, err := bots.New(bots.Spec{
			Name: name, App: app, Account: chat.UserID(name), Groups: groups, Audience: ceilings[name],
			Limits: bots.Limits{Recipients: 100, RoleMaxAge: p.roleMaxAge()}, Unknown: p.unknown, Plugin: newPlugin(w),
			Triggers: []bots.Trigger{{Name: "orders", Kind: chat.Webhook, Group: "payload.group", Sender: "payload.user"}},
		})
		if err != nil {
			return err
		}
		all = append(all, bot)
	}
	return l.bots.Replace(all)
}

func (l *life) makeReceiver() (err error) {
	var hooks []webhooks.Hook
	for _, name := range []chat.BotName{herald, usher} {
		hook, err := webhooks.NewHook(string(name), "bearer", webhooks.Settings{Secrets: []string{token}},
			func(ctx context.Context, in webhooks.Received) ([]chat.Receipt, error) {
				a, err := l.bots.Bot(name).Arrival("orders", in.Body, in.Deliveries[0].ID, time.Time{})
				if err != nil {
					return nil, err
				}
				r, err := l.bug.accept(l.store)(ctx, a)
				return []chat.Receipt{r}, err
			})
		if err != nil {
			return err
		}
		hooks = append(hooks, hook)
	}
	l.receiver, err = webhooks.New(hooks, webhooks.Options{Now: l.clock.Now})
	return err
}

func (l *life) dispatcher(gate *delivery.Gate) *bots.Dispatcher {
	directory := membership{l.directory, gate, l.clock}
	return bots.NewDispatcher(bots.Options{
		Store: l.bug.answers(l.store), Bots: l.bots.Bot, Wake: l.store.EventsReady(), Clock: l.clock,
		Directory: func(chat.AppName) bots.Directory { return directory },
	})
}

func (l *life) worker(p plan, gate *delivery.Gate) *delivery.Worker {
	a := &delivery.App{Client: l.bug.client(l.client, l.directory), Directory: l.bug.directory(l.directory, l.clock),
		PerSecond: p.limits.app, GroupPerSecond: p.limits.group}
	return delivery.New(delivery.Options{
		Gate: gate, Store: l.bug.store(l.store), Wake: l.store.MessagesReady(), Clock: l.clock,
		Apps: func(chat.AppName) *delivery.App { return a },
		Bots: func(name chat.BotName) *delivery.Bot {
			b := l.bots.Bot(name)
			return &delivery.Bot{App: b.App, Account: b.Account, Groups: b.Groups, Audience: b.Audience, Recipients: b.Limits.Recipients, RoleMaxAge: b.Limits.RoleMaxAge, Unknown: b.Unknown}
		},
	})
}

// post is a sender's request. It is acknowledged only if botd lived long enough
// to say so.
func (l *life) post(o order) (receipt chat.Receipt, acknowledged bool, err error) {
	body, err := json.Marshal(o)
	if err != nil {
		return receipt, false, err
	}
	req := httptest.NewRequest(http.MethodPost, "/hooks/"+string(o.Bot), bytes.NewReader(body))
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Idempotency-Key", fmt.Sprintf("order-%d", o.N))
	answer := httptest.NewRecorder()
	l.receiver.ServeHTTP(answer, req)
	if l.dead.Load() || answer.Code == http.StatusServiceUnavailable {
		return receipt, false, nil
	}
	if answer.Code != http.StatusAccepted {
		return receipt, false, fmt.Errorf("order %d was answered with %d: %s", o.N, answer.Code, answer.Body)
	}
	return receipt, true, json.Unmarshal(answer.Body.Bytes(), &receipt)
}

// die is the end of the process, as far as others can see: nobody hears from it
// any more. What still runs of it works on a file that nobody reads again.
func (l *life) die() {
	if !l.dead.Swap(true) {
		l.wire.Cut()
	}
}

// end waits until nothing of it runs any more.
func (l *life) end() error {
	l.receiver.Stop()
	l.cancel()
	l.working.Wait()
	return l.close()
}

func (l *life) close() error {
	if l.client != nil {
		l.client.Close()
	}
	l.wire.End()
	if l.store == nil {
		return nil
	}
	return l.store.Close()
}

// source asks the client as the directory wants it.
type source struct{ *im.Client }

func (s source) Group(ctx context.Context, g chat.GroupID) (audience.Group, error) {
	info, err := s.Client.Group(ctx, g)
	return audience.Group{Type: info.Type, Owner: info.Owner, Members: info.Members}, err
}

// membership asks the directory as the dispatcher wants it.
type membership struct {
	directory *audience.Directory
	gate      *delivery.Gate
	clock     *clock
}

func (m membership) Read(ctx context.Context, id chat.GroupID, maxAge time.Duration, facts ...chat.Fact) (read chat.Membership, err error) {
	err = m.gate.Through(app, func() (asked bool, err error) {
		began := m.clock.Now()
		read, err = m.directory.Read(ctx, id, maxAge, facts...)
		return !read.ReadAt.Before(began), err
	})
	var refused *im.Error
	if errors.Is(err, audience.ErrUntargetable) || errors.As(err, &refused) && refused.Class == im.Permanent {
		return read, fmt.Errorf("%w: %w", bots.ErrNoGroup, err)
	}
	return read, err
}
