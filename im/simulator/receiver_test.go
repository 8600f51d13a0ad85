package simulator

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"sync"
	"testing"
)

const callbackToken = "botd-callback-token"

// arrival is one callback as an application received it.
type arrival struct {
	query url.Values
	body  map[string]any
}

// receiver is an application that takes callbacks: it remembers them and answers as it is
// told to.
type receiver struct {
	*httptest.Server
	mu      sync.Mutex
	got     []arrival
	answers map[string]string // by command; none: OK
	hung    map[string]hung
}

// hung is a command that gets no answer until it is released.
type hung struct{ reached, until chan struct{} }

const okAnswer = `{"ActionStatus":"OK","ErrorInfo":"","ErrorCode":0}`

// withReceiver makes a rig whose service knows where the application listens.
func withReceiver(t *testing.T, edits ...func(*Options)) (*rig, *receiver) {
	a := &receiver{answers: map[string]string{}, hung: map[string]hung{}}
	a.Server = httptest.NewServer(http.HandlerFunc(a.serve))
	t.Cleanup(a.Close)
	r := newRig(t, append([]func(*Options){func(o *Options) {
		o.Callbacks = Callbacks{URL: a.URL + "/callbacks/tencent", Token: callbackToken}
	}}, edits...)...)
	r.settle()
	a.forget()
	return r, a
}

func (a *receiver) serve(w http.ResponseWriter, r *http.Request) {
	var body map[string]any
	raw, _ := io.ReadAll(r.Body)
	_ = json.Unmarshal(raw, &body)
	command := r.URL.Query().Get("CallbackCommand")
	a.mu.Lock()
	a.got = append(a.got, arrival{r.URL.Query(), body})
	answer, hung := a.answers[command], a.hung[command]
	a.mu.Unlock()
	if hung.until != nil {
		select {
		case hung.reached <- struct{}{}:
		default:
		}
		select {
		case <-hung.until:
		case <-r.Context().Done():
			return
		}
	}
	if r.URL.Path != "/callbacks/tencent" {
		http.NotFound(w, r)
		return
	}
	if answer == "" {
		answer = okAnswer
	}
	_, _ = io.WriteString(w, answer)
}

func (a *receiver) answer(command, with string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.answers[command] = with
}

// hang keeps a command without an answer until release is called; reached is when
// it came.
func (a *receiver) hang(command string) (reached <-chan struct{}, release func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	h := hung{make(chan struct{}, 1), make(chan struct{})}
	a.hung[command] = h
	return h.reached, sync.OnceFunc(func() { close(h.until) })
}

func (a *receiver) forget() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.got = nil
}

// of returns the callbacks of a command, in the order of their arrival.
func (a *receiver) of(command string) []arrival {
	a.mu.Lock()
	defer a.mu.Unlock()
	var out []arrival
	for _, c := range a.got {
		if c.query.Get("CallbackCommand") == command {
			out = append(out, c)
		}
	}
	return out
}

func (a *receiver) commands() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	out := []string{}
	for _, c := range a.got {
		out = append(out, c.query.Get("CallbackCommand"))
	}
	slices.Sort(out)
	return out
}

// settle waits until no callback is on its way.
func (r *rig) settle() { r.sim.running.Wait() }

// later runs do beside the test and returns a func that waits for what it says.
func later[T any](do func() T) (wait func() T) {
	out := make(chan T, 1)
	go func() { out <- do() }()
	return func() T { return <-out }
}

// timeOut lets two seconds go by once a callback came and is waited for.
func (r *rig) timeOut(reached <-chan struct{}) {
	r.t.Helper()
	<-reached
	must(r.t, r.clock.BlockUntilContext(r.t.Context(), 1))
	r.clock.Advance(callbackTimeout)
}
