package host_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jonboulle/clockwork"

	"github.com/botd-chat/botd/bots"
	"github.com/botd-chat/botd/bots/host"
	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/plugins"
)

var noon = time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)

// event is one as a dispatcher hands it out.
func event(name, payload string) chat.Event {
	return chat.Event{Botd: chat.Contract, ID: 7, Kind: chat.Webhook, Name: chat.TriggerName(name), Time: noon, Group: "@TGS#1",
		Payload: json.RawMessage(payload), State: chat.State{}, Session: chat.State{}, Timers: new(chat.Timers)}
}

// handler makes the handler of a placement and closes it at the end.
func handler(t *testing.T, p bots.Plugin, options ...string) bots.Distant {
	t.Helper()
	h, err := p.New([]byte(strings.Join(options, "")))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.(io.Closer).Close(); err != nil {
			t.Error(err)
		}
	})
	return h.(bots.Distant)
}

// handle hands over an event with a deadline.
func handle(t *testing.T, h plugins.Handler, e chat.Event, within time.Duration) ([]chat.Message, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), within)
	defer cancel()
	return h.Handle(ctx, e)
}

// far is a plugin at an address of this machine.
type far struct {
	clock *clockwork.FakeClock
	bots.Distant
}

// manifest is what a plugin in a test says of itself.
const manifest = `{"botd":1,"name":"quiz","version":"1.0.0"}`

// newFar serves a plugin that answers an event by post.
func newFar(t *testing.T, post http.HandlerFunc, edits ...func(*host.URL)) far {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, manifest) })
	mux.HandleFunc("POST /{$}", post)
	return newFarOf(t, mux, edits...)
}

func newFarOf(t *testing.T, h http.Handler, edits ...func(*host.URL)) far {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	f := far{clock: clockwork.NewFakeClockAt(time.Now())}
	u := host.URL{Address: server.URL, Settings: host.Settings{Clock: f.clock}}
	for _, edit := range edits {
		edit(&u)
	}
	f.Distant = handler(t, host.Remote(u))
	return f
}

// settings are those of a test: it has the log.
func settings(t *testing.T) host.Settings {
	return host.Settings{Log: slog.New(slog.NewTextHandler(t.Output(), nil))}
}

// gone waits until a process is gone, or is dead and whoever is to look after orphans
// has not yet done so.
func gone(t *testing.T, pid string) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		state, _ := exec.Command("ps", "-o", "stat=", "-p", pid).Output()
		if text := strings.TrimSpace(string(state)); text == "" || text[0] == 'Z' {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("process %s is still there", pid)
		}
	}
}

// record is a log that can be looked at.
type record struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (r *record) logger() *slog.Logger { return slog.New(slog.NewTextHandler(r, nil)) }

func (r *record) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.b.Write(p)
}

func (r *record) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.b.String()
}

func (r *record) count(text string) int { return strings.Count(r.String(), text) }

// wait waits until a text is in the log.
func (r *record) wait(t *testing.T, text string) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); r.count(text) == 0; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("the log has no %s:\n%s", text, r)
		}
	}
}
