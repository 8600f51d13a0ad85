package im_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/im"
	"github.com/botd-chat/botd/im/simulator"
)

// scene is a random group and what is asked of it.
type scene struct {
	group  simulator.Group
	kind   chat.GroupType
	faults []simulator.Fault
	modes  simulator.Modes
}

var kinds = map[string]chat.GroupType{"Work": chat.Work, "Public": chat.Public, "Meeting": chat.Meeting}

func drawScene(t *rapid.T) scene {
	kind := rapid.SampledFrom([]string{"Work", "Public", "Meeting"}).Draw(t, "type")
	s := scene{kind: kinds[kind], group: simulator.Group{ID: "room", Type: kind}}
	for i := range rapid.IntRange(1, 230).Draw(t, "members") {
		m := simulator.Member{ID: fmt.Sprintf("u%03d", i), Role: simulator.Ordinary}
		switch {
		case i == 0 && rapid.Bool().Draw(t, "owned"):
			m.Role = simulator.Owner
		case kind != "Work" && rapid.IntRange(0, 9).Draw(t, "role") == 0:
			m.Role = simulator.Admin
		}
		s.group.Members = append(s.group.Members, m)
	}
	pick := func(name string, of ...string) string { return rapid.SampledFrom(of).Draw(t, name) }
	s.modes = simulator.Modes{
		MemberOffset: pick("offset", "unfiltered", "filtered"),
		Duplicate:    pick("duplicate", "content", "random"),
		DuplicateSeq: pick("seq of a duplicate", "first", "zero"),
		TargetedSeq:  pick("seq", "taken", "none"),
	}
	s.faults = rapid.SliceOfN(rapid.Custom(drawFault), 0, 4).Draw(t, "faults")
	return s
}

// drawFault draws trouble that does not lie about what happened: a definite no
// after the message went out would be that.
func drawFault(t *rapid.T) simulator.Fault {
	f := simulator.Fault{
		Kind:  rapid.SampledFrom([]string{simulator.BadStatus, simulator.HangUp, simulator.Truncated, simulator.Empty, simulator.ErrorCode, simulator.Dropped}).Draw(t, "kind"),
		When:  rapid.SampledFrom([]string{simulator.Before, simulator.After}).Draw(t, "when"),
		API:   "send_group_msg",
		Count: rapid.IntRange(1, 3).Draw(t, "count"),
	}
	switch f.Kind {
	case simulator.BadStatus:
		f.Status = rapid.SampledFrom([]int{500, 502, 503, 504}).Draw(t, "status")
	case simulator.ErrorCode:
		f.Code = rapid.SampledFrom([]int{10002, 60008, 91000}).Draw(t, "code")
		if f.When == simulator.Before {
			f.Code = rapid.SampledFrom([]int{10002, 10023, 60007, 80003, 70169}).Draw(t, "code before")
		}
	case simulator.Dropped:
		f.When = simulator.Before
	}
	return f
}

// deliver tries to send as a careful caller does: the same bytes once an attempt
// was unclear, a new Random after a definite no, and not for ever.
func deliver(t *rapid.T, w *world, m im.Targeted) error {
	p, err := w.client.Prepare(m)
	must(t, err)
	unclear := false
	for range 16 {
		_, err = w.client.Send(t.Context(), p)
		e, failed := errors.AsType[*im.Error](err)
		switch {
		case !failed:
			return nil
		case e.Class == im.Permanent || e.Class == im.Configuration:
			return err
		case e.Class == im.Unclear:
			unclear = true
		case !unclear:
			m.Random++
			p, err = w.client.Prepare(m)
			must(t, err)
		}
	}
	return err
}

func TestWhoeverIsNotNamedReceivesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawScene(t)
		w := newWorld(t, s.modes)
		defer w.close()
		must(t, w.sim.AddGroup(s.group))
		lie := rapid.SampledFrom([]string{"", simulator.AllRoles, simulator.BlankRole}).Draw(t, "lie")
		if lie != "" {
			must(t, w.sim.Inject(simulator.Fault{API: "get_group_member_info", Kind: lie}))
		}

		wanted := rapid.SampledFrom([][]chat.Role{{chat.Owner, chat.Admin}, {chat.Owner}, {chat.Normal}, {chat.Owner, chat.Admin, chat.Normal}}).Draw(t, "roles")
		members, err := w.client.Members(t.Context(), "room", wanted...)
		must(t, err)
		want := s.having(wanted)
		got := ids(members)
		if !slices.Equal(got, want) {
			t.Fatalf("members are %v, want %v", got, want)
		}
		if len(got) == 0 {
			return // nobody, so there is nothing to send
		}
		for _, f := range s.faults {
			must(t, w.sim.Inject(f))
		}
		audience := recipients(t, got...)
		for i, part := range audience.Parts() {
			m := im.Targeted{Group: "room", Type: s.kind, From: "quizbot", To: part, Random: uint32(1 + i*100), Body: []chat.Element{{Text: &chat.Text{Text: "private"}}}}
			if err := deliver(t, w, m); err != nil {
				t.Fatalf("part %d was not delivered: %v", i+1, err)
			}
		}
		s.checkInboxes(t, w, want)
	})
}

// having is the members that have one of the roles, sorted.
func (s scene) having(roles []chat.Role) []chat.UserID {
	names := map[string]chat.Role{simulator.Owner: chat.Owner, simulator.Admin: chat.Admin, simulator.Ordinary: chat.Normal}
	out := []chat.UserID{}
	for _, m := range s.group.Members {
		if slices.Contains(roles, names[m.Role]) {
			out = append(out, chat.UserID(m.ID))
		}
	}
	slices.Sort(out)
	return out
}

func (s scene) checkInboxes(t *rapid.T, w *world, want []chat.UserID) {
	for _, m := range s.group.Members {
		in, err := w.sim.Inbox(m.ID)
		must(t, err)
		expected := 0
		if slices.Contains(want, chat.UserID(m.ID)) {
			expected = 1
		}
		if in.Broadcast != 0 || in.Targeted != expected {
			t.Fatalf("%s (%s) received %d targeted and %d others, want %d", m.ID, m.Role, in.Targeted, in.Broadcast, expected)
		}
	}
	for _, m := range w.sim.Messages() {
		if m.Reason != simulator.Targeted {
			t.Fatalf("a message was %s", m.Reason)
		}
	}
}

func ids(members []chat.Member) []chat.UserID {
	out := []chat.UserID{}
	for _, m := range members {
		out = append(out, m.ID)
	}
	return out
}
