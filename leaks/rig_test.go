package leaks_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/im"
	"github.com/botd-chat/botd/im/simulator"
	"github.com/botd-chat/botd/internal/wire"
	"github.com/botd-chat/botd/leaks"
	"github.com/botd-chat/botd/store"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	app   = chat.AppName("main")
	class = "@TGS#2CLASSROOM"
	appID = 1400001001
	key   = "f1e2d3c4b5a697887766554433221100ffeeddccbbaa99887766554433221100"
)

// tb is a test or a run of rapid.
type tb interface {
	Helper()
	Errorf(string, ...any)
	Fatalf(string, ...any)
	Logf(string, ...any)
}

func must(t tb, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("%v", err)
	}
}

// rig is a watch over a real store, and the simulator in memory. It lives in a bubble.
type rig struct {
	t      tb
	sim    *simulator.Simulator
	wire   *wire.Wire
	client *im.Client
	path   string
	store  *store.Store
	watch  *leaks.Watch
	stop   func()

	groups []string // that are watched
	every  time.Duration

	mu       sync.Mutex
	log      bytes.Buffer
	unsure   error // what the judge answers, if anything
	judged   int
	found    []chat.Finder
	visible  []time.Duration
	stuck    int
	storeErr func(what string) error // nil: the store does what it is asked to
	lens     func(group chat.GroupID, newest uint32, list []im.HistoryMessage) []im.HistoryMessage
	all      bool // is to be held, whatever it says
}

// lens is the real client over a service that is behind: what it shows of a history can be
// less than there is, which the simulator never does.
type lens struct {
	*im.Client
	r *rig
}

func (l lens) History(ctx context.Context, g chat.GroupID, newest uint32, n int) ([]im.HistoryMessage, bool, error) {
	list, more, err := l.Client.History(ctx, g, newest, n)
	l.r.mu.Lock()
	see := l.r.lens
	l.r.mu.Unlock()
	if see != nil && err == nil {
		list = see(g, newest, list)
	}
	return list, more, err
}

// through has the watch see histories through a function; nil: as they are.
func (r *rig) through(see func(group chat.GroupID, newest uint32, list []im.HistoryMessage) []im.HistoryMessage) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.lens = see
}

// inBubble runs a test in a bubble of its own, with a rig that watches the class.
func inBubble(t *testing.T, name string, f func(r *rig)) {
	t.Helper()
	t.Run(name, func(t *testing.T) {
		dir := t.TempDir()
		synctest.Test(t, func(t *testing.T) {
			r := newRig(t, filepath.Join(dir, "botd.db"), simulator.Modes{})
			defer r.close()
			f(r)
		})
	})
}

func newRig(t tb, path string, modes simulator.Modes) *rig {
	t.Helper()
	sim, err := simulator.New(simulator.Options{
		SDKAppID: appID, SecretKey: key, Seed: 7, Modes: modes, Limits: simulator.Limits{GroupMessagesPerSecond: -1},
	})
	must(t, err)
	must(t, sim.AddAccount("quizbot"))
	secret, err := im.NewSecretKey(key)
	must(t, err)
	w := wire.New(sim.Handler())
	client, err := im.New(im.Config{
		SDKAppID: appID, Administrator: "administrator", Key: secret, BaseURL: "http://127.0.0.1:1", Dial: w.Dial,
	})
	must(t, err)
	r := &rig{t: t, sim: sim, wire: w, client: client, path: path, groups: []string{class}, every: time.Minute}
	r.group(class)
	return r
}

// group makes a group of alice who owns it, bob who is an admin, and carol and dave.
func (r *rig) group(id string) {
	r.t.Helper()
	must(r.t, r.sim.AddGroup(simulator.Group{ID: id, Type: "Public", Members: []simulator.Member{
		{ID: "alice", Role: simulator.Owner}, {ID: "bob", Role: simulator.Admin}, {ID: "carol"}, {ID: "dave"},
	}}))
}

// begin is a start of botd, which watches by then.
func (r *rig) begin() {
	r.t.Helper()
	s, err := store.Open(context.Background(), store.Options{URL: "sqlite:" + r.path, Clock: time.Now})
	must(r.t, err)
	r.store = s
	watch := leaks.New(leaks.Options{
		Store: faulty{s, r}, Client: func(chat.AppName) leaks.Client { return r.client },
		Log: slog.New(slog.NewTextHandler(r, nil)), Grace: time.Second,
		Observe: leaks.Observer{Found: r.sawFound, Recalled: r.sawRecalled, NotRecalled: r.sawStuck},
	})
	r.mu.Lock()
	r.watch = watch
	r.mu.Unlock()
	r.swap()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- r.watch.Run(ctx) }()
	r.stop = func() {
		cancel()
		must(r.t, <-done)
		must(r.t, s.Close())
		r.stop = nil
	}
}

// now is the watch of who is not the test itself, such as a timer, while botd is started
// and stopped.
func (r *rig) now() *leaks.Watch {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.watch
}

func (r *rig) swap() {
	var list []leaks.Watched
	for _, g := range r.groups {
		list = append(list, leaks.Watched{App: app, Group: chat.GroupID(g), Every: r.every, Client: lens{r.client, r}, Judge: r.judge(chat.GroupID(g))})
	}
	r.watch.Swap(list)
}

// start begins and has the class looked through for the first time.
func (r *rig) start() {
	r.begin()
	r.pass(time.Second)
}

func (r *rig) close() {
	if r.stop != nil {
		r.stop()
	}
	r.client.Close()
	r.sim.Close()
	r.wire.End()
	if said := r.said(); strings.Contains(said, "secret") {
		r.t.Errorf("the log shows what was written:\n%s", said)
	}
}

// pass lets time pass, and what happens in it.
func (r *rig) pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// write lets somebody write, and returns the number of it.
func (r *rig) write(group, user, text string) uint32 {
	r.t.Helper()
	told, err := r.sim.Say(simulator.Utterance{Group: group, From: user, Text: text})
	must(r.t, err)
	return told.Seq
}

// answer is a message that is to be held, and tells what the service tells of it.
func (r *rig) answer(text string) uint32 {
	r.t.Helper()
	return r.write(class, "carol", "/answer secret "+text)
}

// held is the text of what is to be held.
func held(text string) bool { return strings.HasPrefix(text, "/answer") }

// judge holds what a rule for /answer would have.
func (r *rig) judge(g chat.GroupID) func(context.Context, im.HistoryMessage) (bool, []chat.Arrival, error) {
	return func(_ context.Context, m im.HistoryMessage) (bool, []chat.Arrival, error) {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.judged++
		if r.unsure != nil || !r.all && !held(m.Text) || m.From == "quizbot" {
			return false, nil, r.unsure
		}
		if len(m.Text) > 4096 { // no event can have it
			return true, nil, nil
		}
		return true, []chat.Arrival{{
			Key: fmt.Sprintf("callback/%s/%s/%d", g, m.From, m.Random), App: app, Bot: "quiz", Trigger: "typed", Kind: chat.Typed,
			Groups: []chat.GroupID{g}, Sender: m.From, Text: m.Text, Revive: true,
		}}, nil
	}
}

func (r *rig) doubt(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.unsure = err
}

func (r *rig) sawFound(_ chat.AppName, by chat.Finder) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.found = append(r.found, by)
}

func (r *rig) sawRecalled(_ chat.AppName, visible time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.visible = append(r.visible, visible)
}

func (r *rig) sawStuck(chat.AppName) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.stuck++
}

// Write takes what is logged.
func (r *rig) Write(b []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.log.Write(b)
}

func (r *rig) said() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.log.String()
}

// refuse has the store refuse what a function says; nil ends it.
func (r *rig) refuse(f func(what string) error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.storeErr = f
}

func (r *rig) refusal(what string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.storeErr == nil {
		return nil
	}
	return r.storeErr(what)
}

// faulty is the real store, which can be made to refuse.
type faulty struct {
	*store.Store
	r *rig
}

func (f faulty) Swept(ctx context.Context, a chat.AppName, g chat.GroupID) (uint32, bool, error) {
	if err := f.r.refusal("swept"); err != nil {
		return 0, false, err
	}
	return f.Store.Swept(ctx, a, g)
}

func (f faulty) WatchedSince(ctx context.Context, a chat.AppName, g chat.GroupID, since time.Time) (time.Time, error) {
	if err := f.r.refusal("watched since"); err != nil {
		return time.Time{}, err
	}
	return f.Store.WatchedSince(ctx, a, g, since)
}

func (f faulty) KeepSwept(ctx context.Context, a chat.AppName, g chat.GroupID, seq uint32) error {
	if err := f.r.refusal("keep swept"); err != nil {
		return err
	}
	return f.Store.KeepSwept(ctx, a, g, seq)
}

func (f faulty) ForgetSwept(ctx context.Context, watched func(chat.AppName, chat.GroupID) bool) (int, error) {
	if err := f.r.refusal("forget"); err != nil {
		return 0, err
	}
	return f.Store.ForgetSwept(ctx, watched)
}

func (f faulty) KeepLeak(ctx context.Context, l chat.Leak, list []chat.Arrival) (chat.Leak, bool, error) {
	if err := f.r.refusal("keep leak"); err != nil {
		return chat.Leak{}, false, err
	}
	return f.Store.KeepLeak(ctx, l, list)
}

func (f faulty) TakeLeaks(ctx context.Context, limit int, lease time.Duration) ([]chat.Leak, time.Time, error) {
	if err := f.r.refusal("take"); err != nil {
		return nil, time.Time{}, err
	}
	return f.Store.TakeLeaks(ctx, limit, lease)
}

func (f faulty) EndLeak(ctx context.Context, l chat.Leak, notice chat.Message) error {
	if err := f.r.refusal("end"); err != nil {
		return err
	}
	return f.Store.EndLeak(ctx, l, notice)
}

var errFull = errors.New("the disk is full")

// leaks are those in the store, the oldest first.
func (r *rig) leaks() []chat.Leak {
	r.t.Helper()
	var all []chat.Leak
	for q := (store.LeakQuery{Limit: 500}); ; {
		list, next, err := r.store.Leaks(context.Background(), q)
		must(r.t, err)
		all = append(all, list...)
		if q.After = next; next == 0 {
			break
		}
	}
	for i, j := 0, len(all)-1; i < j; i, j = i+1, j-1 {
		all[i], all[j] = all[j], all[i]
	}
	return all
}

// told is what botd tells by a leak's events, each text once for each event.
func (r *rig) told(l chat.Leak) (texts []string) {
	r.t.Helper()
	for _, e := range l.Events {
		h, err := r.store.History(context.Background(), e)
		must(r.t, err)
		for _, m := range h.Messages {
			if !reflect.DeepEqual(m.To, chat.Admins) || m.Message.Priority != chat.High {
				r.t.Errorf("%s is for %+v, of priority %q", m.ID, m.To, m.Message.Priority)
			}
			texts = append(texts, m.Message.Body()[0].Text.Text)
		}
	}
	return texts
}

// standing are the messages that are to be held and that all members can see.
func (r *rig) standing(since time.Time) (list []simulator.Message) {
	for _, m := range r.sim.Messages() {
		if held(m.Text) && m.Recalled.IsZero() && !m.Time.Before(since) && m.From != "quizbot" {
			list = append(list, m)
		}
	}
	return list
}
