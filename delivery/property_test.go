package delivery_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/botd-chat/botd/audience"
	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/im/simulator"
)

// TestNobodyElse sends random messages in random groups through random trouble,
// while members come, go and change roles, and botd dies. The members' inboxes
// are the judge: whoever received something was, at that moment, a member whom
// both the rule and the bot's audience address, and got the first of the message's
// bodies that was for them then; nobody received anything twice, two bodies of one
// message, or out of order; and in the end everything is over or known to be unknown.
func TestNobodyElse(t *testing.T) {
	reached := map[string]int{}
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t, reached)
		for range rapid.IntRange(4, 16).Draw(t, "steps") {
			w.act()
		}
		w.sim.ClearFaults()
		for range 6 { // whoever was told that the service is set up wrongly asks again after minutes
			w.settle(2 * time.Minute)
			w.judge()
			w.clock.Advance(time.Minute)
		}
		w.account()
	})
	t.Logf("how it ended: %v", reached)
	// A run that never got this far would prove nothing.
	for _, outcome := range []chat.Outcome{chat.Sent, chat.Nobody, chat.Refused, chat.Unknown} {
		if !t.Failed() && reached[string(outcome)] == 0 {
			t.Errorf("no message ended as %s", outcome)
		}
	}
}

// world is a rig with what the judge knows of it.
type world struct {
	*rig
	t      *rapid.T
	groups []chat.GroupID
	saidIn map[chat.GroupID][]*said
	judged int
	got    map[string]int // user and text: how often received
	bodies map[string]int // user and text: which of its bodies was received

	reached map[string]int // over all worlds: outcomes, and how often somebody was left out
}

// said is a message and who may see it. Its text is its name.
type said struct {
	chat.Message
	text   string
	sender chat.UserID
	group  chat.GroupID
	event  chat.EventID
}

// render gives a message another body for those.
func (s *said) render(to chat.Audience) {
	s.Renderings = append(s.Renderings, chat.Rendering{To: to, Text: fmt.Sprintf("%s§%d", s.text, len(s.Renderings)+1)})
}

var people = []string{"ann", "bo", "cy", "dee", "eve", "fay", "gus", "hal"}

func newWorld(t *rapid.T, reached map[string]int) *world {
	dir, err := os.MkdirTemp("", "delivery")
	must(t, err)
	w := &world{rig: buildRig(t, dir), t: t, saidIn: map[chat.GroupID][]*said{}, got: map[string]int{}, bodies: map[string]int{}, reached: reached}
	t.Cleanup(func() {
		w.close()
		must(t, os.RemoveAll(dir))
	})
	for i := range rapid.IntRange(1, 3).Draw(t, "groups") {
		id := chat.GroupID(fmt.Sprintf("@TGS#G%d", i))
		w.groups = append(w.groups, id)
		w.group(id, rapid.SampledFrom([]string{"Work", "Public", "Meeting", "Public", "Meeting", "Public", "Public", "AVChatRoom"}).Draw(t, "type"), w.members()...)
	}
	w.bots[quiz].Audience = audienceOf(t, "ceiling")
	w.bots[quiz].Recipients = rapid.SampledFrom([]int{2, 50, 200}).Draw(t, "cap")
	w.bots[quiz].Newcomers = rapid.SampledFrom(chat.NewcomerRules).Draw(t, "newcomers")
	w.bots[quiz].RoleMaxAge = rapid.SampledFrom([]time.Duration{0, audience.DefaultMaxAge}).Draw(t, "role_max_age")
	return w
}

// members is an owner, some of the others, and sometimes a crowd that needs
// more than one part.
func (w *world) members() []string {
	list := []string{people[0] + " Owner"}
	for _, p := range people[1:] {
		if rapid.Bool().Draw(w.t, p) {
			list = append(list, p)
		}
	}
	if rapid.IntRange(0, 3).Draw(w.t, "crowd") == 0 {
		for i := range 60 {
			list = append(list, fmt.Sprintf("x%02d", i))
		}
	}
	return list
}

func audienceOf(t *rapid.T, name string) chat.Audience {
	users := rapid.SliceOfN(rapid.SampledFrom(append(slices.Clone(people), "stranger")), 0, 3)
	ids := func(label string) (all []chat.UserID) {
		for _, u := range users.Draw(t, label) {
			all = append(all, chat.UserID(u))
		}
		return all
	}
	one := func(label string) chat.Audience {
		return chat.Audience{
			Everyone: rapid.Bool().Draw(t, label+" everyone"),
			Roles:    rapid.SliceOfN(rapid.SampledFrom([]chat.Role{chat.Owner, chat.Admin, chat.Normal}), 0, 2).Draw(t, label+" roles"),
			Users:    ids(label + " users"),
			Sender:   rapid.Bool().Draw(t, label+" sender"),
		}
	}
	a := one(name)
	if rapid.IntRange(0, 2).Draw(t, name+" with exceptions") == 0 {
		a.Except = ids(name + " except")
	}
	if rapid.IntRange(0, 3).Draw(t, name+" union") == 0 {
		a.AnyOf = []chat.Audience{one(name + " inner")}
	}
	if rapid.IntRange(0, 3).Draw(t, name+" within") == 0 {
		within := one(name + " within")
		a.Within = &within
	}
	if rapid.IntRange(0, 3).Draw(t, name+" where") == 0 {
		a.Where = rapid.SampledFrom([]string{"admin", adult, "no such name"}).Draw(t, name+" condition")
	}
	return a
}

// act is one thing that happens, and what botd makes of it.
func (w *world) act() {
	switch rapid.SampledFrom([]string{"say", "say", "ambush", "ambush", "trouble", "change", "die", "time"}).Draw(w.t, "act") {
	case "say":
		w.speak()
	case "ambush": // somebody goes while a message is in trouble
		w.trouble()
		w.speak()
		w.step()
		w.judge()
		w.change()
	case "trouble":
		w.trouble()
	case "change":
		w.change()
	case "die":
		w.dieAt(rapid.SampledFrom([]string{"begin", "end"}).Draw(w.t, "at"), rapid.SampledFrom([]string{"before", "after"}).Draw(w.t, "moment"))
		w.judge()
		w.reopen()
	case "time":
		w.clock.Advance(rapid.SampledFrom([]time.Duration{time.Second, 7 * time.Second, 70 * time.Second, 5 * time.Minute}).Draw(w.t, "pass"))
	}
	w.step()
	w.judge()
}

func (w *world) speak() {
	sender := chat.UserID(rapid.SampledFrom(people).Draw(w.t, "sender"))
	s := w.named(sender)
	s.To = audienceOf(w.t, "rule").Bind(sender)
	if s.To.Validate() != nil {
		return // a plugin's answer like that is refused before it gets here
	}
	w.vary(s)
	if rapid.IntRange(0, 5).Draw(w.t, "expires") == 0 {
		s.Expires = w.clock.Now().Add(time.Minute)
	}
	w.tell(s)
}

// named is a message without a rule in one of the groups.
func (w *world) named(sender chat.UserID) *said {
	s := &said{sender: sender, group: rapid.SampledFrom(w.groups).Draw(w.t, "group")}
	s.text = fmt.Sprintf("%s to %s %03d", sender, s.group, len(w.saidIn[s.group]))
	s.Text = s.text
	return s
}

func (w *world) tell(s *said) {
	s.event = w.say(s.group, s.sender, s.Message)
	w.saidIn[s.group] = append(w.saidIn[s.group], s)
}

// vary gives a message other bodies, or none.
func (w *world) vary(s *said) {
	for range rapid.IntRange(0, 3).Draw(w.t, "renderings") {
		to := audienceOf(w.t, "rendering").Bind(s.sender)
		if to.Validate() != nil {
			to = chat.Admins
		}
		s.render(to)
	}
	if len(s.Renderings) > 0 && rapid.Bool().Draw(w.t, "no body of its own") {
		s.Text = ""
	}
}

// body is the name of a message, and which of its bodies a text is.
func body(text string) (name string, n int) {
	name, number, ok := strings.Cut(text, "§")
	if ok {
		_, _ = fmt.Sscan(number, &n)
	}
	return name, n
}

func (w *world) trouble() {
	f := simulator.Fault{
		API:   rapid.SampledFrom([]string{send, send, send, "get_role_in_group", "get_group_member_info", ""}).Draw(w.t, "api"),
		Kind:  rapid.SampledFrom([]string{simulator.BadStatus, simulator.HangUp, simulator.Truncated, simulator.Empty, simulator.ErrorCode, simulator.Dropped, simulator.AllRoles, simulator.BlankRole}).Draw(w.t, "kind"),
		When:  rapid.SampledFrom([]string{simulator.Before, simulator.After}).Draw(w.t, "when"),
		Count: rapid.IntRange(1, 4).Draw(w.t, "count"),
	}
	if f.Kind == simulator.ErrorCode {
		f.Code = rapid.SampledFrom([]int{10002, 10007, 10023, 10059, 60007, 60008, 70001, 80001, 80003}).Draw(w.t, "code")
		// A service that carries a message out and then denies it breaks its own
		// documents; only the unclear codes may come after the effect.
		if f.When == simulator.After && f.Code != 10002 && f.Code != 60008 {
			f.When = simulator.Before
		}
	}
	if f.Kind == simulator.Dropped {
		f.API, f.When = send, simulator.Before
	}
	w.fault(f)
}

// change is somebody who comes, goes, or gets another role. It is known to the
// next reading, so the readings before it are let grow old.
func (w *world) change() {
	group := string(rapid.SampledFrom(w.groups).Draw(w.t, "where"))
	user := rapid.SampledFrom(people[1:]).Draw(w.t, "who")
	var err error
	switch rapid.SampledFrom([]string{"leave", "join", "Admin", "Member"}).Draw(w.t, "change") {
	case "leave":
		err = w.sim.Leave(group, user)
	case "join":
		err = w.sim.Join(group, simulator.Member{ID: user})
	case "Admin":
		err = w.sim.SetRole(group, user, "Admin")
	case "Member":
		err = w.sim.SetRole(group, user, "Member")
	}
	if err == nil { // else there was nothing of the kind to change
		w.clock.Advance(6 * time.Second)
	}
}

// judge looks at what was received since it last looked; nothing has changed in
// the groups meanwhile.
func (w *world) judge() {
	all := w.sim.Messages()
	members := map[string]map[string]string{}
	for _, g := range w.sim.Groups() {
		members[g.ID] = map[string]string{}
		for _, m := range g.Members {
			members[g.ID][m.ID] = m.Role
		}
	}
	for _, m := range all[w.judged:] {
		if m.Reason != simulator.Targeted || m.Leaked() {
			w.t.Fatalf("%q was broadcast", m.Text)
		}
		name, n := body(m.Text)
		s := w.find(name)
		for _, user := range m.Recipients {
			if why := w.mayNot(s, n, user, members[m.Group][user]); why != "" || m.Group != string(s.group) {
				w.t.Fatalf("%s received %q in %s: %s", user, m.Text, m.Group, why)
			}
			if w.got[user+"|"+name]++; w.got[user+"|"+name] > 1 {
				w.t.Fatalf("%s received %q, and had received body %d of it", user, m.Text, w.bodies[user+"|"+name])
			}
			w.bodies[user+"|"+name] = n
			if n > 0 {
				w.reached["other bodies"]++
			}
		}
	}
	w.judged = len(all)
}

func (w *world) find(text string) *said {
	for _, list := range w.saidIn {
		for _, s := range list {
			if s.text == text {
				return s
			}
		}
	}
	w.t.Fatalf("nobody said %q", text)
	return nil
}

// mayNot says why a user must not see a body of a message. It is written anew here,
// so that a mistake in the resolver is not repeated by its judge.
func (w *world) mayNot(s *said, n int, user, role string) string {
	sender, _, _ := strings.Cut(s.text, " ")
	switch {
	case role == "":
		return "is no member"
	case !addressed(s.To, user, role, sender):
		return fmt.Sprintf("has role %s and is not addressed by %+v", role, s.To)
	case !addressed(w.bots[quiz].Audience, user, role, sender):
		return fmt.Sprintf("has role %s and is out of the bot's reach %+v", role, w.bots[quiz].Audience)
	}
	first := 1 + slices.IndexFunc(s.Renderings, func(r chat.Rendering) bool { return addressed(r.To, user, role, sender) })
	switch {
	case first != n:
		return fmt.Sprintf("has role %s, and %d is the body for them", role, first)
	case n == 0 && s.Text == "":
		return "there is no such body"
	}
	return ""
}

func addressed(a chat.Audience, user, role, sender string) bool {
	if slices.Contains(a.Except, chat.UserID(user)) {
		return false
	}
	in := a.Everyone || a.Sender && user == sender || slices.Contains(a.Users, chat.UserID(user)) ||
		slices.Contains(a.Roles, chat.Role(strings.ToLower(role)))
	for _, x := range a.AnyOf {
		in = in || addressed(x, user, role, sender)
	}
	if a.Within != nil {
		in = in && addressed(*a.Within, user, role, sender)
	}
	switch a.Where {
	case "admin":
		in = in && role != string(simulator.Ordinary)
	case adult:
		in = in && user != people[0] && user != people[1]
	case "no such name":
		in = false
	}
	return in
}

var adult = fmt.Sprintf("id not in [%q, %q]", people[0], people[1])

// account holds what botd says of its messages against the inboxes.
func (w *world) account() {
	for _, list := range w.saidIn {
		for _, s := range list {
			m := w.message(s.event)
			if m.Status == chat.Ready {
				w.t.Fatalf("%q is not over: %+v", s.text, m)
			}
			w.reached[string(m.Outcome)]++
			for _, d := range m.Deliveries {
				w.accountFor(s, d, m.Deliveries)
				w.reached["left out"] += len(d.Lost)
				for _, x := range d.Lost {
					if strings.HasSuffix(x.Reason, "and not this one") {
						w.reached["another body by then"]++
					}
				}
				if d.Snapshot != "" {
					w.reached["joined later"]++
				}
				w.reached["tries"] += len(d.Tries)
			}
			if len(m.Deliveries) == 0 && w.received(s) > 0 {
				w.t.Fatalf("%q ended as %s and was received", s.text, m.Outcome)
			}
		}
	}
	w.inOrder()
}

func (w *world) accountFor(s *said, d chat.DeliveryHistory, all []chat.DeliveryHistory) {
	// Who was lost from a part that was never begun may have joined another.
	elsewhere := func(user chat.UserID) bool {
		return d.Attempts == 0 && slices.ContainsFunc(all, func(x chat.DeliveryHistory) bool { return x.ID != d.ID && x.Snapshot != "" && x.Recipients.Has(user) })
	}
	for _, user := range d.Recipients.IDs() {
		n := w.got[string(user)+"|"+s.text]
		switch {
		case d.Outcome == chat.Sent && (n != 1 || w.bodies[string(user)+"|"+s.text] != d.Rendering):
			w.t.Fatalf("%q is told as sent, and %s received it %d times; %+v", s.text, user, n, d)
		case d.Outcome != chat.Sent && d.Outcome != chat.Unknown && n != 0 && !elsewhere(user):
			w.t.Fatalf("%q is told as %s (%s), and %s received it; %+v", s.text, d.Outcome, d.Reason, user, d)
		}
	}
	for _, x := range d.Lost {
		if n := w.got[string(x.User)+"|"+s.text]; n != 0 && d.Outcome != chat.Unknown && !elsewhere(x.User) {
			w.t.Fatalf("%s was left out of %q and received it", x.User, s.text)
		}
	}
}

func (w *world) received(s *said) (n int) {
	for key, times := range w.got {
		if strings.HasSuffix(key, "|"+s.text) {
			n += times
		}
	}
	return n
}

// inOrder holds that a member sees the messages of a group in the order in
// which they were accepted.
func (w *world) inOrder() {
	for user, box := range w.sim.Inboxes() {
		last := map[string]string{}
		for _, m := range box.Messages {
			name, _ := body(m.Text)
			_, number, _ := strings.Cut(name, " to ")
			if number < last[m.Group] {
				w.t.Fatalf("%s received %q after %q", user, m.Text, last[m.Group])
			}
			last[m.Group] = number
		}
	}
}
