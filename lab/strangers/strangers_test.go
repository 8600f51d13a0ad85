package strangers

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/botd-chat/botd/daemon"
	"github.com/botd-chat/botd/docs/reference"
	"github.com/botd-chat/botd/im/simulator"
	"github.com/botd-chat/botd/internal/apicheck"
	"github.com/botd-chat/botd/plugins/notice"
	"github.com/botd-chat/botd/problem"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	// atLeast is how many bad requests there are.
	atLeast = 5000
	// growth is how much more of the heap may be in use afterwards, in bytes.
	growth = 4 << 20

	appKey     = "f1e2d3c4b5a697887766554433221100ffeeddccbbaa99887766554433221100"
	adminToken = "SECRETofADMIN0123456789abcdef0123456789"
)

func TestStrangersAreToldWhatIsWrongAndLeaveNothing(t *testing.T) {
	if testing.Short() {
		t.Skip("it waits half a minute for senders who say nothing")
	}
	all := senders()
	everyKind(t, all)
	seed := uint64(1)
	if s := os.Getenv("SEED"); s != "" {
		var err error
		if seed, err = strconv.ParseUint(s, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	requests, err := everybody(seed, time.Now(), all, corpora(t))
	if err != nil {
		t.Fatal(err)
	}
	if len(requests) < atLeast {
		t.Fatalf("%d bad requests, want %d", len(requests), atLeast)
	}
	b := open(t, all)
	b.judge(requests[:len(requests)/10], 1) // so that all is warm that is only made once
	before := heap()
	began := time.Now()
	b.judge(requests, 64)
	took := time.Since(began)
	after := heap()
	runtime.KeepAlive(requests)

	t.Logf("seed %d: %d bad requests in %v; heap %d KiB before and %d KiB after\n%s", seed, len(requests), took.Round(time.Millisecond), before>>10, after>>10, b.tally())
	if after > before+growth {
		t.Errorf("the heap grew from %d to %d bytes", before, after)
	}
	if n := b.events(); n != 0 {
		t.Errorf("%d events were stored", n)
	}
	b.quiet()
	b.welcome()
}

// heap is how much of it is in use.
func heap() uint64 {
	var m runtime.MemStats
	for range 3 { // what has a finalizer goes in the second round
		runtime.GC()
	}
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// house is a botd with all hooks.
type house struct {
	t             *testing.T
	senders       []sender
	public, admin string // host and port
	log           string // the file
	document      *apicheck.Checker

	mu      sync.Mutex
	answers map[string]int // how often a sort was answered with a status
}

const configuration = `
apps:
  main: {sdk_app_id: 1400001001, secret_key_file: app.key, administrator: administrator, base_url: %s}
store: sqlite:%s
listen: {public: 127.0.0.1:0, admin: 127.0.0.1:0, refused_per_minute: 0}
admin_token_file: admin.token
bots:
  teller:
    account: tellbot
    groups: ["@TGS#2ROOM"]
    plugin: notice
    options: {to: {roles: [owner]}}
    audience: {roles: [owner]}
    on:
%s`

func open(t *testing.T, all []sender) *house {
	t.Helper()
	sim, err := simulator.New(simulator.Options{SDKAppID: 1400001001, SecretKey: appKey})
	must(t, err)
	must(t, sim.AddAccount("tellbot"))
	must(t, sim.AddGroup(simulator.Group{ID: "@TGS#2ROOM", Type: "Public", Name: "Room", Members: []simulator.Member{{ID: "ann", Role: "Owner"}}}))
	service := httptest.NewServer(sim.Handler())
	t.Cleanup(func() { sim.Close(); service.Close() })
	folder := t.TempDir()
	var triggers strings.Builder
	files := map[string]string{"app.key": appKey, "admin.token": adminToken}
	for _, s := range all {
		triggers.WriteString(s.yaml())
		if len(s.settings.Secrets) > 0 {
			files[s.hook+".secret"] = s.settings.Secrets[0]
		}
	}
	files["bots.yaml"] = fmt.Sprintf(configuration, service.URL, filepath.Join(folder, "botd.db"), triggers.String())
	for name, text := range files {
		must(t, os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600))
	}
	h := &house{t: t, senders: all, log: filepath.Join(folder, "log"), answers: map[string]int{}}
	h.document, err = apicheck.New(reference.Public)
	must(t, err)
	h.start(filepath.Join(folder, "bots.yaml"))
	return h
}

// start runs botd serve until the test ends, with everything in its log.
func (h *house) start(config string) {
	h.t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	exit := make(chan int, 1)
	log, err := os.Create(h.log)
	must(h.t, err)
	go func() {
		defer log.Close()
		exit <- daemon.Run(ctx, daemon.Process{Args: []string{"serve", "--config", config}, Stdin: strings.NewReader(""), Stdout: io.Discard, Stderr: log,
			Getenv: func(name string) string { return map[string]string{"BOTD_LOG_LEVEL": "debug"}[name] }}, notice.Plugin)
	}()
	h.t.Cleanup(func() {
		stop()
		if code := <-exit; code != 0 {
			h.t.Errorf("botd ended with code %d:\n%s", code, h.tail())
		}
	})
	listening := regexp.MustCompile(`"msg":"botd runs".*`)
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		var line struct{ Public, Admin string }
		if found := listening.FindString(h.text()); found != "" && json.Unmarshal([]byte("{"+found), &line) == nil {
			h.public, h.admin = line.Public, line.Admin
			return
		}
		if time.Now().After(deadline) {
			h.t.Fatalf("botd does not listen:\n%s", h.tail())
		}
	}
}

// judge sends all, so many at a time, and holds each answer against what it
// should be.
func (h *house) judge(all []bad, at int) {
	h.t.Helper()
	work := make(chan bad)
	var workers sync.WaitGroup
	for range at {
		workers.Go(func() {
			for b := range work {
				h.one(b)
			}
		})
	}
	var waiting sync.WaitGroup // those that say nothing cost no worker
	for _, b := range all {
		switch {
		case b.slow && at > 1:
			waiting.Go(func() { h.one(b) })
		case !b.slow:
			work <- b
		}
	}
	close(work)
	workers.Wait()
	waiting.Wait()
}

func (h *house) one(b bad) {
	r, err := send(h.t.Context(), h.public, b)
	if err != nil {
		if !b.http {
			h.t.Errorf("%s: %v\n%.300q", b.sort, err, b.bytes())
		}
		h.count(b.sort, "no answer")
		return
	}
	if b.http && slices.Contains(protocol, r.status) && !strings.HasPrefix(r.header.Get("Content-Type"), problem.ContentType) {
		h.count(b.sort, strconv.Itoa(r.status)+" by HTTP itself")
		return
	}
	h.count(b.sort, strconv.Itoa(r.status))
	// Senders of alerts drop a 408, and are told the 503 that they heed.
	late := r.status == http.StatusServiceUnavailable && strings.Contains(string(r.body), "took too long")
	if !late && (r.status < 400 || r.status > 499 || len(b.want) > 0 && !slices.Contains(b.want, r.status) && !b.http) {
		h.t.Errorf("%s was answered %d %.200s and not %v\n%.600q", b.sort, r.status, r.body, b.want, b.bytes())
	}
	seen := b.request()
	if seen == nil {
		h.t.Errorf("%s was answered %d although it is no request\n%.600q", b.sort, r.status, b.bytes())
		return
	}
	if err := h.document.Check(seen, nil, r.status, r.header, r.body); err != nil {
		h.t.Errorf("%s: %v\n%.600q", b.sort, err, b.bytes())
	}
	if bytes.Contains(r.body, []byte(mark)) || bytes.Contains(r.body, []byte("SECRETof")) {
		h.t.Errorf("%s is told what it sent: %.300s", b.sort, r.body)
	}
}

// protocol are what the HTTP server says, in its own words, to what it takes for
// no request (RFC 9110): not framed as it asks, too long, an expectation, a
// transfer coding or a version that it does not know.
var protocol = []int{http.StatusBadRequest, http.StatusExpectationFailed, http.StatusRequestHeaderFieldsTooLarge, http.StatusNotImplemented, http.StatusHTTPVersionNotSupported}

func (h *house) count(sort, status string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.answers[fmt.Sprintf("%-22s %s", sort, status)]++
}

func (h *house) tally() string {
	var b strings.Builder
	for _, what := range slices.Sorted(maps.Keys(h.answers)) {
		fmt.Fprintf(&b, "%-40s %5d\n", what, h.answers[what])
	}
	return b.String()
}

// events is how many there are, by the admin listener.
func (h *house) events() int {
	r, err := http.NewRequestWithContext(h.t.Context(), http.MethodGet, "http://"+h.admin+"/v1/events?limit=500", nil)
	must(h.t, err)
	r.Header.Set("Authorization", "Bearer "+adminToken)
	r.Close = true
	res, err := http.DefaultClient.Do(r)
	must(h.t, err)
	defer res.Body.Close()
	var page struct{ Events []json.RawMessage }
	must(h.t, json.NewDecoder(res.Body).Decode(&page))
	return len(page.Events)
}

// quiet makes sure that the log tells of the strangers, of no mistake of botd's,
// and of nothing that they sent or that is secret.
func (h *house) quiet() {
	text := h.text()
	if n := strings.Count(text, `"webhook refused"`); n < atLeast {
		h.t.Errorf("the log tells of %d refusals", n)
	}
	for _, never := range []string{mark, "SECRETof", appKey, `"level":"ERROR"`, "panic"} {
		if i := strings.Index(text, never); i >= 0 {
			h.t.Errorf("the log has %q: …%q…", never, text[max(0, i-400):min(len(text), i+200)])
		}
	}
	for _, s := range h.senders {
		for _, secret := range s.settings.Secrets {
			if _, key, _ := strings.Cut(secret, "_"); key != "" && strings.Contains(text, key) {
				h.t.Errorf("the log has the secret of %s", s.hook)
			}
		}
	}
}

// welcome has each sender post as it should. So what was refused was refused for
// the one thing that was wrong with it.
func (h *house) welcome() {
	for _, s := range h.senders {
		header, err := s.signed(time.Now(), "good-"+s.hook, []byte(s.body))
		must(h.t, err)
		b := bad{sort: "right", target: "/hooks/" + s.hook, header: lines(header), body: []byte(s.body)}
		r, err := send(h.t.Context(), h.public, b)
		if err != nil || r.status != http.StatusAccepted {
			h.t.Errorf("%s posts as it should and was answered %d %s %v", s.hook, r.status, r.body, err)
			continue
		}
		if err := h.document.Check(b.request(), b.body, r.status, r.header, r.body); err != nil {
			h.t.Error(err)
		}
	}
	if n := h.events(); n != len(h.senders) {
		h.t.Errorf("%d events are stored of %d senders", n, len(h.senders))
	}
}

// corpora are the inputs that fuzzing found worth keeping, in all packages.
func corpora(t *testing.T) (all []string) {
	t.Helper()
	files, err := filepath.Glob("../../*/testdata/fuzz/*/*")
	must(t, err)
	input := regexp.MustCompile(`(?m)^(?:string|\[\]byte)\((".*")\)$`)
	for _, file := range files {
		text, err := os.ReadFile(file)
		must(t, err)
		for _, found := range input.FindAllStringSubmatch(string(text), -1) {
			if s, err := strconv.Unquote(found[1]); err == nil {
				all = append(all, s)
			}
		}
	}
	if len(all) < 100 {
		t.Fatalf("%d inputs in the corpora of %d files", len(all), len(files))
	}
	return all
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// text is the log.
func (h *house) text() string {
	h.t.Helper()
	text, err := os.ReadFile(h.log)
	must(h.t, err)
	return string(text)
}

func (h *house) tail() string {
	s := h.text()
	return s[max(0, len(s)-4000):]
}
