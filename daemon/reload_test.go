package daemon_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/console"
	"github.com/botd-chat/botd/plugins"
	"github.com/botd-chat/botd/problem"
)

// write puts a file of the rig in place of another, at once.
func (r *rig) write(name, text string) {
	r.t.Helper()
	path := filepath.Join(r.folder, name)
	must(r.t, os.WriteFile(path+".new", []byte(text), 0o600))
	must(r.t, os.Rename(path+".new", path))
}

// written is what the configuration says now.
func (r *rig) written() string {
	r.t.Helper()
	text, err := os.ReadFile(r.config())
	must(r.t, err)
	return string(text)
}

func (r *rig) edit(from, to string) {
	r.t.Helper()
	text := r.written()
	if !strings.Contains(text, from) {
		r.t.Fatalf("the configuration has no %q:\n%s", from, text)
	}
	r.write("bots.yaml", strings.Replace(text, from, to, 1))
}

func (r *rig) reload() answer {
	r.t.Helper()
	return r.do(http.MethodPost, r.admin+"/-/reload", http.Header{"Authorization": {"Bearer " + adminToken}}, "")
}

// reloaded reloads and wants these changes, in words.
func (r *rig) reloaded(changes ...string) {
	r.t.Helper()
	a := r.reload()
	var done console.Reloaded
	must(r.t, json.Unmarshal([]byte(a.body), &done))
	if diff := cmp.Diff(append([]string{}, changes...), done.Changed); a.status != http.StatusOK || diff != "" {
		r.t.Fatalf("answered %d %s; changes (-want +got):\n%s", a.status, a.body, diff)
	}
}

// refused reloads and wants mistakes that hold these words, one each.
func (r *rig) refused(words ...string) {
	r.t.Helper()
	a := r.reload()
	var d problem.Details
	must(r.t, json.Unmarshal([]byte(a.body), &d))
	if a.status != http.StatusUnprocessableEntity || len(d.Mistakes) != len(words) {
		r.t.Fatalf("answered %d: %s", a.status, a.body)
	}
	for i, w := range words {
		if m := d.Mistakes[i]; !strings.Contains(m.What+"; "+m.Remedy, w) {
			r.t.Errorf("mistake %d is %+v, want %q", i, m, w)
		}
	}
}

// told posts to the hook with a token and returns the status.
func (r *rig) told(hook, token, id string) int {
	r.t.Helper()
	return r.do(http.MethodPost, r.public+"/hooks/"+hook, http.Header{"Authorization": {"Bearer " + token}, "Idempotency-Key": {id}}, `{"text":"hello","user":"cy"}`).status
}

// counted is a plugin that says nothing and counts its handlers.
type counted struct {
	made, closed, runs atomic.Int64
	wrong              atomic.Int64 // closed twice, or run after it was closed
}

type countedHandler struct {
	c      *counted
	closed atomic.Bool
}

func (c *counted) plugin() plugins.Plugin {
	return plugins.Define("counted", "1.0.0", func(struct{}) (plugins.Handler, error) {
		c.made.Add(1)
		return &countedHandler{c: c}, nil
	})
}

func (h *countedHandler) Handle(context.Context, chat.Event) ([]chat.Message, error) {
	h.c.runs.Add(1)
	time.Sleep(time.Millisecond) // for a reload to come in between
	if h.closed.Load() {
		h.c.wrong.Add(1)
	}
	return nil, nil
}

func (h *countedHandler) Close() error {
	h.c.closed.Add(1)
	if h.closed.Swap(true) {
		h.c.wrong.Add(1)
	}
	return nil
}

const busy = `
  busy:
    account: tellbot
    groups: ["@TGS#2ROOM"]
    on: {posted: {webhook: busy, verify: {bearer: {token_file: hook.token}}}}
    plugin: counted
    audience: {roles: [owner]}
`

func TestNoRequestIsLostByReloads(t *testing.T) {
	var plugin counted
	r := newRig(t, busy, plugin.plugin())
	good := r.written()
	other := strings.NewReplacer("busy:", "other:", "webhook: busy", "webhook: other", "roles: [owner]", "roles: [admin]").Replace(busy)

	stop, load := make(chan struct{}), sync.WaitGroup{}
	var mu sync.Mutex
	accepted := map[chat.EventID]bool{}
	var n, absent, got atomic.Int64
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 16}, Timeout: 10 * time.Second}
	defer client.CloseIdleConnections()
	post := func(hook string) (status int, receipt chat.Receipt, err error) {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, r.public+"/hooks/"+hook, strings.NewReader(`{"user":"cy"}`))
		if err != nil {
			return 0, receipt, err
		}
		req.Header = http.Header{"Authorization": {"Bearer " + hookToken}, "Content-Type": {"application/json"}, "Idempotency-Key": {fmt.Sprint("k", n.Add(1))}}
		res, err := client.Do(req)
		if err != nil {
			return 0, receipt, err
		}
		defer func() { _ = res.Body.Close() }()
		return res.StatusCode, receipt, json.NewDecoder(res.Body).Decode(&receipt)
	}
	for i := range 16 {
		hook := "busy"
		if i < 2 {
			hook = "other"
		}
		load.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				status, receipt, err := post(hook)
				switch {
				case err == nil && status == http.StatusAccepted:
					mu.Lock()
					accepted[receipt.Events[0]] = true
					mu.Unlock()
					got.Add(1)
				case err == nil && status == http.StatusNotFound && hook == "other":
					absent.Add(1)
				default:
					t.Errorf("hook %s: status %d, %v", hook, status, err)
					return
				}
			}
		})
	}
	for i := range 50 {
		before := got.Load()
		r.until("some webhooks came between two reloads", func() bool { return got.Load() > before+4 })
		switch i % 4 {
		case 0:
			r.write("bots.yaml", good+other)
			r.reloaded(`bot "other" added`)
		case 2:
			r.write("bots.yaml", strings.Replace(good, "roles: [owner]}\n", "roles: [owner, admin]}\n", 1))
			r.reloaded(`bot "busy" changed`, `bot "other" removed`)
		default:
			r.write("bots.yaml", strings.Replace(good, "plugin: counted", "plugin: countde", 1)+other)
			r.refused(`did you mean counted?`)
		}
		if i%4 == 2 {
			r.write("bots.yaml", good)
			r.reloaded(`bot "busy" changed`)
		}
	}
	close(stop)
	load.Wait()
	r.write("bots.yaml", good+other) // so that nothing waits for its bot
	r.reloaded()
	stored := r.all()
	for id := range accepted {
		if !stored[id] {
			t.Errorf("event %s got its 202 and is not stored", id)
		}
	}
	if len(stored) != len(accepted) {
		t.Errorf("%d were accepted and %d are stored", len(accepted), len(stored))
	}
	r.until("all are handled", func() bool { return plugin.runs.Load() == int64(len(accepted)) })
	r.end()
	t.Logf("%d accepted, %d at an address that was not there, %d handlers", len(accepted), absent.Load(), plugin.made.Load())
	if absent.Load() == 0 || len(accepted) < 200 {
		t.Error("the load was too small to show anything")
	}
	if made, closed := plugin.made.Load(), plugin.closed.Load(); made != closed || plugin.wrong.Load() != 0 {
		t.Errorf("%d handlers were made and %d closed; %d were run or closed after they were closed", made, closed, plugin.wrong.Load())
	}
}

// all are the ids of all events that are stored.
func (r *rig) all() map[chat.EventID]bool {
	ids, before := map[chat.EventID]bool{}, ""
	for {
		var page console.EventPage
		r.ask("/v1/events?limit=500"+before, &page)
		for _, e := range page.Events {
			ids[e.ID] = true
		}
		if page.Next == nil {
			return ids
		}
		before = "&before=" + page.Next.String()
	}
}

func TestAReloadThatIsRefusedChangesNothing(t *testing.T) {
	r := newRig(t, "")
	r.edit("roles: [owner, admin], sender: true", "roles: [owner], sender: true")
	r.edit("plugin: notice", "plugin: notiec")
	r.edit("store: sqlite:", "store: sqlite:other")
	r.write("hook.token", "another-token-that-nobody-guesses")
	r.refused("put back sqlite:", "did you mean notice?")
	if got := r.told("token", hookToken, "k1"); got != http.StatusAccepted {
		t.Errorf("the token of the configuration that runs: %d", got)
	}
	h := r.settled(r.post("w1", `{"text":"the door is open","user":"cy"}`).Events[0])
	if got := slices.Sorted(maps.Keys(r.saw())); !slices.Equal(got, []string{"ann", "bo"}) || h.Event.Status != chat.Done {
		t.Errorf("%v saw it", got)
	}
	line, ok := r.logged("the configuration was not reloaded: botd goes on as it was")
	if text, _ := json.Marshal(line); !ok || !strings.Contains(string(text), "did you mean notice?") || !strings.Contains(string(text), "bots.yaml:") {
		t.Errorf("the log says %s", text)
	}
	t.Run("the command says so, line by line, and exits 3", func(t *testing.T) {
		code, out, errs := botd(t, "", "reload", "--admin", r.admin, "--token-file", filepath.Join(r.folder, "admin.token"))
		lines := strings.Split(strings.TrimSpace(errs), "\n")
		if code != 3 || out != "" || len(lines) != 3 || !strings.Contains(lines[0], "bots.yaml:4:8: store: ") || lines[2] != "botd: there are 2 mistakes in the configuration; nothing was changed" {
			t.Errorf("code %d, %q, %q", code, out, errs)
		}
	})
	t.Run("metrics tell of it", func(t *testing.T) {
		if m := r.do(http.MethodGet, r.admin+"/metrics", nil, "").body; !strings.Contains(m, `botd_reloads_total{result="refused"} 2`) || strings.Contains(m, `result="done"`) {
			t.Errorf("%s", m)
		}
	})
}

func TestSecretsAreReadAgain(t *testing.T) {
	r := newRig(t, "")
	const fresh = "another-token-that-nobody-guesses"
	r.write("hook.token", fresh)
	if got := r.told("token", hookToken, "k1"); got != http.StatusAccepted {
		t.Errorf("before the reload: %d", got)
	}
	r.write("admin.token", fresh)
	code, out, errs := botd(t, "", "reload", "--admin", r.admin, "--token-file", writeTemp(t, adminToken), "--as", "ann", "--reason", "new tokens")
	if want := "reloaded; what is different now:\n  bot \"teller\" changed\n  the admin token changed\n"; code != 0 || out != want {
		t.Errorf("code %d, %q, %q", code, out, errs)
	}
	for token, want := range map[string]int{hookToken: http.StatusUnauthorized, fresh: http.StatusAccepted} {
		if got := r.told("token", token, "k2"); got != want {
			t.Errorf("after the reload: %d, want %d", got, want)
		}
	}
	for token, want := range map[string]int{adminToken: http.StatusUnauthorized, fresh: http.StatusOK} {
		if a := r.do(http.MethodGet, r.admin+"/v1/events", http.Header{"Authorization": {"Bearer " + token}}, ""); a.status != want {
			t.Errorf("the admin listener: %d, want %d", a.status, want)
		}
	}
	line, _ := r.logged("the configuration was reloaded")
	if text, _ := json.Marshal(line); line["who"] != "ann" || strings.Contains(string(text), fresh) {
		t.Errorf("the log says %s", text)
	}
}

func writeTemp(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	must(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

func TestAHangupReloads(t *testing.T) {
	r := newRig(t, "")
	r.edit("webhook: token", "webhook: renamed")
	must(t, syscall.Kill(os.Getpid(), syscall.SIGHUP))
	r.until("the configuration was reloaded", func() bool {
		line, ok := r.logged("the configuration was reloaded")
		return ok && line["who"] == "SIGHUP"
	})
	for hook, want := range map[string]int{"token": http.StatusNotFound, "renamed": http.StatusAccepted} {
		if got := r.told(hook, hookToken, "k1"); got != want {
			t.Errorf("/hooks/%s: %d, want %d", hook, got, want)
		}
	}
}

func TestReloadsComeOneAfterTheOther(t *testing.T) {
	r := newRig(t, "")
	r.edit("[owner, admin], sender", "[owner], sender")
	var all sync.WaitGroup
	var changed atomic.Int32
	for range 8 {
		all.Go(func() {
			a := r.reload()
			if a.status != http.StatusOK {
				t.Errorf("%d: %s", a.status, a.body)
			}
			if strings.Contains(a.body, "teller") {
				changed.Add(1)
			}
		})
	}
	all.Wait()
	if n := changed.Load(); n != 1 {
		t.Errorf("%d of 8 reloads changed the bot", n)
	}
}

func TestAnApplicationThatMovedIsFoundWhereItIs(t *testing.T) {
	r := newRig(t, "")
	r.settled(r.post("w1", `{"text":"one","user":"cy"}`).Events[0])
	var calls atomic.Int32
	elsewhere := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		calls.Add(1)
		r.sim.Handler().ServeHTTP(w, q)
	}))
	defer elsewhere.Close()
	r.edit(r.service.URL, elsewhere.URL)
	r.reloaded(`app "main" changed`)
	r.service.Close() // which waits for connections that are in use
	r.settled(r.post("w2", `{"text":"two","user":"cy"}`).Events[0])
	if got := r.saw()["ann"]; !slices.Equal(got, []string{"one", "two"}) || calls.Load() == 0 {
		t.Errorf("ann saw %q, by %d calls", got, calls.Load())
	}
}

func TestWhatIsForABotThatIsGoneWaitsForIt(t *testing.T) {
	r := newRig(t, busy, (&counted{}).plugin())
	with := r.written()
	must(t, r.paused("busy"))
	id := r.accepted("busy")
	r.write("bots.yaml", strings.Replace(with, busy, "", 1))
	r.reloaded(`bot "busy" removed`)
	var h chat.EventHistory
	r.do(http.MethodPost, r.admin+"/v1/resume", http.Header{"Authorization": {"Bearer " + adminToken}}, `{"bot":"busy"}`)
	r.until("the event says what it waits for", func() bool {
		h = chat.EventHistory{}
		r.ask("/v1/events/"+id.String(), &h)
		return strings.Contains(h.Event.Reason, `no bot "busy"`)
	})
	if h.Event.Status != chat.Ready {
		t.Errorf("%s: %s", h.Event.Status, h.Event.Reason)
	}
	r.write("bots.yaml", with)
	r.reloaded(`bot "busy" added`)
	if h := r.settled(id); h.Event.Status != chat.Done {
		t.Errorf("%s: %s", h.Event.Status, h.Event.Reason)
	}
}

func (r *rig) paused(bot string) error {
	a := r.do(http.MethodPost, r.admin+"/v1/pause", http.Header{"Authorization": {"Bearer " + adminToken}}, `{"bot":"`+bot+`"}`)
	if a.status != http.StatusOK {
		return fmt.Errorf("%d: %s", a.status, a.body)
	}
	return nil
}

// accepted posts to a hook with the token and returns the event.
func (r *rig) accepted(hook string) chat.EventID {
	r.t.Helper()
	a := r.do(http.MethodPost, r.public+"/hooks/"+hook, http.Header{"Authorization": {"Bearer " + hookToken}}, `{"user":"cy"}`)
	var receipt chat.Receipt
	must(r.t, json.Unmarshal([]byte(a.body), &receipt))
	if a.status != http.StatusAccepted {
		r.t.Fatalf("%d: %s", a.status, a.body)
	}
	return receipt.Events[0]
}
