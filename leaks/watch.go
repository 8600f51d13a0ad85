package leaks

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/jonboulle/clockwork"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/pump"
)

// Options are what a watch works with. Store is required.
type Options struct {
	Store Store
	// Client finds an application for taking something back in a group that is not
	// watched any more; nil, or a nil answer: there is none now, and it is tried again.
	Client  func(chat.AppName) Client
	Clock   clockwork.Clock // nil: the real one
	Log     *slog.Logger    // nil: nowhere
	Observe Observer
	Grace   time.Duration // how long looks and recalls may go on after a stop; zero: none
}

const (
	lookers  = 16 // groups that are looked through at the same time
	sweepers = 4  // of these, without a hint: so that one never waits for sweeps
	recalls  = 32 // leaks that are in work at the same time
	// poll is how long nothing is looked for at most; who has something to do says so.
	poll = 5 * time.Second
)

// Watch looks after groups. It is made by [New], and safe for concurrent use.
type Watch struct {
	Options
	wakeLook, wakeRecall, wakeForget chan struct{}

	mu       sync.Mutex
	groups   map[place]*group
	hinted   map[*group]struct{} // that have a hint
	next     time.Time           // no sweep is due before this
	sweeping int
}

type place struct {
	app   chat.AppName
	group chat.GroupID
}

// New returns a watch over no group. It looks at nothing until it is run.
func New(o Options) *Watch {
	if o.Clock == nil {
		o.Clock = clockwork.NewRealClock()
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Watch{
		Options: o, wakeLook: make(chan struct{}, 1), wakeRecall: make(chan struct{}, 1), wakeForget: make(chan struct{}, 1),
		groups: map[place]*group{}, hinted: map[*group]struct{}{},
	}
}

// Run looks after the groups until ctx ends, and then finishes what is begun. It is
// called once. The error is nil after an orderly end.
func (w *Watch) Run(ctx context.Context) error {
	looks := pump.Pump[look]{
		Take: w.due, Work: w.look, Wake: w.wakeLook, Workers: lookers, Poll: poll, Grace: w.Grace, Clock: w.Clock,
	}
	backs := pump.Pump[[]chat.Leak]{
		Take: w.takeLeaks, Work: w.takeBack, Wake: w.wakeRecall, Workers: recalls, Poll: poll, Grace: w.Grace, Clock: w.Clock,
		Failed: func(err error) { w.Log.Error("leaks cannot be taken from the store", "error", err) },
	}
	var looking error
	var others sync.WaitGroup
	others.Go(func() { looking = looks.Run(ctx) })
	others.Go(func() { w.forget(ctx) })
	recalling := backs.Run(ctx)
	others.Wait()
	w.keepMarks(context.WithoutCancel(ctx))
	return errors.Join(looking, recalling)
}

// Swap watches these groups from now on, and no others. A group that was not watched
// before is looked through soon, and one that was goes on where it is.
//
// Of a group that was not watched before, also in the last life of botd, only what was
// written since is judged: when the rest was written, nothing was to be held there. That
// a group has other rules than before is not seen here. What was written in it since it
// was looked through, some moments or at most Every, goes by the new ones.
func (w *Watch) Swap(list []Watched) {
	now := w.Clock.Now()
	w.mu.Lock()
	defer w.mu.Unlock()
	groups := make(map[place]*group, len(list))
	for _, x := range list {
		if x.Every <= 0 {
			x.Every = DefaultEvery
		}
		at := place{x.App, x.Group}
		g := w.groups[at]
		if g == nil {
			g = &group{since: now, due: now.Add(spread(x.Every, len(list)))}
		}
		g.Watched = x
		groups[at] = g
	}
	for at, g := range w.groups {
		if groups[at] == nil {
			g.gone = true
			delete(w.hinted, g)
		}
	}
	w.groups, w.next = groups, time.Time{}
	wake(w.wakeLook)
	wake(w.wakeForget)
}

// forget has the store forget the marks of groups that are not watched any more, after
// each Swap, until ctx ends.
func (w *Watch) forget(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-w.wakeForget:
		}
		for tries := 1; ; tries++ {
			_, err := w.Store.ForgetSwept(ctx, w.watches)
			if err == nil || ctx.Err() != nil {
				break
			}
			w.Log.Warn("it cannot be stored that groups are not watched for leaks any more; it is tried again", "error", err)
			select {
			case <-ctx.Done():
			case <-w.Clock.After(pause(tries)):
			}
		}
	}
}

func (w *Watch) watches(app chat.AppName, id chat.GroupID) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.groups[place{app, id}] != nil
}

// spread is when one of n groups is looked through first: they do not all begin at
// once, and none waits for longer than between two sweeps.
func spread(every time.Duration, n int) time.Duration {
	const each = 25 * time.Millisecond
	return rand.N(min(every, time.Duration(n)*each)) //nolint:gosec // no secret
}

// Shown says that a message of a group may stand in its history by now. It comes back
// at once.
func (w *Watch) Shown(app chat.AppName, id chat.GroupID, seq uint32) {
	w.mu.Lock()
	defer w.mu.Unlock()
	g := w.groups[place{app, id}]
	if g == nil || !g.hint(seq, w.Clock.Now()) {
		return
	}
	w.hinted[g] = struct{}{}
	wake(w.wakeLook)
}

// wake tells a pump that there is something to do.
func wake(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
