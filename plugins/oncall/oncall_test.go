package oncall

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/plugins"
	"github.com/botd-chat/botd/plugins/plugintest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestTranscripts(t *testing.T) {
	for _, name := range []string{"chain", "roles", "lost", "rotation", "senders"} {
		t.Run(name, func(t *testing.T) { plugintest.Play(t, Plugin, "testdata/"+name+".chat") })
	}
}

func TestWhoseTurnItIs(t *testing.T) {
	const week = 7 * 24 * time.Hour
	for _, c := range []struct {
		since time.Duration
		want  int
	}{{0, 0}, {week - 1, 0}, {week, 1}, {3*week - 1, 2}, {3 * week, 0}, {301 * week, 1}, {-1, 2}, {-week, 2}, {-week - 1, 1}, {-3 * week, 0}} {
		if got := turn(c.since, week, 3); got != c.want {
			t.Errorf("%v after the first one's began it is %d's, want %d", c.since, got, c.want)
		}
	}
}

func TestMistakesInOptions(t *testing.T) {
	for given, want := range map[string]string{
		`{}`:                                 "chain: is missing",
		`{"chain": []}`:                      "chain: is missing",
		`{"chain": [{"users": ["bo"]}, {}]}`: "chain[1]: want one of users, roles and rotate",
		`{"chain": [{"users": ["bo"], "roles": ["owner"]}]}`:                                             "chain[0]: want one of users, roles and rotate",
		`{"chain": [{"rotate": ["bo"]}]}`:                                                                "chain[0]: rotate, every and from go together",
		`{"chain": [{"users": ["bo"], "every": "168h"}]}`:                                                "chain[0]: rotate, every and from go together",
		`{"chain": [{"rotate": ["bo"], "every": "5m", "from": "2026-01-05T09:00:00Z"}]}`:                 "every: want 1h",
		`{"chain": [{"rotate": ["bo"], "every": "168h", "from": "Monday"}]}`:                             `parsing time "Monday"`,
		`{"chain": [{"roles": ["boss"]}]}`:                                                               `chain[0]: no role "boss"`,
		`{"chain": [{"users": [""]}]}`:                                                                   "chain[0]: a user id is empty",
		`{"chain": [{"user": ["bo"]}]}`:                                                                  "chain[0].user: unknown name; did you mean users?",
		`{"chain": [{"users": ["bo"]}], "wait": "1s"}`:                                                   "wait: want 10s to 24h",
		`{"chain": [{"users": ["bo"]}], "last": "stop"}`:                                                 "last: is none of those it can be",
		`{"chain": [{"users": ["bo"]}], "roles": []}`:                                                    "roles: is missing",
		`{"chain": [{"users": ["bo"]}], "roles": ["admins"]}`:                                            `roles: no role "admins"`,
		`{"chain": [{"rotate": ["bo"], "every": "168h", "from": "2026-01-05T09:00:00Z"}], "repeats": 0}`: "repeats: want 1 to 100",
	} {
		if err := Plugin.Check(json.RawMessage(given)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s\ngot  %v\nwant %s", given, err, want)
		}
	}
}

// rig plays events by hand, as a host would.
type rig struct {
	t       *testing.T
	h       plugins.Handler
	members []chat.Member
	state   chat.State
	now     time.Time
	timer   time.Time // when it comes; zero: none
}

func newRig(t *testing.T, options string, members ...chat.Member) *rig {
	t.Helper()
	h, err := Plugin.New(json.RawMessage(options))
	if err != nil {
		t.Fatal(err)
	}
	return &rig{t: t, h: h, members: members, state: chat.State{}, now: time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)}
}

func (r *rig) handle(e chat.Event) []chat.Message {
	r.t.Helper()
	e.Time, e.Members, e.State, e.Session, e.Timers = r.now, r.members, r.state, chat.State{}, new(chat.Timers)
	said, err := r.h.Handle(r.t.Context(), e)
	if err != nil {
		r.t.Fatal(err)
	}
	for _, m := range said {
		if err := m.Validate(); err != nil {
			r.t.Fatalf("%q: %v", m.Text, err)
		}
	}
	for _, l := range e.Timers.List() {
		r.timer = time.Time{}
		if !l.Cancel {
			r.timer = r.now.Add(time.Duration(l.After))
		}
	}
	if raw, _ := json.Marshal(r.state); len(raw) > chat.MaxState {
		r.t.Fatalf("the state has %d bytes", len(raw))
	}
	return said
}

func (r *rig) alert(payload string) []chat.Message {
	r.t.Helper()
	return r.handle(chat.Event{Kind: chat.Webhook, Name: "alerts", Payload: json.RawMessage(payload)})
}

// In a storm every alert is brought to somebody, and none that is open is lost.
func TestAStormOfAlerts(t *testing.T) {
	r := newRig(t, `{"chain": [{"users": ["bo"]}, {"users": ["dee"]}], "last": "owner"}`,
		chat.Member{ID: "bo", Role: chat.Admin}, chat.Member{ID: "dee", Role: chat.Admin}, chat.Member{ID: "ann", Role: chat.Owner})
	tracked, untracked := 0, 0
	for n := range 200 {
		said := r.alert(fmt.Sprintf(`{"id": %d, "text": %q}`, n, fmt.Sprint("alert ", n, "\n", strings.Repeat("é<", 2000))))
		if len(said) != 1 || !slices.Equal(said[0].To.Users, []chat.UserID{"bo"}) || said[0].Validate() != nil {
			t.Fatalf("alert %d: %+v", n, said)
		}
		if said[0].Report != nil {
			tracked++
		} else if untracked++; !strings.Contains(said[0].Text, "too many open alerts") {
			t.Errorf("alert %d: %s", n, said[0].Text)
		}
	}
	if tracked < 50 || untracked < 20 {
		t.Fatalf("%d are followed, and %d are not", tracked, untracked)
	}
	told := map[chat.UserID]int{}
	for range 3 * tracked {
		if r.timer.IsZero() {
			break
		}
		r.now, r.timer = r.timer, time.Time{}
		for _, m := range r.handle(chat.Event{Kind: chat.Timer, Name: "next", Payload: json.RawMessage(`{}`)}) {
			if len(m.To.Users) == 0 {
				told["owner"]++
			} else {
				told[m.To.Users[0]]++
			}
		}
	}
	if told["dee"] != tracked || told["owner"] != tracked || !r.timer.IsZero() {
		t.Errorf("of %d alerts dee was asked about %d and the owner told of %d; the timer is at %v", tracked, told["dee"], told["owner"], r.timer)
	}
}

// Whatever is said of so many alerts, and whoever is asked, there is room for it, or the
// next would never be asked about any of them.
func TestManyAlertsThatGrowAreFollowedToTheEnd(t *testing.T) {
	var chain []string
	var members []chat.Member
	for step := range 4 {
		var users []string
		for n := range 10 {
			id := fmt.Sprintf("%d-%d-%s", step, n, strings.Repeat("x", 25))
			users, members = append(users, id), append(members, chat.Member{ID: chat.UserID(id), Role: chat.Admin})
		}
		raw, _ := json.Marshal(map[string][]string{"users": users})
		chain = append(chain, string(raw))
	}
	members = append(members, chat.Member{ID: "ann", Role: chat.Owner})
	r := newRig(t, `{"chain": [`+strings.Join(chain, ", ")+`], "last": "owner"}`, members...)
	for n := range 300 {
		r.alert(fmt.Sprintf(`{"id": %d, "text": "%d"}`, n, n))
	}
	open := len(remembered.Get(r.state).Cases)
	for n := range open {
		r.alert(fmt.Sprintf(`{"id": %d, "text": %q}`, n, strings.Repeat("<", 200)))
	}
	owner := 0
	for n := 0; !r.timer.IsZero() && n < 5*open; n++ {
		r.now, r.timer = r.timer, time.Time{}
		for _, m := range r.handle(chat.Event{Kind: chat.Timer, Name: "next", Payload: json.RawMessage(`{}`)}) {
			if strings.HasPrefix(m.Text, "Nobody has taken") {
				owner++
			}
		}
	}
	if owner != open || open < 20 {
		t.Errorf("of %d alerts the owner was told of %d", open, owner)
	}
	if said := r.alert(`{"id": 0, "resolved": true}`); len(said) != 1 || said[0].To.IsNobody() {
		t.Errorf("resolved: %+v", said)
	}
}

// A timer's event can be dropped by a person, or given up. Then the next alert has the
// others go on, too.
func TestAnAlertWhoseTimerWasLostGoesOnWithTheNext(t *testing.T) {
	r := newRig(t, `{"chain": [{"users": ["bo"]}, {"users": ["dee"]}]}`, chat.Member{ID: "bo", Role: chat.Admin}, chat.Member{ID: "dee", Role: chat.Admin})
	r.alert(`{"id": 1, "text": "x"}`)
	r.now, r.timer = r.now.Add(time.Hour), time.Time{}
	r.alert(`{"id": 2, "text": "y"}`)
	var asked []string
	for range 2 {
		if r.timer.IsZero() {
			t.Fatalf("no timer comes; asked: %q", asked)
		}
		r.now, r.timer = r.timer, time.Time{}
		for _, m := range r.handle(chat.Event{Kind: chat.Timer, Name: "next", Payload: json.RawMessage(`{}`)}) {
			asked = append(asked, string(m.To.Users[0])+" "+m.Text[:2])
		}
	}
	slices.Sort(asked)
	if !slices.Equal(asked, []string{"dee A1", "dee A2"}) {
		t.Errorf("asked: %q", asked)
	}
}

// When the clock is set back, timers are set back with it.
func TestAnAlertGoesOnWhenTheClockWasSetBack(t *testing.T) {
	r := newRig(t, `{"chain": [{"users": ["bo"]}, {"users": ["dee"]}]}`, chat.Member{ID: "bo", Role: chat.Admin}, chat.Member{ID: "dee", Role: chat.Admin})
	r.alert(`{"id": 1, "text": "x"}`)
	r.now, r.timer = r.now.Add(-20*time.Hour), r.timer.Add(-20*time.Hour)
	since := r.now
	for range 2 {
		r.now, r.timer = r.timer, time.Time{}
		said := r.handle(chat.Event{Kind: chat.Timer, Name: "next", Payload: json.RawMessage(`{}`)})
		if took := r.now.Sub(since); took > 15*time.Minute {
			t.Fatalf("nobody was asked for %v", took)
		}
		if len(said) == 1 && said[0].To.Users[0] == "dee" {
			return
		}
	}
	t.Error("dee was not asked")
}

// An event that is handled again has the time that it had.
func TestAnOldEventThatIsHandledAgainPutsNothingOff(t *testing.T) {
	r := newRig(t, `{"chain": [{"users": ["bo"]}, {"users": ["dee"]}]}`, chat.Member{ID: "bo", Role: chat.Admin}, chat.Member{ID: "dee", Role: chat.Admin})
	r.alert(`{"id": 1, "text": "x"}`)
	r.now = r.now.Add(time.Minute)
	r.alert(`{"id": 2, "text": "y"}`)
	now := r.now
	r.now = now.Add(-48 * time.Hour)
	r.alert(`{"id": 1, "resolved": true}`)
	if in := r.timer.Sub(r.now); in > 5*time.Minute {
		t.Errorf("the next is asked in %v", in)
	}
}

func TestWhatWasTakenIsForgottenAfterADay(t *testing.T) {
	r := newRig(t, `{"chain": [{"users": ["bo"]}]}`, chat.Member{ID: "bo", Role: chat.Admin})
	r.alert(`{"id": 1, "text": "x"}`)
	r.handle(chat.Event{Kind: chat.Typed, Name: "typed", Text: "/ack", Sender: &chat.Member{ID: "bo", Role: chat.Admin}})
	r.now = r.now.Add(life)
	if said := r.alert(`{"id": 1, "text": "x"}`); len(said) != 1 || !strings.Contains(said[0].Text, "A1, which you have taken, is still firing") {
		t.Errorf("after a day: %+v", said)
	}
	r.now = r.now.Add(life + time.Second)
	if said := r.alert(`{"id": 1, "text": "x"}`); len(said) != 1 || !strings.HasPrefix(said[0].Text, "A2: x") {
		t.Errorf("after a day in which nothing was heard of it: %+v", said)
	}
}

// A report about an asking that is over has nobody asked.
func TestALateReportIsPassedOver(t *testing.T) {
	r := newRig(t, `{"chain": [{"users": ["bo"]}, {"users": ["dee"]}]}`, chat.Member{ID: "bo", Role: chat.Admin}, chat.Member{ID: "dee", Role: chat.Admin})
	first := r.alert(`{"id": 1, "text": "x"}`)
	r.now = r.timer
	r.handle(chat.Event{Kind: chat.Timer, Name: "next", Payload: json.RawMessage(`{}`)})
	due := r.timer
	ending, err := json.Marshal(chat.Ending{Message: 1, Status: chat.Dead, Outcome: chat.Failed, People: 1, Data: first[0].Report.Data})
	if err != nil {
		t.Fatal(err)
	}
	if said := r.handle(chat.Event{Kind: chat.Reported, Name: "asked", Payload: ending}); said != nil || !r.timer.Equal(due) {
		t.Errorf("%+v, and the timer went from %v to %v", said, due, r.timer)
	}
}

func TestAScheduleBringsNoAlert(t *testing.T) {
	h, err := Plugin.New(json.RawMessage(`{"chain": [{"users": ["bo"]}]}`))
	if err != nil {
		t.Fatal(err)
	}
	if err := plugins.CheckTrigger(h, "alerts", chat.Schedule); err == nil {
		t.Error("taken")
	}
	if err := errors.Join(plugins.CheckTrigger(h, "handover", chat.Schedule), plugins.CheckTrigger(h, "anything", chat.Typed)); err != nil {
		t.Error(err)
	}
}
