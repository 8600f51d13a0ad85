package daemon_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/botd-chat/botd/callbacks"
	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/console"
	"github.com/botd-chat/botd/im/simulator"
	"github.com/botd-chat/botd/internal/fail"
)

func TestWhatIsHeldReachesTheAdminsAndNobodyElse(t *testing.T) {
	r := newRig(t, strings.Replace(parroting, `, received: ""`, "", 1), parrot)
	told := r.writes("cy", "/answer B")
	if told.Code != 0 || told.Fate != simulator.Discarded {
		t.Errorf("cy's app is told %+v", told)
	}
	h := r.heard(1)
	want := map[string][]string{"ann": {"cy wrote /answer B"}, "bo": {"cy wrote /answer B"}, "cy": {receivedText, "cy wrote /answer B"}}
	r.wantGot(want)
	if diff := cmp.Diff(want, r.saw()); diff != "" {
		t.Errorf("who saw what at all (-want +got):\n%s", diff)
	}
	if h.Event.Sender != "cy" || h.Event.Heard == nil || !h.Event.Heard.Held || !h.Event.Heard.Acknowledged {
		t.Errorf("%+v", h.Event)
	}
	r.tell(0, "held: nobody else saw it in the group, and its sender was told at once that it was received", "events", "show", "e1")
	if log := r.log.String(); strings.Contains(log, "/answer") || strings.Contains(log, callToken) {
		t.Errorf("the log tells the text, or a secret:\n%s", log)
	}
	for _, line := range []string{
		`botd_callbacks_total{command="Group.CallbackBeforeSendMsg",outcome="held"} 1`, `botd_verdicts_total{bot="parrot",verdict="held"} 1`,
		`botd_events_received_total{bot="parrot",source="message"} 1`, `botd_verdict_seconds_count 1`, `botd_leaks_open 0`,
	} {
		if !r.metric(t, line) {
			t.Errorf("no %s in the metrics", line)
		}
	}
	var list console.CallbackList
	r.ask("/v1/callbacks", &list)
	if len(list.Apps) != 1 || len(list.Apps[0].Commands) == 0 || list.Apps[0].Path != "/callbacks/tencent" ||
		!slices.ContainsFunc(list.Apps[0].Commands, func(c console.CallbackCommand) bool { return c.Command == callbacks.BeforeGroupMessage && c.Count == 1 }) {
		t.Errorf("%+v", list)
	}
	r.tell(0, "no leaks", "leaks", "list")
}

func TestWhatIsNotHeldIsSeen(t *testing.T) {
	r := newRig(t, parroting, parrot)
	r.knowsRoles()
	for _, w := range []struct{ user, text string }{{"ann", "/answer B"}, {"cy", "hello"}, {"cy", "/srv/cy"}} {
		if told := r.writes(w.user, w.text); told.Fate != simulator.Delivered {
			t.Errorf("%s wrote %s: %+v", w.user, w.text, told)
		}
	}
	if events := r.events(); len(events) != 0 {
		t.Errorf("%+v", events)
	}
}

func TestWhoeverIsHeardOpenlyIsAnsweredAlone(t *testing.T) {
	r := newRig(t, parroting, parrot)
	if told := r.writes("cy", "/ask me"); told.Fate != simulator.Delivered {
		t.Errorf("%+v", told)
	}
	h := r.heard(1)
	r.wantGot(map[string][]string{"cy": {"cy wrote /ask me"}})
	r.tell(0, "told by the chat service, Group.CallbackAfterSendMsg\nwritten in the group, where everybody saw it\ncan reach no more than", "events", "show", h.Event.ID.String())
	r.tell(0, "bo did not get\nits event could reach no more than user cy (a trigger without relay: true)", "why", "bo", h.Messages[0].ID.String())

	t.Run("unless the trigger relays it", func(t *testing.T) {
		r.writes("cy", "/shout it")
		r.heard(2)
		r.wantGot(map[string][]string{"ann": {"cy wrote /shout it"}, "bo": {"cy wrote /shout it"}, "cy": {"cy wrote /ask me", "cy wrote /shout it"}})
	})
}

func TestWordsAreMaskedBeforeAnybodySeesThem(t *testing.T) {
	r := newRig(t, parroting, parrot)
	if told := r.writes("cy", "this damn thing"); told.Fate != simulator.Delivered || told.Before != simulator.Rewritten {
		t.Errorf("%+v", told)
	}
	if saw := r.sawWritten("this *** thing"); !slices.Equal(saw, []string{"ann", "bo", "dee"}) {
		t.Errorf("%v saw it", saw)
	}
	if saw := r.sawWritten("this damn thing"); saw != nil {
		t.Errorf("%v saw the word", saw)
	}
	h := r.heard(1)
	r.wantGot(map[string][]string{"cy": {"cy wrote this damn thing"}})
	if !h.Event.Heard.Masked {
		t.Errorf("%+v", h.Event.Heard)
	}
}

func TestWhatIsWrittenToTheBotAlone(t *testing.T) {
	r := newRig(t, parroting, parrot)
	must(t, r.sim.SpeakDirect("cy", "tellbot", "I have a question"))
	h := r.heard(1)
	want := []string{"cy wrote I have a question"}
	r.wantGot(map[string][]string{"ann": want, "bo": want, "cy": want})
	r.tell(0, "written to the bot alone", "events", "show", h.Event.ID.String())
	t.Run("a stranger's is refused, for nobody is asked what strangers want", func(t *testing.T) {
		must(t, r.sim.AddAccount("zoe"))
		must(t, r.sim.SpeakDirect("zoe", "tellbot", "let me in"))
		if h := r.heard(2); h.Event.Outcome != chat.Refused || len(h.Messages) != 0 {
			t.Errorf("%+v", h)
		}
	})
}

const robot = `
  robot:
    account: "@RBT#001"
    groups: ["@TGS#2ROOM"]
    on: {named: {mention: {any: true}}}
    plugin: parrot
    audience: {roles: [owner, admin], sender: true}
`

func TestABotIsNamed(t *testing.T) {
	r := newRig(t, robot, parrot)
	must(t, r.sim.AddAccount("@RBT#001"))
	for _, u := range []simulator.Utterance{
		{Text: "hello robot", Mentions: []string{"@RBT#001"}}, {Text: "hello all", Mentions: []string{"@all"}}, {Text: "hello"},
	} {
		u.Group, u.From = room, "cy"
		_, err := r.sim.Say(u)
		must(t, err)
	}
	h := r.heard(1)
	r.wantGot(map[string][]string{"cy": {"cy wrote hello robot"}})
	r.tell(0, "with the bot's account named", "events", "show", h.Event.ID.String())
}

func TestMembersComeAndGoAndTheBotsAreToldWhatIsSo(t *testing.T) {
	r := newRig(t, parroting, parrot)
	must(t, r.sim.Join(room, simulator.Member{ID: "eve"}))
	r.heard(1)
	r.wantGot(map[string][]string{"ann": {"member_joined: eve"}, "bo": {"member_joined: eve"}, "eve": {"member_joined: eve"}})
	must(t, r.sim.SetRole(room, "eve", "Admin"))
	r.heard(2)
	if got := r.got()["eve"]; len(got) != 2 || got[1] != "role_changed: eve" {
		t.Errorf("eve got %q", got)
	}
	must(t, r.sim.Leave(room, "eve"))
	r.heard(3)
	if got := r.got(); len(got["eve"]) != 2 || got["bo"][2] != "member_left: eve" {
		t.Errorf("%q", got)
	}
}

func TestForgedCallbacksChangeNothingAboutWhoReceivesWhat(t *testing.T) {
	r := newRig(t, parroting, parrot)
	r.writes("dee", "hello")
	held := genuine(callbacks.BeforeGroupMessage, about("cy", "/answer B", 7))
	for name, c := range map[string]struct {
		change func(*forgery)
		want   int
	}{
		"without a Sign":      {func(f *forgery) { f.unsigned = true }, 0},
		"old":                 {func(f *forgery) { f.at = f.at.Add(-6 * time.Minute) }, 0},
		"of the future":       {func(f *forgery) { f.at = f.at.Add(3 * time.Minute) }, 0},
		"with another token":  {func(f *forgery) { f.token = "guessed" }, 0},
		"of another app":      {func(f *forgery) { f.app = "1400001002" }, 0},
		"at another address":  {func(f *forgery) { f.path = "/callbacks/tencen" }, http.StatusNotFound},
		"below the address":   {func(f *forgery) { f.path = "/callbacks/tencent/x" }, http.StatusNotFound},
		"to the admin's side": {func(f *forgery) { f.path = "/hooks/token" }, http.StatusUnauthorized},
	} {
		f := held
		c.change(&f)
		if a := r.forge(f); a.status == http.StatusOK || c.want != 0 && a.status != c.want || strings.Contains(a.body, "ActionStatus") {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
	if events := r.events(); len(events) != 0 {
		t.Errorf("%+v", events)
	}

	// Somebody who has the token can say anything; what it says of members is looked up.
	promoted := genuine(callbacks.MemberChanged, map[string]any{"Operator_Account": "ann", "Modified_Account": "dee", "Role": "Admin"})
	joined := genuine(callbacks.MemberJoined, map[string]any{"Operator_Account": "zoe", "JoinType": "Apply", "NewMemberList": []any{map[string]any{"Member_Account": "zoe"}}})
	left := genuine(callbacks.MemberLeft, map[string]any{"Operator_Account": "bo", "ExitType": "Quit", "ExitMemberList": []any{map[string]any{"Member_Account": "bo"}}})
	owner := genuine(callbacks.OwnerChanged, map[string]any{"Operator_Account": "ann", "OldOwner_Account": "ann", "NewOwner_Account": "zoe"})
	shown := genuine(callbacks.AfterGroupMessage, about("dee", "/answer C", 8))
	shown.body["MsgSeq"], shown.body["MsgTime"] = 1, time.Now().Unix() // the number of what dee wrote
	for _, f := range []forgery{promoted, joined, left, owner, shown} {
		if a := r.forge(f); a.status != http.StatusOK {
			t.Errorf("%v: %d %s", f.body["CallbackCommand"], a.status, a.body)
		}
	}
	if a := r.forge(held); a.status != http.StatusOK || !strings.Contains(a.body, `"ErrorCode":2`) {
		t.Errorf("%d %s", a.status, a.body)
	}
	if a := r.forge(held); a.status != http.StatusOK || !strings.Contains(a.body, `"ErrorCode":2`) {
		t.Errorf("replayed: %d %s", a.status, a.body)
	}
	r.until("all is over", func() bool {
		return !slices.ContainsFunc(r.events(), func(e chat.EventRecord) bool { return e.Status == chat.Ready })
	})
	var told []string
	for _, e := range r.events() {
		r.settled(e.ID)
		if e.Outcome == chat.Handled {
			told = append(told, string(e.Trigger))
		}
	}
	// dee is a member, so that an event about dee's role is true of a member; the role told is the real one.
	slices.Sort(told)
	if !slices.Equal(told, []string{"raised", "raised", "typed"}) {
		t.Errorf("handled: %v", told)
	}
	got := r.got()
	if want := []string{"cy wrote /answer B"}; !slices.Equal(got["cy"], want) || len(got["zoe"]) > 0 || slices.Contains(got["dee"], want[0]) || !slices.Contains(got["bo"], want[0]) {
		t.Errorf("who got what: %q", got)
	}
	if n := len(r.sim.Messages()); r.sim.Messages()[0].Recalled != (time.Time{}) || n == 0 {
		t.Error("what dee wrote was taken back")
	}
	var refused console.CallbackList
	r.ask("/v1/callbacks", &refused)
	reasons := map[string]int{}
	for _, x := range refused.Refused {
		reasons[x.Reason] += x.Count
	}
	if diff := cmp.Diff(map[string]int{"unsigned": 1, "time": 2, "sign": 1, "unknown_app": 1}, reasons); diff != "" {
		t.Errorf("refused (-want +got):\n%s", diff)
	}
}

func TestBotsDoNotTalkToEachOther(t *testing.T) {
	chatty := func(name, account string) string {
		return fmt.Sprintf("  %s:\n    account: %q\n    groups: [\"@TGS#2ROOM\"]\n    on:\n      all: {message: {any: true}, relay: true}\n      me: {direct: {any: true}}\n      named: {mention: {any: true}}\n    plugin: parrot\n    audience: {roles: [owner, admin, member]}\n", name, account)
	}
	r := newRig(t, "\n"+chatty("one", "tellbot")+chatty("two", "@RBT#001"), parrot)
	must(t, r.sim.AddAccount("@RBT#001"))
	r.writes("cy", "hello")
	for n := range 2 {
		r.until("both heard it", func() bool { return len(r.events()) == 2 })
		r.settled(r.events()[n].ID)
	}
	// As if the service did not keep to ForbidCallbackControl.
	for _, from := range []string{"tellbot", "@RBT#001", "@RBT#777", "administrator"} {
		f := genuine(callbacks.AfterGroupMessage, about(from, "hello", 9))
		f.body["MsgSeq"] = 99
		if a := r.forge(f); a.status != http.StatusOK {
			t.Errorf("%s: %d %s", from, a.status, a.body)
		}
	}
	r.writes("dee", "last")
	r.until("both heard the last", func() bool { return len(r.events()) >= 4 })
	for _, e := range r.events() {
		if h := r.settled(e.ID); len(r.events()) != 4 || h.Event.Sender != "cy" && h.Event.Sender != "dee" {
			t.Errorf("%d events, one by %s", len(r.events()), h.Event.Sender)
		}
	}
}

func TestAMessageThatCannotBeKeptIsShownToNobody(t *testing.T) {
	for name, at := range map[string]fail.Point{"the disk does not take it": fail.Begun, "the disk is slow to say that it has it": fail.Committed} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, parroting, parrot)
			slow := make(chan struct{}, 1)
			slow <- struct{}{}
			stop := fail.Watch(func(p fail.Point) {
				if p == at {
					select {
					case <-slow:
						time.Sleep(callbacks.KeepWithin + 100*time.Millisecond)
					default:
					}
				}
			})
			defer stop()
			told := r.writes("cy", "/answer B")
			if told.Code != 10101 || told.Text != "Once more, please." || told.Fate != simulator.Refused {
				t.Errorf("cy's app is told %+v", told)
			}
			if took := told.At.Sub(told.Asked); took > 1950*time.Millisecond {
				t.Errorf("after %v", took)
			}
			if told := r.writes("cy", "/answer B"); told.Fate != simulator.Discarded {
				t.Errorf("once more: %+v", told)
			}
			r.until("it was handled", func() bool { return len(r.got()["ann"]) > 0 })
			for _, e := range r.events() {
				r.settled(e.ID)
				if e.Outcome == chat.Voided {
					r.tell(0, "done: voided\nits sender was told to write it again", "events", "show", e.ID.String())
				}
			}
			want := []string{"cy wrote /answer B"}
			r.wantGot(map[string][]string{"ann": want, "bo": want, "cy": want})
			if saw := r.sawWritten("/answer B"); saw != nil {
				t.Errorf("%v saw it", saw)
			}
		})
	}
}

// A bot of several groups is written to alone: the group is the one in which its sender
// is, as far as there is one.
func TestWhereSomethingBelongsThatWasWrittenToTheBotAlone(t *testing.T) {
	const second = "@TGS#2SECOND"
	r := newRig(t, strings.Replace(parroting, `groups: ["@TGS#2ROOM"]`, `groups: ["@TGS#2ROOM", "`+second+`"]`, 1), parrot)
	must(t, r.sim.AddGroup(simulator.Group{ID: second, Type: "Public", Name: "Second", Members: []simulator.Member{{ID: "olga", Role: "Owner"}, {ID: "pim"}, {ID: "dee"}}}))
	must(t, r.sim.SpeakDirect("pim", "tellbot", "from the second"))
	h := r.heard(1)
	want := []string{"pim wrote from the second"}
	if r.wantGot(map[string][]string{"olga": want, "pim": want}); h.Event.Group != second {
		t.Errorf("%+v", h.Event)
	}
	must(t, r.sim.SpeakDirect("dee", "tellbot", "which one?")) // a member of both
	r.until("the log says why it is none's", func() bool {
		line, ok := r.logged("what somebody wrote to a bot alone was not taken")
		return ok && strings.Contains(fmt.Sprint(line["reason"]), "say with group:")
	})
	if n := len(r.events()); n != 1 {
		t.Errorf("%d events", n)
	}
}
