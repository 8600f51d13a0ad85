package host

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/botd-chat/botd/bots"
	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/plugins"
)

// child is the handler of a plugin that runs as a process which this host started. There
// is one process at a time, made when it is first needed, and another when it ended.
type child struct {
	Settings
	seen   *seen
	launch launch
	strict bool           // what a reply asks for is held against the manifest, since nothing else says what the plugin knows
	work   sync.WaitGroup // what was begun and has to end

	mu     sync.Mutex
	now    *process // nil: none
	fails  int      // how often in a row one ended, or had to be ended, soon and before it answered an event
	again  time.Time
	why    error // of the last time
	silent bool  // the last never answered anything, so that nobody waits beside the next
	closed bool
}

func newChild(s Settings, seen *seen, l launch) *child {
	return &child{Settings: s, seen: seen, launch: l}
}

// Close ends the process. Nothing is left of it.
func (c *child) Close() error {
	c.mu.Lock()
	c.closed = true
	p := c.now
	c.now = nil
	c.mu.Unlock()
	if p != nil {
		p.stop()
	}
	c.work.Wait()
	return nil
}

func closeHandler(h plugins.Handler) error {
	if c, ok := h.(io.Closer); ok {
		return c.Close()
	}
	return nil
}

// process is the one that answers.
func (c *child) process(ctx context.Context) (*process, error) {
	p, err := c.current() //nolint:contextcheck // a process is not for whoever needs it first
	if err != nil {
		return nil, err
	}
	if err := p.comes(ctx); err != nil {
		return nil, &away{why: fmt.Errorf("plugin %s is being started, since %v: %w", c.launch.name, time.Since(p.began).Round(time.Second), err), until: c.Clock.Now().Add(soon)}
	}
	if p.err != nil {
		return nil, c.waits(p.err)
	}
	return p, nil
}

// current is the process there is, or one that is begun for it.
func (c *child) current() (*process, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.closed:
		return nil, &away{why: fmt.Errorf("plugin %s is being ended", c.launch.name)}
	case c.now == nil && c.Clock.Now().Before(c.again):
		return nil, &away{why: c.why, until: c.again}
	case c.now == nil:
		c.begin()
	}
	return c.now, nil
}

// waits is an away for as long as the next process is.
func (c *child) waits(why error) *away {
	c.mu.Lock()
	defer c.mu.Unlock()
	return &away{why: why, until: later(c.again, c.Clock.Now().Add(soon))}
}

// soon is when to look again where nothing says when.
const soon = 100 * time.Millisecond

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// begin begins a process. The lock is held.
func (c *child) begin() {
	p := newProcess()
	if !c.silent {
		p.patience = patience
	}
	c.now = p
	c.work.Go(func() { c.run(p) })
}

// run takes a process from its start to its end.
func (c *child) run(p *process) {
	if p.err = p.start(c.launch, c.Settings); p.err != nil {
		close(p.ready)
		p.never()
		c.lose(p, p.err)
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), Starting)
	p.said, p.err = p.answers(ctx)
	cancel()
	if p.err == nil {
		p.since = c.Clock.Now()
	}
	close(p.ready)
	if p.err != nil {
		c.lose(p, p.err)
		p.kill()
	} else {
		c.there(p)
		c.work.Go(func() { c.warn(p) })
	}
	<-p.gone
	if p.starved(c.launch.memory) {
		c.Observe.limit(bots.LimitMemory)
	}
	c.lose(p, c.ended(p))
	<-p.over
}

// there tells of a process that answers.
func (c *child) there(p *process) {
	took := time.Since(p.began)
	c.seen.note(p.said.Version)
	c.Log.Info("the plugin answers", "plugin", c.launch.name, "version", p.said.Version, "needs", p.said.Needs, "pid", p.pid.Load(), "took", took)
}

// warn tells of a process that others can reach than botd.
func (c *child) warn(p *process) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if !c.launch.socket && exposed(ctx, p.port) {
		c.Log.Warn("the plugin listens for other machines, too; have it listen at 127.0.0.1 alone", "plugin", c.launch.name)
	}
}

// ended says how a process ended.
func (c *child) ended(p *process) error {
	if p.starved(c.launch.memory) {
		return fmt.Errorf("the process of plugin %s ended, which could have %d MB of memory: %s", c.launch.name, c.launch.memory/1e6, p.why())
	}
	return fmt.Errorf("the process of plugin %s ended: %s", c.launch.name, p.why())
}

// steady is how long a process lives, from when it answers, whose end has nothing to do
// with that of the one before.
const steady = 10 * time.Second

// loud is how often in a row a process ends before that is told as loudly as can be.
const loud = 3

// pauses are between the end of a process and the start of the next, by how often one
// ended in a row. The first comes at once: most often it was one event's doing.
var pauses = []time.Duration{0, 200 * time.Millisecond, time.Second, 5 * time.Second, 15 * time.Second, 30 * time.Second}

// lose has a process that ended, or is to end, not be asked any more, and the next begun
// when its time has come.
func (c *child) lose(p *process, why error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.now != p {
		return // it is known
	}
	c.now = nil
	c.silent = p.since.IsZero()
	if !c.silent && c.Clock.Since(p.since) > steady {
		c.fails = 0
	}
	c.fails++
	pause := pauses[min(c.fails, len(pauses))-1]
	c.again, c.why = c.Clock.Now().Add(pause), why
	c.Observe.ended()
	switch {
	case c.fails < loud:
		c.Log.Warn("a plugin's process ended; another takes its place", "plugin", c.launch.name, "error", why)
	case c.fails == loud:
		c.Log.Error("a plugin's process ends again and again; its events wait, and it is started anew now and then", "plugin", c.launch.name, "error", why)
	}
	if pause == 0 {
		c.begin()
	}
}

// answered says that a process did what it is for.
func (c *child) answered() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.fails >= loud {
		c.Log.Info("the plugin answers events again", "plugin", c.launch.name)
	}
	c.fails = 0
}

// Manifest is what the process says of itself; it is started if there is none.
func (c *child) Manifest(ctx context.Context) (plugins.Manifest, error) {
	p, err := c.process(ctx)
	if err != nil {
		return plugins.Manifest{}, err
	}
	return p.said, nil
}

// Handle has the plugin answer an event.
func (c *child) Handle(ctx context.Context, e chat.Event) ([]chat.Message, error) {
	p, err := c.process(ctx)
	if err != nil {
		return nil, err
	}
	began := time.Now()
	reply, err := p.plugin.post(ctx, e)
	if err != nil {
		return nil, c.failed(ctx, p, began, err)
	}
	c.answered()
	if c.strict {
		err = p.plugin.fits(p.said, reply)
	}
	if err != nil {
		return nil, err
	}
	return hand(e, reply), nil
}

// ceasing is how long after a connection broke it may take to be known that a process
// ended.
const ceasing = 200 * time.Millisecond

// failed is what an error of a call means, which began at a time, by what became of the
// process.
func (c *child) failed(ctx context.Context, p *process, began time.Time, err error) error {
	c.Observe.tooMuch(err)
	switch {
	case errors.Is(err, bots.ErrAway): // nothing was sent, or it says so itself
		return err
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return c.overdue(p)
	case ctx.Err() != nil:
		return err
	case is[lost](err):
		return plugins.Permanent(err)
	case is[unsent](err), is[broke](err):
		within(ceasing, p.dying)
		return c.ceased(p, began, err)
	}
	c.answered()
	return err
}

// overdue ends a process that did not answer in time. Nothing else ends an endless loop.
func (c *child) overdue(p *process) error {
	why := fmt.Errorf("plugin %s did not answer in time; %w", c.launch.name, bots.ErrEnded)
	c.lose(p, why)
	p.kill()
	return why
}

// ceased is what it means that a connection broke or did not come about. It is held
// against all events that were in the process, for any may be the reason; but not if it
// was ended for another's sake.
func (c *child) ceased(p *process, began time.Time, err error) error {
	select {
	case <-p.dying:
		<-p.gone
	default:
		return c.lives(p, began, err)
	}
	why := c.ended(p)
	c.lose(p, why)
	switch {
	case p.isDoomed():
		return c.waits(fmt.Errorf("the process of plugin %s was ended for another event's sake", c.launch.name))
	case is[unsent](err):
		return c.waits(why)
	default:
		return why
	}
}

// lives is what it means when the process goes on. A server that hangs up most often
// wrote why.
func (c *child) lives(p *process, began time.Time, err error) error {
	if is[unsent](err) { // it does not listen any more
		c.lose(p, err)
		p.kill()
		return c.waits(err)
	}
	wrote := p.out.last().since(began)
	if c.launch.memory > 0 && wrote.starved.After(began) {
		c.Observe.limit(bots.LimitMemory)
		err = fmt.Errorf("%w (it can have %d MB of memory)", err, c.launch.memory/1e6)
	}
	return fmt.Errorf("%w%s", err, wrote.told())
}
