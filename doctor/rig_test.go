package doctor_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/config"
	"github.com/botd-chat/botd/doctor"
	"github.com/botd-chat/botd/im"
	"github.com/botd-chat/botd/im/simulator"
)

const (
	app  = 1400001001
	key  = "f1e2d3c4b5a697887766554433221100ffeeddccbbaa99887766554433221100"
	room = "@TGS#2ROOM"
)

// clinic is a simulated service in which all is well, and a configuration that it suits.
type clinic struct {
	t       *testing.T
	sim     *simulator.Simulator
	handler http.Handler // what answers in the service's place
	service doctor.Service
	now     time.Time // by this machine's clock
}

func newClinic(t *testing.T) *clinic {
	t.Helper()
	sim, err := simulator.New(simulator.Options{SDKAppID: app, SecretKey: key})
	must(t, err)
	must(t, sim.AddAccount("quizbot"))
	must(t, sim.AddGroup(simulator.Group{ID: room, Type: "Public", Name: "Room", Members: []simulator.Member{{ID: "alice", Role: "Owner"}, {ID: "bob", Role: "Admin"}, {ID: "carol"}}}))
	c := &clinic{t: t, sim: sim, handler: sim.Handler(), now: time.Now()}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { c.handler.ServeHTTP(w, r) }))
	t.Cleanup(func() { sim.Close(); server.Close() })
	main := config.App{Name: "main", SDKAppID: app, SecretKey: config.NewSecret(key), Administrator: "administrator", BaseURL: server.URL}
	c.service = doctor.Service{
		App: main, Connect: connect, Now: func() time.Time { return c.now },
		Config: &config.Config{Apps: []config.App{main}, Bots: []config.Bot{{
			Name: "quiz", App: "main", Account: "quizbot", Groups: []chat.GroupID{room}, Audience: chat.Audience{Roles: []chat.Role{chat.Owner, chat.Admin}, Sender: true},
		}}},
	}
	return c
}

func connect(a config.App, now func() time.Time, observe func(im.Call)) (*im.Client, error) {
	secret, err := im.NewSecretKey(a.SecretKey.Reveal())
	if err != nil {
		return nil, err
	}
	return im.New(im.Config{SDKAppID: uint64(a.SDKAppID), Administrator: a.Administrator, Key: secret, BaseURL: a.BaseURL, Now: now, Observe: observe})
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (c *clinic) bot() *config.Bot { return &c.service.Config.Bots[0] }

// examine asks the service, and holds what was found to what no finding may do.
func (c *clinic) examine() []doctor.Finding {
	c.t.Helper()
	return sound(c.t, c.service.Examine(c.t.Context()))
}

// sound holds findings to what each must be: of one thing, with a remedy where something
// is to be done, and without a secret.
func sound(t *testing.T, list []doctor.Finding) []doctor.Finding {
	t.Helper()
	for _, f := range list {
		text := f.Problem + f.Detail + f.Remedy
		switch {
		case f.Check == "", f.Problem == "" && f.Detail == "", f.Problem != "" && f.Remedy == "", f.Problem != "" && f.Detail != "":
			t.Errorf("no finding: %+v", f)
		case strings.Contains(text, key), strings.Contains(text, token), strings.Contains(text, pathSecret), strings.Contains(text, "usersig="):
			t.Errorf("it tells a secret: %+v", f)
		}
	}
	return list
}

// find is the findings of one check.
func find(list []doctor.Finding, check string) (found []doctor.Finding) {
	for _, f := range list {
		if f.Check == check {
			found = append(found, f)
		}
	}
	return found
}

// has wants one finding of a check that has these words in its problem or detail, and in
// its remedy.
func has(t *testing.T, list []doctor.Finding, check, problem, detail, remedy string) {
	t.Helper()
	for _, f := range find(list, check) {
		if (f.Problem != "") == (problem != "") && strings.Contains(f.Problem, problem) && strings.Contains(f.Detail, detail) && strings.Contains(f.Remedy, remedy) && (f.Remedy != "") == (remedy != "") {
			return
		}
	}
	t.Errorf("no finding of %s with %q, %q, %q in:\n%+v", check, problem, detail, remedy, list)
}

func problems(list []doctor.Finding) (n int) {
	for _, f := range list {
		if f.Problem != "" {
			n++
		}
	}
	return n
}
