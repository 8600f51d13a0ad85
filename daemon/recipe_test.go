package daemon

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/botd-chat/botd/im/simulator"
	"github.com/botd-chat/botd/plugins"
	"github.com/botd-chat/botd/plugins/rules"
)

// recipe is what the page shows for "every weekday at nine in Seoul, to the members who
// have not posted, except on holidays".
const recipe = "../docs/examples/schedules"

// newTeam runs the page's configuration, with addresses of its own, and some of its words
// replaced by others.
func newTeam(t *testing.T, now time.Time, instead ...string) *machine {
	t.Helper()
	m := newService(t, now, simulator.Group{ID: "@TGS#2TEAMROOM01", Type: "Public", Name: "Team", Members: []simulator.Member{
		{ID: "tina", Role: simulator.Owner}, {ID: "uma", Role: simulator.Admin}, {ID: "victor"}, {ID: "wendy"}, {ID: "guest"}}})
	m.must(m.sim.AddAccount("noticebot"))
	m.known = plugins.NewRegistry(rules.Plugin)
	for _, name := range []string{"bots.yaml", "kr-holidays.txt"} {
		text, err := os.ReadFile(filepath.Join(recipe, name))
		m.must(err)
		s := strings.NewReplacer("http://127.0.0.1:8082", m.service, "secrets/app.key", "app.key", "secrets/callback", "token", "secrets/standup", "token",
			"sqlite:botd.db", "sqlite:"+filepath.Join(m.folder, "botd.db")+"\nlisten: {public: 127.0.0.1:0, admin: 127.0.0.1:0}").Replace(string(text))
		s = strings.NewReplacer(instead...).Replace(s)
		m.write(name, s)
	}
	m.start()
	t.Cleanup(m.halt)
	m.must(m.sim.SetCallbacks(simulator.Callbacks{URL: "http://" + m.public.Addr().String() + "/callbacks/tencent", Token: machineToken}))
	return m
}

// reminded says who was reminded how often.
func (m *machine) reminded() string {
	m.t.Helper()
	var all []string
	for user, inbox := range m.sim.Inboxes() {
		n := 0
		for _, x := range inbox.Messages {
			if strings.HasPrefix(x.Text, "Your standup note is missing.") {
				n++
			}
		}
		if n > 0 {
			all = append(all, fmt.Sprintf("%s %d", user, n))
		}
	}
	slices.Sort(all)
	return strings.Join(all, ", ")
}

var seoul = time.FixedZone("KST", 9*60*60)

// inSeoul is a time in December 2026.
func inSeoul(day, hour, minute int) time.Time {
	return time.Date(2026, time.December, day, hour, minute, 0, 0, seoul)
}

// till lets time go on, the last minutes of it slowly.
func (m *machine) till(day, hour, minute int) {
	m.t.Helper()
	at := inSeoul(day, hour, minute)
	walk := func(to time.Time, step time.Duration) {
		m.until(to.String(), 5*24*time.Hour, step, func() bool { return !m.clock.FakeClock.Now().Before(to) })
	}
	walk(at.Add(-20*time.Minute), 10*time.Minute)
	walk(at, 30*time.Second)
}

func (m *machine) wants(want string) {
	m.t.Helper()
	m.until("that so many are reminded: "+want, 2*time.Minute, 100*time.Millisecond, func() bool { return m.reminded() == want })
}

// Day after day, with a clock that is turned and a service that tells botd what members
// write.
func TestEveryWeekdayAtNineToThoseWhoHaveNotPosted(t *testing.T) {
	t.Parallel()
	m := newTeam(t, inSeoul(24, 8, 0)) // a Thursday
	done := func() int {
		state, err := m.store.State(m.t.Context(), "standup", "@TGS#2TEAMROOM01")
		m.must(err)
		return strings.Count(string(state["done"]), `"`) / 2
	}

	told, err := m.sim.Say(simulator.Utterance{Group: "@TGS#2TEAMROOM01", From: "victor", Text: "/done"})
	m.must(err)
	if told.Fate != simulator.Discarded {
		t.Errorf("others may have seen what Victor wrote: %+v", told)
	}
	m.posted(`{"user": "uma"}`)
	m.until("two notes", time.Minute, 100*time.Millisecond, func() bool { return done() == 2 })
	m.till(24, 8, 59)
	m.wants("")
	m.till(24, 9, 1)
	m.wants("tina 1, wendy 1")

	m.till(27, 23, 59) // over Christmas, a Friday, and the weekend
	m.wants("tina 1, wendy 1")
	m.halt() // botd is down when it is to be emptied, and until ten
	m.clock.Advance(10*time.Hour + time.Minute)
	m.start()
	m.wants("tina 2, uma 1, victor 1, wendy 2")
	m.halt()
	m.start()
	m.till(29, 8, 59)
	m.wants("tina 2, uma 1, victor 1, wendy 2")
}

// The page says how it is of those who wrote nothing at all.
func TestEveryWeekdayAtNineToThoseWhoHaveWrittenNothing(t *testing.T) {
	t.Parallel()
	const said = "to: id not in (state.done ?? [])"
	more, err := os.ReadFile(filepath.Join(recipe, "more.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	instead := regexp.MustCompile(`to: spoke .*`).FindString(string(more))
	m := newTeam(t, inSeoul(23, 22, 0), said, instead)
	m.says("wendy", "good night")
	m.till(24, 8, 30)
	m.says("victor", "good morning")
	m.till(24, 9, 1)
	m.wants("tina 1, uma 1, wendy 1")
}

func (m *machine) says(user, text string) {
	m.t.Helper()
	told, err := m.sim.Say(simulator.Utterance{Group: "@TGS#2TEAMROOM01", From: user, Text: text})
	m.must(err)
	if told.Fate != simulator.Delivered {
		m.t.Fatalf("%s could not write: %+v", user, told)
	}
}

// posted has the other system say who has posted.
func (m *machine) posted(body string) {
	m.t.Helper()
	r, err := http.NewRequestWithContext(m.t.Context(), http.MethodPost, "http://"+m.public.Addr().String()+"/hooks/standup", bytes.NewReader([]byte(body)))
	m.must(err)
	r.Header = http.Header{"Authorization": {"Bearer " + machineToken}, "Content-Type": {"application/json"}}
	res, err := m.client.Do(r)
	m.must(err)
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusAccepted {
		m.t.Fatalf("answered %d", res.StatusCode)
	}
}
