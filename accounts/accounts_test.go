package accounts_test

import (
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"

	"github.com/botd-chat/botd/accounts"
	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/config"
	"github.com/botd-chat/botd/im"
	"github.com/botd-chat/botd/im/simulator"
)

const (
	app = 1400001001
	key = "f1e2d3c4b5a697887766554433221100ffeeddccbbaa99887766554433221100"
)

// world is a simulated service and a client of it.
type world struct {
	t      *testing.T
	sim    *simulator.Simulator
	client *im.Client
}

func newWorld(t *testing.T) *world {
	t.Helper()
	sim, err := simulator.New(simulator.Options{SDKAppID: app, SecretKey: key})
	must(t, err)
	server := httptest.NewServer(sim.Handler())
	secret, err := im.NewSecretKey(key)
	must(t, err)
	client, err := im.New(im.Config{SDKAppID: app, Administrator: "administrator", Key: secret, BaseURL: server.URL})
	must(t, err)
	t.Cleanup(func() { client.Close(); sim.Close(); server.Close() })
	return &world{t, sim, client}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (w *world) look(list ...accounts.Account) []accounts.Account {
	w.t.Helper()
	must(w.t, accounts.Look(w.t.Context(), w.client, list))
	return list
}

func (w *world) calls(api string) int { return w.sim.Counts()[api].Calls }

var (
	quiz  = accounts.Account{App: "main", ID: "quizbot", Kind: accounts.Ordinary, Bots: []chat.BotName{"quiz"}}
	robot = accounts.Account{App: "main", ID: "@RBT#poll", Kind: accounts.Robot, Bots: []chat.BotName{"poll"}}
	admin = accounts.Account{App: "main", ID: "administrator", Kind: accounts.Ordinary, Administrator: true}
)

func TestTheAccountsOfAConfigurationAreNamedOnce(t *testing.T) {
	got := accounts.Named(&config.Config{
		Apps: []config.App{{Name: "main", Administrator: "administrator"}, {Name: "other", Administrator: "boss"}},
		Bots: []config.Bot{
			{Name: "quiz", App: "main", Account: "quizbot"},
			{Name: "poll", App: "main", Account: "@RBT#poll"},
			{Name: "second", App: "main", Account: "quizbot"},
			{Name: "rude", App: "other", Account: "boss"},
		},
	})
	both, boss := quiz, accounts.Account{App: "other", ID: "boss", Kind: accounts.Ordinary, Administrator: true, Bots: []chat.BotName{"rude"}}
	both.Bots = []chat.BotName{"quiz", "second"}
	if want := []accounts.Account{admin, both, robot, boss}; !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	if where := boss.Where(); where != "apps.other.administrator and bots.rude" {
		t.Errorf("it is named by %s", where)
	}
}

func TestWhatIsMissingIsMadeOnce(t *testing.T) {
	w := newWorld(t)
	list := w.look(admin, quiz, robot)
	if list[0].State != accounts.Exists || list[1].State != accounts.Missing || list[2].State != accounts.Missing {
		t.Fatalf("before: %+v", list)
	}
	for i := range list[1:] {
		accounts.Create(t.Context(), w.client, &list[1+i], "A name")
		if list[1+i].State != accounts.Created || list[1+i].Error != "" {
			t.Errorf("%+v", list[1+i])
		}
	}
	for _, a := range w.look(admin, quiz, robot) {
		if a.State != accounts.Exists {
			t.Errorf("after: %+v", a)
		}
	}
	if a, b := w.calls("account_import"), w.calls("create_robot"); a != 1 || b != 1 {
		t.Errorf("the service was asked to make %d accounts and %d robots", a, b)
	}
}

// A robot is not looked for among the accounts, since nothing says that it would be found.
func TestRobotsAreAskedForWhereThereAreAny(t *testing.T) {
	w := newWorld(t)
	w.look(quiz)
	if n := w.calls("get_all_robots"); n != 0 {
		t.Errorf("%d calls for robots that nobody names", n)
	}
	w.look(robot)
	if n := w.calls("account_check"); n != 1 {
		t.Errorf("%d calls for accounts, of which one was needed", n)
	}
}

// Where it is not clear what came of it, the service is asked whether the account is
// there, and not to make it again.
func TestAnUnclearOutcomeIsLookedUp(t *testing.T) {
	for _, c := range []struct {
		name, when string
		want       accounts.State
	}{
		{"made", simulator.After, accounts.Created},
		{"not made", simulator.Before, accounts.Failed},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			must(t, w.sim.Inject(simulator.Fault{API: "account_import", Kind: simulator.Truncated, When: c.when}))
			made := quiz
			accounts.Create(t.Context(), w.client, &made, "")
			if made.State != c.want || w.calls("account_import") != 1 {
				t.Errorf("%+v after %d calls", made, w.calls("account_import"))
			}
		})
	}
}

func TestWhatCannotBeMadeSaysWhy(t *testing.T) {
	w := newWorld(t)
	must(t, w.sim.Inject(simulator.Fault{API: "account_import", Kind: simulator.ErrorCode, Code: 70398}))
	refused, boss := quiz, admin
	accounts.Create(t.Context(), w.client, &refused, "")
	accounts.Create(t.Context(), w.client, &boss, "")
	if refused.State != accounts.Failed || !strings.Contains(refused.Error, "too many accounts for the edition") {
		t.Errorf("%+v", refused)
	}
	if boss.State != accounts.Failed || !strings.Contains(boss.Error, "console") || w.calls("account_import") != 1 {
		t.Errorf("%+v", boss)
	}
}

func TestASilentServiceLeavesNothingKnown(t *testing.T) {
	w := newWorld(t)
	must(t, w.sim.Inject(simulator.Fault{Kind: simulator.BadStatus}))
	list := []accounts.Account{quiz}
	if err := accounts.Look(t.Context(), w.client, list); err == nil || list[0].State != "" {
		t.Errorf("%+v, %v", list, err)
	}
}
