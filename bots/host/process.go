package host

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/botd-chat/botd/plugins"
)

// launch says what is started.
type launch struct {
	name   string // for people
	path   string
	argv   []string
	dir    string
	env    []string
	memory int64
	// socket has the program take over a listening socket, as a plugin of ours can:
	// then nobody else can have its port, and nobody waits until it listens.
	socket bool
}

// process is a program that was started as a plugin, with its keeper.
type process struct {
	began    time.Time
	patience time.Duration // how long from then on events wait for it
	ready    chan struct{} // closed when the next three are known
	err      error         // why it is of no use
	said     plugins.Manifest
	since    time.Time // when it was ready, by the host's clock; zero: it was not

	plugin endpoint
	port   int
	out    *output
	keeper *exec.Cmd
	pid    atomic.Int64  // of the program; zero: not known
	dying  chan struct{} // closed when the program ended
	end    report        // how; after dying
	gone   chan struct{} // closed when what it wrote was read, too
	over   chan struct{} // closed when the keeper ended, too

	mu      sync.Mutex
	control *os.File    // to the keeper; nil: closed
	doomed  bool        // the host has it end
	slay    *time.Timer // ends the keeper if it does not end by itself
}

func newProcess() *process {
	return &process{began: time.Now(), ready: make(chan struct{}), dying: make(chan struct{}), gone: make(chan struct{}), over: make(chan struct{})}
}

// Starting is how long a program may take until it answers.
const Starting = 30 * time.Second

// start starts the program. After an error nothing is left of it.
func (p *process) start(l launch, s Settings) error {
	key, text := plugins.NewSigningKey()
	p.out = newOutput(s, l.name)
	files, err := p.open(l)
	if err != nil {
		return fmt.Errorf("plugin %s cannot be started: %w", l.name, err)
	}
	defer files.closeFar()
	env := slices.Concat(l.env, []string{plugins.EnvPort + "=" + strconv.Itoa(p.port), plugins.EnvKey + "=" + text})
	if l.socket {
		env = append(env, plugins.EnvListener+"=3")
	}
	told, _ := json.Marshal(orders{Path: l.path, Memory: l.memory, Dir: l.dir, Listener: l.socket}) //nolint:errchkjson // it can be
	p.keeper = &exec.Cmd{
		Path: self(), Args: append([]string{"botd: keeper of " + l.name}, l.argv...), Env: append(env, envKeeper+"="+string(told)),
		Stdin: files.control, Stdout: files.out, Stderr: files.out, ExtraFiles: files.extra, SysProcAttr: apart(),
	}
	if err := p.keeper.Start(); err != nil {
		files.closeNear()
		freePort(p.port)
		return fmt.Errorf("plugin %s cannot be started: %w", l.name, err)
	}
	p.plugin = newEndpoint(l.name, fmt.Sprintf("http://127.0.0.1:%d/", p.port), &http.Transport{DialContext: p.dial}, s.Clock.Now, key)
	p.mu.Lock()
	if p.control = files.nearControl; p.doomed {
		p.let()
	}
	p.mu.Unlock()
	go p.out.read(files.nearOut)
	go p.watch(files.nearReport, files.nearOut)
	return nil
}

// dial connects to the program, and to nobody who has taken its port: before there is a
// connection it has to be the program's, and after, since it may have ended meanwhile.
func (p *process) dial(ctx context.Context, network, address string) (net.Conn, error) {
	own := func(uid int) bool { return uid == userOf(int(p.pid.Load())) }
	if err := checkListener(p.port, false, own); err != nil {
		return nil, err
	}
	c, err := (&net.Dialer{}).DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	if err := checkListener(p.port, true, own); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

// never says of a process that could not be started that it is over.
func (p *process) never() {
	close(p.dying)
	close(p.gone)
	close(p.over)
}

// pipes are the two ends of what runs between botd and a keeper.
type pipes struct {
	control, out                     *os.File // the keeper's ends, with extra
	extra                            []*os.File
	nearControl, nearOut, nearReport *os.File // botd's
}

// open opens them, and takes a port.
func (p *process) open(l launch) (f pipes, err error) {
	defer func() {
		if err != nil {
			f.closeNear()
			f.closeFar()
		}
	}()
	var report *os.File
	if f.control, f.nearControl, err = os.Pipe(); err != nil {
		return f, err
	}
	if f.nearOut, f.out, err = os.Pipe(); err != nil {
		return f, err
	}
	if f.nearReport, report, err = os.Pipe(); err != nil {
		return f, err
	}
	f.extra = append(f.extra, report)
	if !l.socket {
		p.port, err = takePort()
		return f, err
	}
	socket, err := listen()
	if err != nil {
		return f, err
	}
	defer func() { _ = socket.Close() }()
	p.port = portOf(socket)
	file, err := socket.File()
	f.extra = append(f.extra, file)
	return f, err
}

func (f pipes) closeFar()  { closeAll(append(f.extra, f.control, f.out)...) }
func (f pipes) closeNear() { closeAll(f.nearControl, f.nearOut, f.nearReport) }

func closeAll(files ...*os.File) {
	for _, f := range files {
		if f != nil {
			_ = f.Close()
		}
	}
}

// lastWords is how long what a program wrote before it ended may take to be read.
const lastWords = 200 * time.Millisecond

// watch listens to the keeper until that ends.
func (p *process) watch(reports, out *os.File) {
	defer close(p.over)
	p.end = p.hear(reports)
	close(p.dying)
	within(lastWords, p.out.done)
	close(p.gone)
	_, _ = reports.Read(make([]byte, 1)) // until it ends: the keeper says no more
	p.mu.Lock()
	p.let()
	p.mu.Unlock()
	_ = p.keeper.Wait()
	p.slay.Stop()
	within(lastWords, p.out.done)
	closeAll(reports, out)
	<-p.out.done
	p.plugin.client.CloseIdleConnections()
	freePort(p.port)
}

// hear is what the keeper says of the program's end.
func (p *process) hear(reports *os.File) report {
	for from := json.NewDecoder(reports); ; {
		var r report
		switch err := from.Decode(&r); {
		case err != nil:
			// Its keeper was killed, and by that the program; what that had started was not.
			killGroup(int(p.pid.Load()))
			return report{Ended: "its keeper ended"}
		case r.PID != 0:
			p.pid.Store(int64(r.PID))
		default:
			return r
		}
	}
}

// within waits for done, but not for ever.
func within(d time.Duration, done <-chan struct{}) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-done:
	case <-timer.C:
	}
}

// kill has the keeper end the program, all that came of it, and itself, at once.
func (p *process) kill() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.doomed = true
	p.let()
}

// let lets go of the keeper, which then ends the program. One that does not is ended
// itself, and the program by that. The lock is held.
func (p *process) let() {
	if p.control == nil {
		return
	}
	_ = p.control.Close()
	p.control = nil
	p.slay = time.AfterFunc(ending+grace, func() { _ = p.keeper.Process.Kill() })
}

// isDoomed reports whether the host has the program end.
func (p *process) isDoomed() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.doomed
}

// grace is how long a program that was asked to end may take for it.
const grace = 2 * time.Second

// stop asks the program to end, has it ended when it does not, and waits until nothing
// is left of it.
func (p *process) stop() {
	p.mu.Lock()
	p.doomed = true
	if p.control != nil {
		_, _ = p.control.Write([]byte{term})
	}
	p.mu.Unlock()
	within(grace, p.gone)
	p.kill()
	<-p.over
}

// patience is how long after a process was begun events wait beside it until it answers.
// One that takes longer, or ended before, is not worth what works on the events.
const patience = 2 * time.Second

// ErrSlow says of a program that is being started that it does not answer yet.
var ErrSlow = errors.New("it does not answer yet")

// comes waits until it is ready, but not for ever.
func (p *process) comes(ctx context.Context) error {
	select {
	case <-p.ready:
		return nil
	default:
	}
	ctx, cancel := context.WithDeadlineCause(ctx, p.began.Add(p.patience), ErrSlow)
	defer cancel()
	select {
	case <-p.ready:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// answers waits until the program says what it is.
func (p *process) answers(ctx context.Context) (plugins.Manifest, error) {
	var last error
	for pause := 2 * time.Millisecond; ; pause = min(pause*3/2, 100*time.Millisecond) {
		m, err := p.plugin.manifest(ctx)
		switch {
		case err == nil:
			return m, nil
		case is[unsent](err), is[broke](err):
			last = err
		case ctx.Err() == nil:
			return m, err
		}
		select {
		case <-p.gone:
			return m, p.plugin.says(fmt.Errorf("ended before it answered: %s", p.why()))
		case <-ctx.Done():
			return m, p.plugin.says(fmt.Errorf("does not answer; it is to listen at 127.0.0.1 on $PORT, here %d, within %v: %w", p.port, Starting, cmp.Or(last, err)))
		case <-time.After(pause):
		}
	}
}

// why is how the program ended, and what it wrote of it. It is asked after gone.
func (p *process) why() string {
	if p.end.Failed != "" {
		return p.end.Failed
	}
	return p.end.Ended + p.out.last().told()
}

// starved reports whether the program ended for want of memory, of which it could have so
// many bytes. It is asked after gone.
func (p *process) starved(limit int64) bool {
	if limit <= 0 || p.end.Ended == "" || p.isDoomed() {
		return false
	}
	return time.Since(p.out.last().starved) < fatal || p.end.RSS >= limit/10*9
}
