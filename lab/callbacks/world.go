package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/botd-chat/botd/im/simulator"
	"github.com/botd-chat/botd/lab/rig"
)

const (
	token = "a-callback-token-for-the-laboratory-only"
	// sweep is how often botd looks through the history, the shortest that it takes.
	sweep = 10 * time.Second
)

// world is a service with its members, and a botd that is killed and started again.
type world struct {
	service  *rig.Service
	botd     *rig.Botd
	typists  []string
	groups   []string
	endpoint string       // where callbacks go
	asked    atomic.Int64 // how many verdicts were asked for, beside the service

	mu     sync.Mutex
	lives  []life
	slowed int // how often its disk was slow
	deaths []time.Time
}

// life is from when on a botd was ready and nothing kept it from its work, and until
// when; zero while it is.
type life struct{ from, to time.Time }

// newWorld makes a world whose botd is not started yet. The plugin says what a bot's
// configuration says of it.
func newWorld(p plan, name, plugin string) (*world, error) {
	w := &world{}
	for n := range p.typists {
		w.typists = append(w.typists, fmt.Sprintf("typist%d", n))
	}
	for n := range p.groups {
		w.groups = append(w.groups, rig.GroupID(n))
	}
	folder := filepath.Join(p.folder, name)
	if err := os.Mkdir(folder, 0o700); err != nil {
		return nil, err
	}
	var err error
	if w.service, err = rig.NewFastService(p.groups, p.seed, w.typists...); err != nil {
		return nil, err
	}
	w.botd, err = rig.Configure(p.binary, folder, map[string]string{"callback.token": token}, func(l rig.Listen) string {
		w.endpoint = "http://" + l.Public + "/callbacks/tencent"
		return w.configuration(filepath.Join(folder, "botd.db"), plugin, l)
	})
	if err == nil {
		err = w.service.SetCallbacks(simulator.Callbacks{URL: w.endpoint, Token: token})
	}
	if err != nil {
		w.service.Close()
		return nil, err
	}
	return w, nil
}

func (w *world) configuration(store, plugin string, l rig.Listen) string {
	groups := make([]string, len(w.groups))
	for n, g := range w.groups {
		groups[n] = fmt.Sprintf("%q", g)
	}
	return fmt.Sprintf(`
apps:
  main:
%s
    calls_per_second: 10000
    group_messages_per_second: 1000
    callbacks: {token_file: callback.token, sweep: %s}
store: sqlite:%s
%s
bots:
  lab:
    account: %s
    groups: [%s]
    on:
      typed: {message: {command: answer, roles: [member]}, hold: true}
    audience: {roles: [owner, admin], sender: true}
    limits: {typed_per_minute: 60000}
%s
`, w.service.App(), sweep, store, l.YAML(), rig.Account, strings.Join(groups, ", "), plugin)
}

// rules tell owner and admins what was typed, and nobody else.
const rules = `
    rules:
      - on: typed
        to: {roles: [owner, admin]}
        say: "` + prefix + `{{ text }}"`

// prefix is how the bot's words begin.
const prefix = "typed: "

// start starts botd, and notes since when it lives.
func (w *world) start(ctx context.Context) error {
	if err := w.botd.Start(ctx); err != nil {
		return err
	}
	w.live()
	return nil
}

func (w *world) live() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.lives = append(w.lives, life{from: time.Now()})
}

// rest ends a life.
func (w *world) rest() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.lives[len(w.lives)-1].to = time.Now()
}

// alive is for how long of a time there was a botd that was ready.
func (w *world) alive(from, to time.Time) (d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, l := range w.lives {
		begin, end := l.from, to
		if begin.Before(from) {
			begin = from
		}
		if !l.to.IsZero() && l.to.Before(end) {
			end = l.to
		}
		d += max(end.Sub(begin), 0)
	}
	return d
}

func (w *world) close() {
	w.botd.Kill()
	w.service.Close()
}
