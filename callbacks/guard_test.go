package callbacks

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/botd-chat/botd/chat"
)

// echoes are messages that members did not write.
var echoes = []struct {
	name     string
	from     string
	operator string
	platform string
	guard    Guard
}{
	{"by a backend", "carol", "carol", "RESTAPI", GuardREST},
	{"by us", "carol", "administrator", "iOS", GuardAdministrator},
	{"of the administrator", "administrator", "administrator", "Web", GuardAdministrator},
	{"of our bot", "quizbot", "quizbot", "Web", GuardAccount},
	{"of a robot", "@RBT#777", "@RBT#777", "Android", GuardRobot},
}

func TestEchoesStartNothing(t *testing.T) {
	s := newStage(t, holding(), open("helped", "help"),
		rule("named", func(r *Rule) { r.Via, r.Any, r.Account = chat.ViaMention, true, "@RBT#001" }),
		rule("private", func(r *Rule) { r.Via, r.Any = chat.ViaDirect, true }),
		rule("masked", func(r *Rule) { r.Via, r.Any, r.Mask = chat.ViaGroup, true, &Mask{Words: []string{"damn"}, With: "*"} }))
	for _, c := range echoes {
		t.Run(c.name, func(t *testing.T) {
			n := s.saw.of("ignored " + string(c.guard))
			for i, b := range []map[string]any{
				said(BeforeGroupMessage, c.from, "/answer B"), said(BeforeGroupMessage, c.from, "damn"), said(AfterGroupMessage, c.from, "/answer B"), said(AfterGroupMessage, c.from, "/help"),
				said(RobotInGroup, c.from, "@Quiz hi", "AtRobots_Account", []string{"@RBT#001"}), said(AfterDirectMessage, c.from, "hi", "To_Account", "quizbot"), said(RobotDirect, c.from, "hi", "To_Account", "quizbot"),
			} {
				b["Operator_Account"], b["Random"] = c.operator, 1000+i
				s.want(t, s.tell(b, "OptPlatform", c.platform), okAnswer)
			}
			if got := s.saw.of("ignored " + string(c.guard)); got != n+7 {
				t.Errorf("ignored %d", got-n)
			}
			// In the history there is no platform, and no operator.
			for _, random := range []uint32{1000, 1002} {
				_, rules := s.Leaked(Callback{App: "main", Group: room1, Message: &Message{From: chat.UserID(c.from), Random: random, Text: "/answer B"}}, member)
				if len(rules) != 0 {
					t.Errorf("it would be taken back: %v", rules)
				}
			}
		})
	}
	if len(s.sink.held)+len(s.sink.taken) != 0 {
		t.Errorf("%+v %+v", s.sink.held, s.sink.taken)
	}
}

func member(chat.UserID) (chat.Role, bool) { return chat.Normal, true }
func nobody(chat.UserID) (chat.Role, bool) { return "", false }

// The mark of our messages stops a loop. But an app can write it into what a member
// sends, and who does so must not get past what holds and masks.
func TestOurMarkStopsLoopsAndFreesNobody(t *testing.T) {
	s := newStage(t, holding(), open("helped", "help"), rule("masked", func(r *Rule) { r.Via, r.Any, r.Mask = chat.ViaGroup, true, &Mask{Words: []string{"damn"}, With: "*"} }))
	s.want(t, s.tell(said(AfterGroupMessage, "carol", "/help", "CloudCustomData", `{"botd":1}`)), okAnswer)
	if len(s.sink.taken) != 0 || s.saw.of("ignored mark") != 1 {
		t.Errorf("%v %v", s.sink.taken, s.saw.n)
	}
	s.want(t, s.tell(said(AfterGroupMessage, "carol", "/help", "CloudCustomData", `{"botd":2}`)), okAnswer)
	s.want(t, s.tell(said(BeforeGroupMessage, "carol", "/answer B", "CloudCustomData", `{"botd":1}`)), discardAnswer)
	s.want(t, s.tell(said(BeforeGroupMessage, "carol", "damn", "CloudCustomData", `{"botd":1}`)), `{"ActionStatus":"OK","ErrorInfo":"","ErrorCode":0,"MsgBody":[{"MsgContent":{"Text":"*"},"MsgType":"TIMTextElem"}]}`)
	if len(s.sink.taken) != 1 || len(s.sink.held) != 2 {
		t.Errorf("%v %v", s.sink.taken, s.sink.held)
	}
	marked := Callback{App: "main", Group: room1, Message: &Message{From: "carol", Text: "/answer B", Mark: `{"botd":1}`}}
	if _, rules := s.Leaked(marked, member); len(rules) != 1 {
		t.Error("a member's leak is left where it is")
	}
	if _, rules := s.Leaked(marked, nobody); len(rules) != 0 {
		t.Error("what a bot that is gone has said is taken back")
	}
}

// What is certain without them is not left where all can see it while the group's members
// cannot be read.
func TestALeakIsJudgedWithoutRolesWhereNoneAreAskedFor(t *testing.T) {
	s := newStage(t, holding(), rule("voted", func(r *Rule) {
		r.Via, r.Commands, r.Roles, r.Hold = chat.ViaGroup, []string{"vote"}, []chat.Role{chat.Normal}, true
	}))
	for text, c := range map[string]struct {
		mark       string
		held, asks bool
	}{"/answer B": {held: true}, "hello": {}, "hello there": {mark: `{"botd":1}`}, "/answer C": {mark: `{"botd":1}`, held: true, asks: true}, "/vote": {held: true, asks: true}} {
		asked := false
		_, rules := s.Leaked(Callback{App: "main", Group: room1, Message: &Message{From: "carol", Text: text, Mark: c.mark}}, func(u chat.UserID) (chat.Role, bool) {
			asked = true
			return member(u)
		})
		if (len(rules) == 1) != c.held || asked != c.asks {
			t.Errorf("%s: %d rules, asked for roles: %v", text, len(rules), asked)
		}
	}
}

func TestTooMuchIsNotShownAndNotTaken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		limited := func(r Rule) Rule { r.Typed = 5; return r }
		s := newStage(t, limited(holding()), limited(open("helped", "help")), limited(rule("masked", func(r *Rule) { r.Via, r.Any, r.Mask = chat.ViaGroup, true, &Mask{Words: []string{"damn"}, With: "*"} })))
		random := 0
		tell := func(command, from, text string) string {
			random++
			return s.tell(said(command, from, text, "Random", random))
		}
		for i := range 5 {
			s.want(t, tell(BeforeGroupMessage, fmt.Sprint("user", i), "/answer B"), discardAnswer)
		}
		s.want(t, tell(BeforeGroupMessage, "dave", "/answer B"), againAnswer)
		s.want(t, tell(AfterGroupMessage, "dave", "/help"), okAnswer)
		s.want(t, tell(BeforeGroupMessage, "dave", "damn"), `{"ActionStatus":"OK","ErrorInfo":"","ErrorCode":0,"MsgBody":[{"MsgContent":{"Text":"*"},"MsgType":"TIMTextElem"}]}`)
		if len(s.sink.held) != 5 || len(s.sink.taken) != 0 || s.saw.of("capped group") != 3 {
			t.Errorf("%d %d %v", len(s.sink.held), len(s.sink.taken), s.saw.n)
		}
		s.want(t, s.tell(said(BeforeGroupMessage, "user0", "/answer B", "Random", 1)), discardAnswer) // which counted before
		time.Sleep(time.Minute)
		s.want(t, tell(BeforeGroupMessage, "dave", "/answer B"), discardAnswer)
	})
}

func TestOneMemberHasNotTheGroupsShare(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, holding())
		for i := range ofSender {
			s.want(t, s.tell(said(BeforeGroupMessage, "carol", "/answer B", "Random", i)), discardAnswer)
		}
		s.want(t, s.tell(said(BeforeGroupMessage, "carol", "/answer B", "Random", 1000)), againAnswer)
		s.want(t, s.tell(said(BeforeGroupMessage, "dave", "/answer B", "Random", 1001)), discardAnswer)
		if s.saw.of("capped sender") != 1 {
			t.Errorf("%v", s.saw.n)
		}
	})
}
