package doctor_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/botd-chat/botd/callbacks"
	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/config"
	"github.com/botd-chat/botd/doctor"
)

const (
	token      = "a-token-of-callbacks-that-nobody-guesses"
	pathSecret = "a-part-of-the-path-that-nobody-guesses"
	path       = "/callbacks/tencent"
)

// heard is a sink that has to stay empty.
type heard struct {
	mu sync.Mutex
	n  int
}

func (h *heard) Hold(context.Context, callbacks.Callback, []callbacks.Rule, time.Time) error {
	return h.note()
}
func (h *heard) Take(context.Context, callbacks.Callback, []callbacks.Rule) error { return h.note() }
func (h *heard) Changed(chat.AppName, chat.GroupID)                               { _ = h.note() }
func (h *heard) Shown(chat.AppName, chat.GroupID, uint32)                         { _ = h.note() }

func (h *heard) note() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.n++
	return nil
}

// doorway is a receiver as botd has it, and a doctor that knocks at it.
type doorway struct {
	t    *testing.T
	sink heard
	door doctor.Door
}

// newDoorway opens a door that believes in what is given, with something before it.
func newDoorway(t *testing.T, app callbacks.App, before func(http.Handler) http.Handler) *doorway {
	t.Helper()
	d := &doorway{t: t}
	receiver, err := callbacks.New([]callbacks.App{app}, []callbacks.Rule{{App: "main", Bot: "quiz", Trigger: "typed", Account: "quizbot",
		Groups: []chat.GroupID{room}, Via: chat.ViaGroup, Any: true, Hold: true, Again: "Again.", Typed: 600}}, callbacks.Options{Sink: &d.sink})
	must(t, err)
	server := httptest.NewServer(before(receiver))
	t.Cleanup(func() { server.Close(); receiver.Close() })
	d.door = doctor.Door{
		App: config.App{Name: "main", SDKAppID: app.SDKAppID, Callbacks: config.Callbacks{
			Path: path, PathSecret: config.NewSecret(pathSecret), Tokens: []config.Secret{config.NewSecret(token)},
		}},
		Base: server.URL, Client: server.Client(), Now: time.Now,
	}
	d.door.Apps = []config.App{d.door.App, {Name: "next", SDKAppID: app.SDKAppID + 1}}
	return d
}

func (d *doorway) examine() []doctor.Finding {
	d.t.Helper()
	list := sound(d.t, d.door.Examine(d.t.Context()))
	if d.sink.n != 0 {
		d.t.Errorf("something came of what the doctor tried")
	}
	return list
}

func ours() callbacks.App {
	return callbacks.App{Name: "main", SDKAppID: app, Administrator: "administrator", Accounts: []chat.UserID{"quizbot"}, Path: path + "/" + pathSecret, Tokens: []string{token}}
}

func nothing(h http.Handler) http.Handler { return h }

// to replaces what stands before the door.
func to(f func(http.ResponseWriter, *http.Request, http.Handler)) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { f(w, r, next) })
	}
}

func yes(w http.ResponseWriter) {
	_, _ = io.WriteString(w, `{"ActionStatus":"OK","ErrorInfo":"","ErrorCode":0}`)
}

func TestADoorThatIsGuarded(t *testing.T) {
	list := newDoorway(t, ours(), nothing).examine()
	has(t, list, "callbacks", "", "one that is signed rightly is answered", "")
	has(t, list, "callbacks", "", "forged ones are refused: of another application, at another path, without a Sign, signed with another token, signed ten minutes ago, signed for the time in ten minutes", "")
	if len(list) != 2 {
		t.Errorf("%+v", list)
	}
}

func TestWhatIsWrongWithADoor(t *testing.T) {
	var once sync.Once
	for _, x := range []struct {
		name                    string
		app                     func(*callbacks.App)
		before                  func(http.Handler) http.Handler
		problem, detail, remedy string
	}{
		{"another token", func(a *callbacks.App) { a.Tokens = []string{"the-token-before-it-was-changed"} }, nothing,
			"one that is signed rightly is answered 401", "", "was started, or reloaded, with this configuration"},
		{"another path", func(a *callbacks.App) { a.Path = path + "/the-secret-before-it-was-changed" }, nothing, "one that is signed rightly is answered 404", "", "its log says why"},
		{"signatures are not looked at", func(a *callbacks.App) { a.Tokens, a.Insecure = nil, true }, nothing,
			"these are taken: without a Sign, signed with another token, signed ten minutes ago, signed for the time in ten minutes", "", "see what stands before botd"},
		{"something else answers in its place", nil, to(func(w http.ResponseWriter, _ *http.Request, _ http.Handler) { yes(w) }), "these are taken: of another application, at another path, without a Sign", "", "see what stands before botd"},
		{"a page answers in its place", nil, to(func(w http.ResponseWriter, _ *http.Request, _ http.Handler) { _, _ = io.WriteString(w, "<html>") }), "one that is signed rightly is answered 200", "", "what stands before it"},
		{"a redirect, which the service does not follow", nil, to(func(w http.ResponseWriter, r *http.Request, _ http.Handler) {
			http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
		}), "one that is signed rightly is answered 307", "", "what stands before it"},
		{"slowness", nil, to(func(w http.ResponseWriter, r *http.Request, next http.Handler) {
			once.Do(func() { time.Sleep(1100 * time.Millisecond) })
			next.ServeHTTP(w, r)
		}), "was answered only after 1.1", "", "the service waits two seconds"},
		{"sources that this machine is not among", func(a *callbacks.App) { a.Sources = []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")} }, nothing,
			"", "perhaps because this machine is not in sources", "from an address that is in sources"},
	} {
		t.Run(x.name, func(t *testing.T) {
			a := ours()
			if x.app != nil {
				x.app(&a)
			}
			d := newDoorway(t, a, x.before)
			d.door.App.Callbacks.Sources = a.Sources
			has(t, d.examine(), "callbacks", x.problem, x.detail, x.remedy)
		})
	}
}

func TestADoorWithoutSignaturesIsSaidToBeOne(t *testing.T) {
	a := ours()
	a.Tokens, a.Insecure = nil, true
	d := newDoorway(t, a, nothing)
	d.door.App.Callbacks.Tokens, d.door.App.Callbacks.Insecure = nil, true
	list := d.examine()
	has(t, list, "callbacks", "", "callbacks are not signed, so whoever knows the address is believed", "switch authentication on")
	has(t, list, "callbacks", "", "forged ones are refused: of another application, at another path", "")
	if problems(list) != 0 {
		t.Errorf("%+v", list)
	}
}

func TestADoorBehindWhichNobodyIs(t *testing.T) {
	d := newDoorway(t, ours(), nothing)
	d.door.Base = nobody(t)
	list := d.examine()
	has(t, list, "callbacks", "", "nobody answers at "+d.door.Base+path+": ", "--public-url")
	if len(list) != 1 {
		t.Errorf("%+v", list)
	}
}

// What the console would not take, or a stranger on the way could use, is told besides.
func TestTheAddressForTheConsole(t *testing.T) {
	for _, x := range []struct{ base, problem, remedy string }{
		{"https://bots.example.com", "", ""},
		{"http://192.0.2.1:8080", "callbacks are not encrypted", "use https"},
		{"https://my_bots.example.com", `does not take an address with the host "my_bots.example.com"`, "single hyphens"},
		{"https://my--bots.example.com", `the host "my--bots.example.com"`, "single hyphens"},
		{"https://" + strings.Repeat("long.", 12) + "example", "does not take an address", "63 characters"},
	} {
		t.Run(x.base, func(t *testing.T) {
			d := newDoorway(t, ours(), nothing)
			there := strings.TrimPrefix(d.door.Base, "http://")
			d.door.Base = x.base
			d.door.Client = &http.Client{Transport: elsewhere{there}}
			list := d.examine()
			if x.problem == "" && problems(list) == 0 && len(list) == 2 {
				return
			}
			has(t, list, "callbacks", x.problem, "", x.remedy)
		})
	}
}

// elsewhere brings every request to one server, whatever its address says.
type elsewhere struct{ host string }

func (e elsewhere) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.URL.Scheme, r.URL.Host = "http", e.host
	return http.DefaultTransport.RoundTrip(r)
}
