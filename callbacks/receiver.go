package callbacks

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/semaphore"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/problem"
	"github.com/botd-chat/botd/strangers"
)

// Options of a [Receiver]. Only the Sink has to be given.
type Options struct {
	Sink Sink
	// Roles is asked while a verdict is waited for. nil: nobody's role is known, and
	// what may have to be held is held.
	Roles   Roles
	Log     *slog.Logger     // nil: nothing is logged
	Now     func() time.Time // nil: time.Now
	Observe Observe
	Access  strangers.Access
	// NotFound answers for an address that does not exist, so that one below
	// [Prefix] looks like any other; nil: a problem.
	NotFound http.Handler
}

// Receiver answers for all callbacks. Make one with [New], and [Receiver.Close] it.
type Receiver struct {
	options Options
	site    atomic.Pointer[site]
	gate    atomic.Pointer[strangers.Gate]
	hush    strangers.Hush
	caps    caps
	spared  spared
	strange unknown
	large   *semaphore.Weighted // bytes of large bodies
	late    sync.WaitGroup      // what is still being kept after its answer
}

// New makes a receiver for these applications and rules. It refuses what is incomplete or
// contradicts itself, and then names all of it.
func New(apps []App, rules []Rule, o Options) (*Receiver, error) {
	if o.Sink == nil {
		return nil, errors.New("callbacks: there is no sink")
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Roles == nil {
		o.Roles = func(chat.AppName, chat.GroupID, chat.UserID) (chat.Role, bool) { return "", false }
	}
	if o.NotFound == nil {
		o.NotFound = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			problem.Write(w, problem.Details{Status: http.StatusNotFound, Detail: "There is nothing at this address."})
		})
	}
	r := &Receiver{options: o, large: semaphore.NewWeighted(mostHeld)}
	r.SetAccess(o.Access)
	if err := r.Swap(apps, rules); err != nil {
		return nil, err
	}
	return r, nil
}

// Swap replaces all applications and rules at once, or none when [Check] finds one of
// them wrong. Callbacks that have begun end under the rules they began with.
func (r *Receiver) Swap(apps []App, rules []Rule) error {
	s, err := build(apps, rules)
	if err == nil {
		r.site.Store(s)
	}
	return err
}

// Check reports applications and rules that are incomplete or contradict each other, all
// of them.
func Check(apps []App, rules []Rule) error {
	_, err := build(apps, rules)
	return err
}

// SetAccess changes what is made of where requests come from. What is known of strangers
// is forgotten, apart from those who are none.
func (r *Receiver) SetAccess(a strangers.Access) {
	next := strangers.New(a)
	if before := r.gate.Load(); before != nil {
		next = before.With(a)
	}
	r.gate.Store(next)
}

// Close waits for what the sink is still doing. Nothing may be served any more.
func (r *Receiver) Close() { r.late.Wait() }

// ServeHTTP answers callbacks; everything else is a problem.
func (r *Receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	c := Callback{Received: r.options.Now()}
	site := r.site.Load()
	desks := site.at(req.URL.Path)
	if desks == nil {
		r.options.NotFound.ServeHTTP(w, req)
		return
	}
	d, p := r.authentic(req, desks, &c)
	if p == nil {
		defer r.recovered(w, d, &c)
		var body []byte
		if body, p = r.body(w, req, c.Command); p == nil {
			r.answer(w, req, d, c, body)
			return
		}
		if a, no := d.unread(c); no {
			r.unreadable(d, c, p.reason)
			r.end(w, d, c, a, Again)
			return
		}
	}
	r.refuse(w, req, d, c, p)
}

// answer does what a callback that was proved to be the service's is about.
func (r *Receiver) answer(w http.ResponseWriter, req *http.Request, d *desk, c Callback, body []byte) {
	if err := c.decode(body); err != nil {
		r.unreadable(d, c, err.Error())
		r.options.Observe.refused(d.Name, RefusedBody, err.Error())
		if a, no := d.unread(c); no {
			r.end(w, d, c, a, Again)
			return
		}
		problem.Write(w, problem.Details{Status: http.StatusBadRequest, Detail: "The callback cannot be read."})
		return
	}
	if !known(c.Command) && r.strange.first(c.Command) {
		r.options.Log.Info("a callback that botd does not know, which is answered OK", "app", d.Name, "command", c.Command)
	}
	a, out, err := r.hear(req.Context(), d, c)
	if err != nil {
		r.options.Log.Error("a callback was not kept", "app", d.Name, "command", c.Command, "group", c.Group, "error", err)
		r.answered(d, c, out)
		problem.Write(w, problem.Details{Status: http.StatusServiceUnavailable, Detail: "This could not be kept just now."})
		return
	}
	r.end(w, d, c, a, out)
}

// end answers, and then counts.
func (r *Receiver) end(w http.ResponseWriter, d *desk, c Callback, a answer, out Outcome) {
	a.write(w)
	r.answered(d, c, out)
}

func (r *Receiver) answered(d *desk, c Callback, out Outcome) {
	command := c.Command
	if !known(command) && !r.strange.has(command) {
		command = "other"
	}
	r.options.Observe.answered(d.Name, command, out, r.options.Now().Sub(c.Received))
}

// unread is the answer to what cannot be read; no reports that there is one. A message
// that may have to be held is not shown on the ground that nobody knows what it says.
func (d *desk) unread(c Callback) (a answer, no bool) {
	if c.Command != BeforeGroupMessage {
		return answer{}, false
	}
	strict := d.strict()
	if c.Group != "" {
		strict = d.rooms[c.Group].strict()
	}
	return again(nil), strict
}

// unreadable tells the operator, who has a few lines for it in a minute: who knows the
// token for a while can send any number.
func (r *Receiver) unreadable(d *desk, c Callback, reason string) {
	if r.hush.Line("unreadable/"+string(d.Name), r.besides(string(d.Name))) {
		r.options.Log.Error("a callback of the service cannot be read", "app", d.Name, "command", r.name(c.Command), "group", short(c.Group), "reason", reason)
	}
}

// short is an id for the log, which may be of any length where nobody has looked at it.
func short[S ~string](id S) string { return fmt.Sprintf("%.100s", id) }

// name is a command for the log: a name that somebody made up may be anything.
func (r *Receiver) name(command string) string {
	if known(command) {
		return command
	}
	return fmt.Sprintf("%.80q", command)
}

// unknown are commands that nobody documents, each of which the log is told of once.
type unknown struct {
	mu    sync.Mutex
	names map[string]bool
}

// What bounds those that are remembered and told.
const (
	mostUnknown = 100
	longestName = 64
)

func (u *unknown) has(command string) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.names[command]
}

// first reports a command that has not come before, while there is room for it.
func (u *unknown) first(command string) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.names[command] || len(u.names) >= mostUnknown || len(command) > longestName {
		return false
	}
	if u.names == nil {
		u.names = map[string]bool{}
	}
	u.names[command] = true
	return true
}
