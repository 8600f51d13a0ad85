package im_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"testing"
	"time"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/im"
	"github.com/botd-chat/botd/im/simulator"
)

// The client against the simulator, which was written from the same documents
// by somebody else and shows a message to everybody wherever they leave it open.

const (
	app    = 1400001001
	secret = "5bd2850fff3ecb11d7c805251c51ee463a25727bddc2385f3fa8bfee1bb93b5e"
)

// world is a simulator and a client of it, neither slowed down by limits.
type world struct {
	sim    *simulator.Simulator
	server *httptest.Server
	client *im.Client
}

type tb interface {
	Helper()
	Fatal(...any)
	Fatalf(string, ...any)
	Errorf(string, ...any)
}

func must(t tb, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func newWorld(t tb, modes simulator.Modes) *world {
	t.Helper()
	sim, err := simulator.New(simulator.Options{
		SDKAppID: app, SecretKey: secret, Modes: modes, Seed: 7,
		Limits: simulator.Limits{CallsPerSecond: -1, GroupListsPerSecond: -1, AccountCallsPerSecond: -1, GroupMessagesPerSecond: -1},
	})
	must(t, err)
	server := httptest.NewServer(sim.Handler())
	key, err := im.NewSecretKey(secret)
	must(t, err)
	client, err := im.New(im.Config{
		SDKAppID: app, Administrator: "administrator", Key: key, BaseURL: server.URL, Timeout: 2 * time.Second,
		Limits: im.Limits{PerAPI: 1e6, AllGroups: 1e6, PerGroup: 1e6, Accounts: 1e6},
	})
	must(t, err)
	must(t, sim.AddAccount("quizbot"))
	return &world{sim, server, client}
}

func (w *world) close() {
	w.client.Close()
	w.sim.Close()
	w.server.Close()
}

func classRoom(id, kind string) simulator.Group {
	g := simulator.Group{ID: id, Type: kind, Name: "Class", Members: []simulator.Member{
		{ID: "alice", Role: simulator.Owner, NameCard: "Alice"}, {ID: "bob", Role: simulator.Admin}, {ID: "carol"}, {ID: "dave"},
	}}
	if kind == "Work" || kind == "AVChatRoom" {
		g.Members[1].Role = simulator.Ordinary
	}
	return g
}

func recipients(t tb, ids ...chat.UserID) chat.Recipients {
	t.Helper()
	r, err := chat.NewRecipients(ids)
	must(t, err)
	return r
}

func message(t tb, to chat.Recipients) im.Targeted {
	t.Helper()
	return im.Targeted{
		Group: "@TGS#2QUIZROOM1", Type: chat.Public, From: "quizbot", To: to, Random: 1,
		Body: []chat.Element{{Text: &chat.Text{Text: "carol answered: B"}}},
	}
}

func send(ctx context.Context, w *world, m im.Targeted) (im.Sent, error) {
	p, err := w.client.Prepare(m)
	if err != nil {
		return im.Sent{}, err
	}
	return w.client.Send(ctx, p)
}

func TestAgainstTheSimulator(t *testing.T) {
	w := newWorld(t, simulator.Modes{})
	defer w.close()
	must(t, w.sim.AddGroup(classRoom("@TGS#2QUIZROOM1", "Public")))
	ctx := t.Context()

	g, err := w.client.Group(ctx, "@TGS#2QUIZROOM1")
	must(t, err)
	if g.Type != chat.Public || g.Owner != "alice" || g.Members != 4 || g.Name != "Class" {
		t.Errorf("the group is %+v", g)
	}
	admins, err := w.client.Members(ctx, g.ID, chat.Owner, chat.Admin)
	must(t, err)
	if fmt.Sprint(admins) != "[{alice owner Alice <nil>} {bob admin  <nil>}]" {
		t.Errorf("the admins are %v", admins)
	}
	now, err := w.client.Roles(ctx, g.ID, []chat.UserID{"bob", "eve", "alice"})
	must(t, err)
	if fmt.Sprint(now) != "[{alice owner  <nil>} {bob admin  <nil>}]" {
		t.Errorf("the roles are %v", now)
	}
	some, err := w.client.ProfilesOf(ctx, g.ID, []chat.UserID{"carol", "eve"}, nil)
	must(t, err)
	if fmt.Sprint(some) != "[{carol member  <nil>}]" {
		t.Errorf("the specified members are %v", some)
	}
	all, err := w.client.AllGroups(ctx)
	must(t, err)
	if !slices.Equal(all, []chat.GroupID{g.ID}) {
		t.Errorf("all groups are %v", all)
	}
	must(t, w.client.ImportAccount(ctx, "newbot", "New"))
	exist, err := w.client.Accounts(ctx, []chat.UserID{"quizbot", "nobody", "newbot"})
	must(t, err)
	if !maps.Equal(exist, map[chat.UserID]bool{"quizbot": true, "nobody": false, "newbot": true}) {
		t.Errorf("which accounts exist: %v", exist)
	}

	sent, err := send(t.Context(), w, message(t, recipients(t, "alice", "bob")))
	must(t, err)
	if sent.Seq == 0 || time.Since(sent.Time).Abs() > time.Minute {
		t.Errorf("sent %+v", sent)
	}
	for user, want := range map[string]int{"alice": 1, "bob": 1, "carol": 0, "dave": 0} {
		in, err := w.sim.Inbox(user)
		must(t, err)
		if in.Targeted != want || in.Broadcast != 0 {
			t.Errorf("%s received %d targeted and %d others, want %d", user, in.Targeted, in.Broadcast, want)
		}
	}
}

func TestEveryElementIsAcceptedByTheSimulator(t *testing.T) {
	w := newWorld(t, simulator.Modes{})
	defer w.close()
	must(t, w.sim.AddGroup(classRoom("@TGS#2QUIZROOM1", "Public")))
	m := message(t, recipients(t, "alice"))
	m.Priority, m.Push = chat.High, im.PushText("Something new")
	m.Body = []chat.Element{
		{Text: &chat.Text{Text: "<&>"}},
		{Custom: &chat.Custom{Data: `{"v":1}`}},
		{Face: &chat.Face{Index: 1}},
		{Location: &chat.Location{Latitude: 1, Longitude: 2}},
		{File: &chat.File{URL: "https://cdn.example.org/f", UUID: "f", Name: "f.csv", Bytes: 1}},
		{Image: &chat.Image{UUID: "i", Format: chat.PNG, Sizes: []chat.ImageSize{{Kind: 1, Width: 1, Height: 1, URL: "https://cdn.example.org/i"}}}},
	}
	_, err := send(t.Context(), w, m)
	must(t, err)
	if got := w.sim.Messages(); len(got) != 1 || got[0].Priority != "High" || got[0].Reason != simulator.Targeted || got[0].CustomData != `{"botd":1}` {
		t.Errorf("the simulator has %+v", got)
	}
}

// The oracle must be able to see a leak: without the client, the same bytes minus
// the list reach everybody.
func TestTheSimulatorShowsALeak(t *testing.T) {
	w := newWorld(t, simulator.Modes{})
	defer w.close()
	must(t, w.sim.AddGroup(classRoom("@TGS#2QUIZROOM1", "Public")))
	body := []byte(`{"GroupId":"@TGS#2QUIZROOM1","Random":1,"From_Account":"quizbot","to_account":["alice"],` +
		`"MsgBody":[{"MsgType":"TIMTextElem","MsgContent":{"Text":"carol answered: B"}}]}`)
	key, err := im.NewSecretKey(secret)
	must(t, err)
	sig, err := im.UserSig(im.Claims{SDKAppID: app, User: "administrator", Made: time.Now(), Life: time.Hour}, key)
	must(t, err)
	q := url.Values{"sdkappid": {fmt.Sprint(app)}, "identifier": {"administrator"}, "usersig": {sig}, "random": {"7"}, "contenttype": {"json"}}
	resp, err := http.Post(w.server.URL+"/v4/group_open_http_svc/send_group_msg?"+q.Encode(), "application/json", bytes.NewReader(body)) //nolint:noctx // a test's
	must(t, err)
	defer func() { _ = resp.Body.Close() }()
	var answer struct{ ErrorCode int }
	must(t, json.NewDecoder(resp.Body).Decode(&answer))
	in, err := w.sim.Inbox("dave")
	must(t, err)
	if answer.ErrorCode != 0 || in.Broadcast != 1 {
		t.Errorf("ErrorCode %d, and dave received %d; want the leak", answer.ErrorCode, in.Broadcast)
	}
}

func TestGroupsWithoutTargetedMessagesReceiveNothing(t *testing.T) {
	w := newWorld(t, simulator.Modes{})
	defer w.close()
	for id, kind := range map[string]string{"@TGS#_community": "Community", "live": "AVChatRoom"} {
		must(t, w.sim.AddGroup(classRoom(id, kind)))
		g, err := w.client.Group(t.Context(), chat.GroupID(id))
		must(t, err)
		m := message(t, recipients(t, "alice"))
		m.Group, m.Type = g.ID, g.Type
		if _, err := send(t.Context(), w, m); !errors.Is(err, im.ErrNotTargetable) {
			t.Errorf("%s: %v, want ErrNotTargetable", kind, err)
		}
	}
	if n := len(w.sim.Messages()); n != 0 {
		t.Errorf("%d messages got through", n)
	}
}

func TestErrorsOfTheSimulator(t *testing.T) {
	for name, c := range map[string]struct {
		modes  simulator.Modes
		change func(*im.Targeted)
		class  im.Class
		code   int
	}{
		"no such group":        {change: func(m *im.Targeted) { m.Group = "@TGS#2NONE" }, class: im.Permanent, code: 10010},
		"no such sender":       {change: func(m *im.Targeted) { m.From = "nobody" }, class: im.Permanent, code: 10019},
		"no such target":       {modes: simulator.Modes{UnknownTarget: "10019"}, change: func(m *im.Targeted) { m.To = recipients(t, "nobody") }, class: im.Permanent, code: 10019},
		"nobody by that name":  {change: func(m *im.Targeted) { m.To = recipients(t, "nobody") }},
		"everything in order ": {change: func(*im.Targeted) {}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, c.modes)
			defer w.close()
			must(t, w.sim.AddGroup(classRoom("@TGS#2QUIZROOM1", "Public")))
			m := message(t, recipients(t, "alice"))
			c.change(&m)
			_, err := send(t.Context(), w, m)
			if e, ok := errors.AsType[*im.Error](err); c.code != 0 && (!ok || e.Code != c.code || e.Class != c.class) {
				t.Errorf("got %v, want %d, %s", err, c.code, c.class)
			}
			if c.code == 0 && err != nil {
				t.Error(err)
			}
		})
	}
}
