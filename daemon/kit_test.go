package daemon_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/daemon"
	"github.com/botd-chat/botd/im/simulator"
	"github.com/botd-chat/botd/plugins"
	"github.com/botd-chat/botd/plugins/notice"
	"github.com/botd-chat/botd/plugins/quiz"
	"github.com/botd-chat/botd/plugins/rules"
	"github.com/botd-chat/botd/webhooks"
)

const (
	appKey     = "f1e2d3c4b5a697887766554433221100ffeeddccbbaa99887766554433221100"
	room       = "@TGS#2ROOM"
	hookToken  = "a-hook-token-that-nobody-guesses"
	adminToken = "an-admin-token-that-nobody-guesses"
	callToken  = "a-callback-token-that-nobody-guesses"
)

// buffer collects what a botd that runs beside the test writes.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// botd runs a verb to its end.
func botd(t *testing.T, stdin string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs buffer
	code = daemon.Run(t.Context(), daemon.Process{Args: args, Stdin: strings.NewReader(stdin), Stdout: &out, Stderr: &errs,
		Getenv: func(string) string { return "" }}, quiz.Plugin, notice.Plugin, rules.Plugin)
	return code, out.String(), errs.String()
}

// rig is a botd that serves, and a simulated service.
type rig struct {
	t             *testing.T
	sim           *simulator.Simulator
	service       *httptest.Server
	folder        string
	secret        string // of the hook called signed
	public, admin string
	log           *buffer
	stop          context.CancelFunc
	exit          chan int
	client        *http.Client
}

// configuration of the rig: a bot that tells the admins, and what tests add.
const configuration = `
apps:
  main: {sdk_app_id: 1400001001, secret_key_file: app.key, administrator: administrator, base_url: %s, callbacks: {token_file: call.token, sweep: 10s}}
store: sqlite:%s
listen: {public: 127.0.0.1:0, admin: 127.0.0.1:0}
admin_token_file: admin.token
bots:
  teller:
    account: tellbot
    groups: ["@TGS#2ROOM"]
    on:
      signed: {webhook: signed, sender: payload.user, verify: {standard_webhooks: {secret_file: hook.secret}}}
      token: {webhook: token, verify: {bearer: {token_file: hook.token}}}
    plugin: notice
    options: {to: {roles: [owner, admin]}}
    audience: {roles: [owner, admin], sender: true}
%s`

func newRig(t *testing.T, more string, list ...plugins.Plugin) *rig {
	t.Helper()
	sim, err := simulator.New(simulator.Options{SDKAppID: 1400001001, SecretKey: appKey})
	must(t, err)
	must(t, sim.AddAccount("tellbot"))
	must(t, sim.AddGroup(simulator.Group{ID: room, Type: "Public", Name: "Room", Members: []simulator.Member{
		{ID: "ann", Role: "Owner"}, {ID: "bo", Role: "Admin"}, {ID: "cy"}, {ID: "dee"}}}))
	r := &rig{t: t, sim: sim, service: httptest.NewServer(sim.Handler()), folder: t.TempDir(), secret: webhooks.NewSecret(),
		client: &http.Client{Transport: &watcher{next: &http.Transport{}}, Timeout: 10 * time.Second}}
	t.Cleanup(func() { sim.Close(); r.service.Close(); r.client.CloseIdleConnections() })
	for name, text := range map[string]string{
		"bots.yaml": fmt.Sprintf(configuration, r.service.URL, filepath.Join(r.folder, "botd.db"), more),
		"app.key":   appKey, "hook.secret": r.secret, "hook.token": hookToken, "admin.token": adminToken, "call.token": callToken,
	} {
		must(t, os.WriteFile(filepath.Join(r.folder, name), []byte(text), 0o600))
	}
	r.start(append(list, quiz.Plugin, notice.Plugin, rules.Plugin)...)
	return r
}

func (r *rig) config() string { return filepath.Join(r.folder, "bots.yaml") }

// start runs botd serve and waits until it says where it listens.
func (r *rig) start(list ...plugins.Plugin) {
	r.t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	exit := make(chan int, 1)
	r.log, r.stop, r.exit = &buffer{}, stop, exit
	go func() {
		exit <- daemon.Run(ctx, daemon.Process{Args: []string{"serve", "--config", r.config()}, Stdin: strings.NewReader(""),
			Stdout: io.Discard, Stderr: r.log, Getenv: func(string) string { return "" }}, list...)
	}()
	r.t.Cleanup(func() {
		stop()
		if code, ok := <-exit; ok && code != 0 {
			r.t.Errorf("botd ended with code %d:\n%s", code, r.log)
		}
	})
	r.until("botd runs", func() bool {
		line, ok := r.logged("botd runs")
		if ok {
			r.public, r.admin = "http://"+line["public"].(string), "http://"+line["admin"].(string)
			watch(r.public, publicDocument)
			watch(r.admin, adminDocument)
			must(r.t, r.sim.SetCallbacks(simulator.Callbacks{URL: r.public + "/callbacks/tencent", Token: callToken}))
		}
		return ok
	})
}

// end stops botd and returns its exit code.
func (r *rig) end() int {
	r.stop()
	code := <-r.exit
	close(r.exit)
	return code
}

// logged finds the first line of the log with that message.
func (r *rig) logged(msg string) (map[string]any, bool) {
	for line := range strings.Lines(r.log.String()) {
		var fields map[string]any
		if json.Unmarshal([]byte(line), &fields) == nil && fields["msg"] == msg {
			return fields, true
		}
	}
	return nil, false
}

// until waits for something that happens beside the test.
func (r *rig) until(what string, ok func() bool) {
	r.t.Helper()
	deadline := time.After(15 * time.Second)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-deadline:
			r.t.Fatalf("waited in vain for: %s\n%s", what, r.log)
		case <-tick.C:
		}
	}
}

type answer struct {
	status int
	header http.Header
	body   string
}

func (r *rig) do(method, url string, h http.Header, body string) answer {
	r.t.Helper()
	req, err := http.NewRequestWithContext(r.t.Context(), method, url, strings.NewReader(body))
	must(r.t, err)
	req.Header = h.Clone()
	if req.Header == nil {
		req.Header = http.Header{}
	}
	if body != "" && req.Header.Get("Content-Type") == "" {
		req.Header.Set("Content-Type", "application/json")
	}
	res, err := r.client.Do(req)
	must(r.t, err)
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	must(r.t, err)
	return answer{res.StatusCode, res.Header, string(text)}
}

// post sends a signed webhook and returns its receipt.
func (r *rig) post(id, body string) chat.Receipt {
	r.t.Helper()
	h, err := webhooks.SignStandard(r.secret, id, time.Now(), []byte(body))
	must(r.t, err)
	a := r.do(http.MethodPost, r.public+"/hooks/signed", h, body)
	if a.status != http.StatusAccepted {
		r.t.Fatalf("answered %d: %s", a.status, a.body)
	}
	var receipt chat.Receipt
	must(r.t, json.Unmarshal([]byte(a.body), &receipt))
	return receipt
}

// ask fetches something from the admin listener.
func (r *rig) ask(path string, into any) {
	r.t.Helper()
	a := r.do(http.MethodGet, r.admin+path, http.Header{"Authorization": {"Bearer " + adminToken}}, "")
	if a.status != http.StatusOK {
		r.t.Fatalf("%s answered %d: %s", path, a.status, a.body)
	}
	must(r.t, json.Unmarshal([]byte(a.body), into))
}

// settled waits until nothing more comes of an event.
func (r *rig) settled(id chat.EventID) chat.EventHistory {
	r.t.Helper()
	var h chat.EventHistory
	r.until(fmt.Sprintf("event %s is over", id), func() bool {
		h = chat.EventHistory{}
		r.ask("/v1/events/"+id.String(), &h)
		over := h.Event.Status != chat.Ready
		for _, m := range h.Messages {
			over = over && m.Status != chat.Ready
		}
		return over
	})
	return h
}

// saw is what each member received, only those who received something.
func (r *rig) saw() map[string][]string {
	saw := map[string][]string{}
	for user, inbox := range r.sim.Inboxes() {
		for _, m := range inbox.Messages {
			saw[user] = append(saw[user], m.Text)
		}
	}
	return saw
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// startAgain starts botd on the same files, as after a stop or a crash.
func (r *rig) startAgain(list ...plugins.Plugin) {
	r.t.Helper()
	r.start(append(list, quiz.Plugin, notice.Plugin, rules.Plugin)...)
}
