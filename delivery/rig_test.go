package delivery_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jonboulle/clockwork"
	"go.uber.org/goleak"

	"github.com/botd-chat/botd/audience"
	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/delivery"
	"github.com/botd-chat/botd/im"
	"github.com/botd-chat/botd/im/simulator"
	"github.com/botd-chat/botd/internal/moves"
	"github.com/botd-chat/botd/store"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	app   chat.AppName = "main"
	quiz  chat.BotName = "quiz"
	appID              = 1400001001
	key                = "5bd2850fff3ecb11d7c805251c51ee463a25727bddc2385f3fa8bfee1bb93b5e"
	class chat.GroupID = "@TGS#2QUIZROOM1"
)

// tb is what a rig needs of a test, also of one by rapid.
type tb interface {
	Helper()
	Fatalf(string, ...any)
	Errorf(string, ...any)
}

// rig is the whole way of a message on real parts: a store on disk, the client
// over loopback, and the simulator at its most dangerous, all on one clock that
// moves only when there is something to wait for.
type rig struct {
	t         tb
	clock     *clockwork.FakeClock
	sim       *simulator.Simulator
	server    *httptest.Server
	client    *im.Client
	directory *audience.Directory
	path      string
	store     *store.Store
	worker    *delivery.Worker
	bots      map[chat.BotName]*delivery.Bot
	keys      int
	closers   []func()
}

// newRig has a class room of alice who owns it, bob who is an admin, and carol
// and dave, with a bot that may reach everybody.
func newRig(t *testing.T) *rig {
	t.Helper()
	r := buildRig(t, t.TempDir())
	t.Cleanup(r.close)
	r.group(class, "Public", "alice Owner", "bob Admin", "carol", "dave")
	return r
}

func buildRig(t tb, dir string) *rig {
	t.Helper()
	clock := clockwork.NewFakeClockAt(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
	sim, err := simulator.New(simulator.Options{SDKAppID: appID, SecretKey: key, Clock: clock, Seed: 7})
	must(t, err)
	server := httptest.NewServer(sim.Handler())
	secret, err := im.NewSecretKey(key)
	must(t, err)
	client, err := im.New(im.Config{
		SDKAppID: appID, Administrator: "administrator", Key: secret, BaseURL: server.URL, Now: clock.Now,
		Limits: im.Limits{PerAPI: 1e6, PerGroup: 1e6},
	})
	must(t, err)
	r := &rig{
		t: t, clock: clock, sim: sim, server: server, client: client, path: filepath.Join(dir, "botd.db"),
		directory: audience.NewDirectory(source{client}, clock),
		bots: map[chat.BotName]*delivery.Bot{quiz: {
			App: app, Account: "quizbot", Groups: []chat.GroupID{class}, Audience: chat.Audience{Everyone: true}, Recipients: 50,
			RoleMaxAge: audience.DefaultMaxAge,
		}},
	}
	must(t, sim.AddAccount("quizbot"))
	r.open()
	must(t, moves.Watch(context.Background(), r.path))
	return r
}

// source asks the client as the directory wants it.
type source struct{ *im.Client }

func (s source) Group(ctx context.Context, g chat.GroupID) (audience.Group, error) {
	info, err := s.Client.Group(ctx, g)
	return audience.Group{Type: info.Type, Owner: info.Owner, Members: info.Members}, err
}

// open starts botd on the store, as after a restart.
func (r *rig) open() {
	r.t.Helper()
	s, err := store.Open(context.Background(), store.Options{URL: "sqlite:" + r.path, Clock: r.clock.Now})
	must(r.t, err)
	r.store = s
	r.worker = r.newWorker(s)
}

func (r *rig) newWorker(s delivery.Store) *delivery.Worker {
	a := &delivery.App{Client: r.client, Directory: r.directory}
	return delivery.New(delivery.Options{
		Store: s, Clock: r.clock,
		Bots: func(name chat.BotName) *delivery.Bot { return r.bots[name] },
		Apps: func(name chat.AppName) *delivery.App {
			if name != app {
				return nil
			}
			return a
		},
	})
}

// reopen ends the process without a goodbye and starts it anew.
func (r *rig) reopen() {
	r.t.Helper()
	must(r.t, r.store.Close())
	r.open()
}

func (r *rig) close() {
	if err := moves.Check(context.Background(), r.path); err != nil {
		r.t.Errorf("%v", err)
	}
	_ = r.store.Close()
	r.client.Close()
	r.sim.Close()
	r.server.Close()
	for _, f := range r.closers {
		f()
	}
}

// group makes a group of members, each "name" or "name Role".
func (r *rig) group(id chat.GroupID, kind string, members ...string) {
	r.t.Helper()
	g := simulator.Group{ID: string(id), Type: kind, Name: "Class"}
	for _, m := range members {
		name, role, _ := strings.Cut(m, " ")
		g.Members = append(g.Members, simulator.Member{ID: name, Role: role})
	}
	must(r.t, r.sim.AddGroup(g))
	if b := r.bots[quiz]; !slices.Contains(b.Groups, id) {
		b.Groups = append(b.Groups, id)
	}
}

// say queues messages as the answer to one event, and returns its id.
func (r *rig) say(group chat.GroupID, sender chat.UserID, messages ...chat.Message) chat.EventID {
	r.t.Helper()
	return r.handle(group, sender, chat.EventEnd{Messages: messages})
}

// handle has an event handled, which ends so.
func (r *rig) handle(group chat.GroupID, sender chat.UserID, end chat.EventEnd) chat.EventID {
	r.t.Helper()
	ctx := context.Background()
	r.keys++
	receipt, err := r.store.Accept(ctx, chat.Arrival{
		Key: fmt.Sprint("test/", r.keys), App: app, Bot: quiz, Trigger: "answers", Kind: chat.Webhook,
		Groups: []chat.GroupID{group}, Sender: sender, Payload: json.RawMessage(`{}`),
	})
	must(r.t, err)
	work, _, err := r.store.TakeEvents(ctx, 1, time.Minute)
	must(r.t, err)
	if len(work) != 1 || work[0].Event.ID != receipt.Events[0] {
		r.t.Fatalf("took %v, want event %v", work, receipt.Events)
	}
	end.Lease, end.Event, end.Status, end.Outcome = work[0].Lease, work[0].Event.ID, chat.Done, chat.Handled
	must(r.t, r.store.EndEvent(ctx, end))
	return receipt.Events[0]
}

// step does what is due, once, and reports how much that was and when the
// next is due.
func (r *rig) step() (n int, next time.Time) {
	r.t.Helper()
	work, next, err := r.worker.Take(context.Background(), 100)
	must(r.t, err)
	var wg sync.WaitGroup
	for _, x := range work {
		wg.Go(func() { r.worker.Work(context.Background(), x) })
	}
	r.whileWaiting(&wg)
	return len(work), next
}

// whileWaiting lets time pass for those who wait for their place, until all
// are done.
func (r *rig) whileWaiting(wg *sync.WaitGroup) {
	ctx, done := context.WithCancel(context.Background())
	go func() { wg.Wait(); done() }()
	for r.clock.BlockUntilContext(ctx, 1) == nil {
		r.clock.Advance(5 * time.Millisecond)
	}
}

// settle works until nothing is left to do, or nothing for so long.
func (r *rig) settle(patience time.Duration) {
	r.t.Helper()
	end := r.clock.Now().Add(patience)
	for {
		n, next := r.step()
		if n > 0 {
			continue
		}
		if next.IsZero() || next.After(end) {
			return
		}
		r.clock.Advance(max(next.Sub(r.clock.Now()), time.Microsecond))
	}
}

// unplug makes the service unreachable; plug undoes it.
func (r *rig) unplug() (plug func()) {
	address := r.server.Listener.Addr().String()
	r.server.Close()
	return func() {
		r.t.Helper()
		l, err := net.Listen("tcp", address)
		must(r.t, err)
		r.server = httptest.NewUnstartedServer(r.sim.Handler())
		must(r.t, r.server.Listener.Close())
		r.server.Listener = l
		r.server.Start()
	}
}

// fault makes the next n calls of an API meet trouble.
func (r *rig) fault(f simulator.Fault) {
	r.t.Helper()
	must(r.t, r.sim.Inject(f))
}

const send = "send_group_msg"

// hide keeps targeted messages out of the groups' histories, as the service may.
func (r *rig) hide() {
	r.t.Helper()
	must(r.t, r.sim.SetModes(simulator.Modes{TargetedHistory: "hidden"}))
}

// sees is every text that a member received, in order; a broadcast fails the test.
func (r *rig) sees(user string) []string {
	r.t.Helper()
	box, err := r.sim.Inbox(user)
	must(r.t, err)
	var texts []string
	for _, m := range box.Messages {
		if m.Reason != simulator.Targeted {
			r.t.Errorf("%s received %q, which was broadcast", user, m.Text)
		}
		texts = append(texts, m.Text)
	}
	return texts
}

// want checks what each of these members saw; the others of the class nothing.
func (r *rig) want(saw map[string][]string) {
	r.t.Helper()
	for _, user := range []string{"alice", "bob", "carol", "dave"} {
		if got := r.sees(user); !slices.Equal(got, saw[user]) {
			r.t.Errorf("%s saw %q, want %q", user, got, saw[user])
		}
	}
}

// message is the history of the only message of an event.
func (r *rig) message(e chat.EventID) chat.MessageHistory {
	r.t.Helper()
	h, err := r.store.History(context.Background(), e)
	must(r.t, err)
	if len(h.Messages) != 1 {
		r.t.Fatalf("event %s has %d messages", e, len(h.Messages))
	}
	return h.Messages[0]
}

// ended checks how the only message of an event ended, and returns it.
func (r *rig) ended(e chat.EventID, status chat.Status, outcome chat.Outcome) chat.MessageHistory {
	r.t.Helper()
	m := r.message(e)
	if m.Status != status || m.Outcome != outcome {
		r.t.Errorf("message %s is %s, %s (%s); want %s, %s", m.ID, m.Status, m.Outcome, m.Reason, status, outcome)
	}
	return m
}

// calls are the calls of send_group_msg that reached the service.
func (r *rig) calls() []simulator.Call {
	return slices.DeleteFunc(r.sim.Calls(), func(c simulator.Call) bool { return c.API != send })
}

// randoms lists those of the attempts of a delivery.
func randoms(d chat.DeliveryHistory) []uint32 {
	var all []uint32
	for _, a := range d.Tries {
		all = append(all, a.Random)
	}
	return all
}

func must(t tb, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("%v", err)
	}
}
