package callbacks

import (
	"context"
	"errors"
	"maps"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/im/simulator"
)

// classroom is a receiver behind a simulator of the service, which was written from the
// same documents and shares no code with it.
type classroom struct {
	*stage
	t   *testing.T
	sim *simulator.Simulator
}

func newClassroom(t *testing.T, modes simulator.Modes, rules ...Rule) *classroom {
	t.Helper()
	c := &classroom{stage: newStage(t, rules...), t: t}
	server := httptest.NewServer(c.Receiver)
	t.Cleanup(server.Close)
	sim, err := simulator.New(simulator.Options{
		SDKAppID: int(app().SDKAppID), SecretKey: "not a live secret", Modes: modes,
		Callbacks: simulator.Callbacks{URL: server.URL + path, Token: token},
	})
	c.must(err)
	c.sim = sim
	t.Cleanup(sim.Close)
	c.must(sim.AddAccount("quizbot"))
	c.must(sim.AddGroup(simulator.Group{ID: string(room1), Type: "Public", Name: "Class", Members: []simulator.Member{
		{ID: "alice", Role: simulator.Owner}, {ID: "bob", Role: simulator.Admin}, {ID: "carol"}, {ID: "dave"}, {ID: "@RBT#001", NameCard: "Quiz"},
	}}))
	return c
}

func (c *classroom) must(err error) {
	c.t.Helper()
	if err != nil {
		c.t.Fatal(err)
	}
}

// say lets somebody write in the room, or to one account.
func (c *classroom) say(from, to, text string) simulator.Told {
	c.t.Helper()
	u := simulator.Utterance{Group: string(room1), From: from, Text: text}
	if to != "" {
		u.Group, u.To = "", to
	}
	told, err := c.sim.Say(u)
	c.must(err)
	return told
}

// taken is what the sink took.
func (c *classroom) taken() []told {
	c.sink.mu.Lock()
	defer c.sink.mu.Unlock()
	return slices.Clone(c.sink.taken)
}

// settle waits until a command came so often.
func (c *classroom) settle(command string, times int) {
	c.t.Helper()
	for range 500 {
		if c.sim.CallbackCounts()[command].Sent >= times {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	c.t.Fatalf("%s came %d times of %d", command, c.sim.CallbackCounts()[command].Sent, times)
}

// seenBy lists who received what was said.
func (c *classroom) seenBy(told simulator.Told) []string {
	var out []string
	for user, box := range c.sim.Inboxes() {
		if slices.ContainsFunc(box.Messages, func(m simulator.Message) bool { return m.Random == told.Random }) {
			out = append(out, user)
		}
	}
	return out
}

func TestSimulatorHeldMessageIsSeenByNobody(t *testing.T) {
	for _, modes := range []simulator.Modes{{}, {EventTime: "string", CallbackMsgID: "absent"}} {
		c := newClassroom(t, modes, holding())
		told := c.say("carol", "", "/answer B")
		if told.Code != 0 || told.Fate != simulator.Discarded || len(c.seenBy(told)) != 0 {
			t.Errorf("carol was told %+v, and it was seen by %v", told, c.seenBy(told))
		}
		c.sink.mu.Lock()
		if len(c.sink.held) != 1 || c.sink.held[0].callback.Message.Random != told.Random || c.sink.held[0].callback.Message.Text != "/answer B" {
			t.Errorf("held %+v", c.sink.held)
		}
		c.sink.mu.Unlock()
		if told := c.say("carol", "", "good morning"); told.Fate != simulator.Delivered || len(c.seenBy(told)) != 5 {
			t.Errorf("carol was told %+v", told)
		}
		c.settle(simulator.AfterSendMsg, 1)
		c.sink.mu.Lock()
		if !slices.Equal(c.sink.shown, []uint32{1}) {
			t.Errorf("shown %v", c.sink.shown)
		}
		c.sink.mu.Unlock()
	}
}

func TestSimulatorWhatCannotBeKeptIsSeenByNobody(t *testing.T) {
	c := newClassroom(t, simulator.Modes{}, holding())
	c.sink.hold = func(context.Context, Callback) error { return errors.New("the disk is full") }
	told := c.say("carol", "", "/answer B")
	if told.Code != 10101 || told.Text != holding().Again || len(c.seenBy(told)) != 0 {
		t.Errorf("carol was told %+v", told)
	}
	c.sink.hold = func(ctx context.Context, _ Callback) error { // a store that hangs
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(5 * time.Second):
			return errors.New("nobody waits any more")
		}
	}
	told = c.say("carol", "", "/answer B")
	if told.Code != 10101 || len(c.seenBy(told)) != 0 || told.At.Sub(told.Asked) > 2*time.Second {
		t.Errorf("carol was told %+v after %v", told, told.At.Sub(told.Asked))
	}
}

func TestSimulatorMaskedMessage(t *testing.T) {
	masking := rule("cleaned", func(r *Rule) {
		r.Via, r.Any, r.Mask = chat.ViaGroup, true, &Mask{Words: []string{"damn"}, With: "***"}
	})
	c := newClassroom(t, simulator.Modes{}, masking)
	told := c.say("carol", "", "damn <good> & cheap")
	if told.Fate != simulator.Delivered || told.Before != simulator.Rewritten {
		t.Errorf("carol was told %+v", told)
	}
	if m := c.sim.Messages()[0]; m.Text != "*** <good> & cheap" {
		t.Errorf("shown was %q", m.Text)
	}
}

func TestSimulatorOneToOneAndMentioned(t *testing.T) {
	direct := rule("private", func(r *Rule) { r.Via, r.Any = chat.ViaDirect, true })
	robot := rule("named", func(r *Rule) { r.Via, r.Any, r.Account = chat.ViaMention, true, "@RBT#001" })
	c := newClassroom(t, simulator.Modes{}, direct, robot)
	c.say("carol", "quizbot", "help")
	c.settle(simulator.AfterSendC2C, 1)
	c.say("carol", "", "@Quiz help")
	c.settle(simulator.RobotGroupMessage, 1)
	c.say("carol", "", "@all help")
	c.settle(simulator.AfterSendMsg, 2)
	var got []string
	for _, taken := range c.taken() {
		got = append(got, string(taken.callback.Message.Via)+" "+taken.callback.Message.Text)
	}
	slices.Sort(got)
	if want := []string{"direct help", "mention @Quiz help"}; !slices.Equal(got, want) {
		t.Errorf("taken %v, want %v", got, want)
	}
}

// TestSimulatorEveryCommandIsUnderstood lets everything happen that the simulator tells
// of.
func TestSimulatorEveryCommandIsUnderstood(t *testing.T) {
	joined := rule("joined", func(r *Rule) { r.What = chat.MemberJoined })
	left := rule("left", func(r *Rule) { r.What = chat.MemberLeft })
	changed := rule("changed", func(r *Rule) { r.What = chat.RoleChanged })
	gone := rule("gone", func(r *Rule) { r.What = chat.GroupDestroyed })
	for _, modes := range []simulator.Modes{{}, {EventTime: "string", CallbackMsgID: "absent"}} {
		c := newClassroom(t, modes, joined, left, changed, gone, holding())
		c.must(c.sim.Join(string(room1), simulator.Member{ID: "erin"}))
		c.settle(simulator.MemberJoined, 1)
		c.must(c.sim.SetRole(string(room1), "erin", simulator.Admin))
		c.settle(simulator.MemberFieldChanged, 1)
		c.must(c.sim.SetRole(string(room1), "bob", simulator.Owner))
		c.settle(simulator.OwnerChanged, 1)
		c.must(c.sim.Leave(string(room1), "erin"))
		c.settle(simulator.MemberExited, 1)
		c.must(c.sim.SetOnline("carol", false))
		c.say("carol", "@RBT#001", "hello")
		c.must(c.sim.Destroy(string(room1)))
		c.settle(simulator.GroupDestroyed, 1)
		c.settle(simulator.StateChange, 1)
		c.settle(simulator.RobotC2CMessage, 1)
		c.settle(simulator.GroupCreated, 1)
		got := map[string]int{}
		for _, taken := range c.taken() {
			got[taken.names()]++
		}
		if want := map[string]int{"joined": 1, "left": 1, "changed": 2, "gone": 1}; !maps.Equal(got, want) {
			t.Errorf("taken %v, want %v\n%s", got, want, c.log)
		}
		c.saw.mu.Lock()
		for what := range c.saw.n {
			if strings.HasPrefix(what, "refused") {
				t.Errorf("%s\n%s", what, c.log)
			}
		}
		c.saw.mu.Unlock()
		for command, n := range c.sim.CallbackCounts() {
			if n.Codes[0] != n.Sent {
				t.Errorf("%s: %+v", command, n)
			}
		}
	}
}
