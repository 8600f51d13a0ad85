package main

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/botd-chat/botd/audience"
	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/im/simulator"
	"github.com/botd-chat/botd/internal/fail"
)

// plan is everything that a seed chooses before a run begins. What is left to
// chance then is who of those that are ready at the same instant is first, and
// what the code under test draws for itself.
type plan struct {
	seed    uint64
	length  time.Duration // of the trouble; then there is an hour without
	groups  []simulator.Group
	limits  limits
	unknown chat.UnknownRule // of the bots
	modes   simulator.Modes
	arrive  []arrival
	changes []change
	faults  []weather
	leaps   []leap
	deaths  []death
}

// roleMaxAge is 0 in some plans, where roles are read for each attempt: in the
// others, few messages come to be looked at again.
func (p *plan) roleMaxAge() time.Duration {
	if p.seed%3 == 0 || p.point() == fail.Rechecked {
		return 0
	}
	return audience.DefaultMaxAge
}

// point is the step at which botd dies in some of the plan's deaths. Seeds take them in
// turn.
func (p *plan) point() fail.Point { return fail.Points[p.seed%uint64(len(fail.Points))] }

// limits are what the application may call a second.
type limits struct{ app, group int }

// arrival is a webhook that is posted, again and again until it is
// acknowledged.
type arrival struct {
	at    time.Duration
	again time.Duration // posted once more so long after it was acknowledged; 0: not
	held  bool          // a member wrote it, and it is to be on disk in time
	slow  time.Duration // how long a commit takes when it comes, for the first time
	order order
}

// order is the payload of a webhook: what the plugin is to do about it.
type order struct {
	N      int          `json:"n"`
	Bot    chat.BotName `json:"bot"`
	Group  string       `json:"group"`
	User   string       `json:"user"`
	Say    []say        `json:"say"`
	Fails  int          `json:"fails,omitempty"`  // so many runs end in an error first
	Panics int          `json:"panics,omitempty"` // and then so many in a panic
	Bad    bool         `json:"bad,omitempty"`    // it can never be handled
	Count  bool         `json:"count,omitempty"`  // it counts in the bot's state, and says how far, and in its sender's session
}

// say is a message that the plugin answers with.
type say struct {
	To       chat.Audience `json:"to"`
	Priority chat.Priority `json:"priority,omitempty"`
	Expires  time.Duration `json:"expires,omitempty"` // after it was said; 0: never
	Report   bool          `json:"report,omitempty"`  // the plugin wants to be told how it ended
}

// change is somebody who comes, goes, or gets another role. An empty role is
// one who goes, and an empty user a group that is destroyed.
type change struct {
	at    time.Duration
	group string
	user  string
	role  string
}

// weather is a fault that is in force for a while.
type weather struct {
	from, to time.Duration
	fault    simulator.Fault
}

// leap is the clock of botd's machine being set.
type leap struct{ at, by time.Duration }

// death is how a life of botd ends, and what is between it and the next.
type death struct {
	point  fail.Point // empty: an orderly stop
	nth    int64      // that it comes to the point
	within time.Duration
	loss   string
	down   time.Duration
	leap   time.Duration // of the clock, while nobody watches it
}

const app chat.AppName = "main"

// The bots. One may speak to all, the other to those who lead a group and to
// whoever it answers.
const (
	herald chat.BotName = "herald"
	usher  chat.BotName = "usher"
)

var ceilings = map[chat.BotName]chat.Audience{
	herald: {Everyone: true},
	usher:  {Roles: []chat.Role{chat.Owner, chat.Admin}, Sender: true},
}

// newPlan makes the plan of a seed.
func newPlan(seed uint64) plan {
	r := rand.New(rand.NewPCG(seed, 1)) //nolint:gosec // a seed must repeat a run
	p := plan{seed: seed, length: between(r, 15*time.Second, 45*time.Second)}
	p.limits = pick(r, limits{200, 40}, limits{20, 6}, limits{8, 3})
	p.unknown = pick(r, chat.UnknownHold, chat.UnknownHold, chat.UnknownResend, chat.UnknownAssume)
	p.modes = simulator.Modes{
		TargetedHistory: pick(r, "shown", "hidden"), Duplicate: pick(r, "content", "random"), DuplicateSeq: pick(r, "first", "zero"),
		RefusedRandom: pick(r, "free", "kept"), MemberOffset: pick(r, "unfiltered", "filtered"), GroupRate: pick(r, "drop", "10023"),
	}
	for n := range 1 + r.IntN(3) {
		p.groups = append(p.groups, newGroup(r, n))
	}
	for n := range 4 + r.IntN(14) {
		p.arrive = append(p.arrive, p.newArrival(r, n))
	}
	for range pick(r, r.IntN(8), 10+r.IntN(40)) {
		p.changes = append(p.changes, p.newChange(r))
	}
	for n := range uint64(r.IntN(5)) {
		p.faults = append(p.faults, p.newWeather(r, kinds[(seed+n)%uint64(len(kinds))]))
	}
	for range r.IntN(3) * r.IntN(2) {
		p.leaps = append(p.leaps, leap{between(r, 0, p.length), jump(r)})
	}
	for range r.IntN(5) {
		p.deaths = append(p.deaths, newDeath(r, p.point()))
	}
	p.hold()
	return p
}

// hold has some of what arrives written by members, and some commits take long then. It
// is chosen apart, so that all else of a seed's plan is as it is without.
func (p *plan) hold() {
	r := rand.New(rand.NewPCG(p.seed, 3)) //nolint:gosec // a seed must repeat a run
	for i := range p.arrive {
		late := p.point() == fail.Late // or it would hardly ever die there
		if a := &p.arrive[i]; late || r.IntN(3) == 0 {
			a.held, a.slow = true, pick(r, 0, 0, between(r, 0, 2*time.Second), between(r, 1200*time.Millisecond, 3*time.Second))
		}
	}
}

func newGroup(r *rand.Rand, n int) simulator.Group {
	g := simulator.Group{ID: fmt.Sprintf("@TGS#2SCHEDULE%02d", n), Type: pick(r, "Public", "Meeting", "Work"), Name: fmt.Sprintf("Group %d", n)}
	size := 3 + r.IntN(6)
	if r.IntN(6) == 0 {
		size = 51 + r.IntN(70) // more than one part
	}
	for i := range size {
		m := simulator.Member{ID: user(i), Role: simulator.Ordinary}
		switch {
		case i == 0:
			m.Role = simulator.Owner
		case i < 3 && g.Type != "Work":
			m.Role = simulator.Admin
		}
		g.Members = append(g.Members, m)
	}
	return g
}

func user(i int) string { return fmt.Sprintf("user%03d", i) }

func (p *plan) newArrival(r *rand.Rand, n int) arrival {
	g := pick(r, p.groups...)
	o := order{N: n, Bot: pick(r, herald, herald, usher), Group: g.ID, User: pick(r, g.Members...).ID, Count: r.IntN(2) == 0}
	switch r.IntN(12) {
	case 0:
		o.Fails = 1 + r.IntN(2)
	case 1:
		o.Panics = 1
	case 2:
		o.Fails, o.Panics = 1, 1
	case 3:
		o.Bad = true
	case 4:
		o.User = "stranger"
	}
	for range 1 + r.IntN(3) {
		o.Say = append(o.Say, newSay(r, g, o.User))
	}
	for i := range o.Say {
		o.Say[i].Report = (n+i)%2 == 0
	}
	a := arrival{at: between(r, 0, p.length*3/4), order: o}
	if r.IntN(4) == 0 {
		a.again = between(r, time.Millisecond, 20*time.Second)
	}
	return a
}

func newSay(r *rand.Rand, g simulator.Group, sender string) say {
	some := []chat.UserID{chat.UserID(pick(r, g.Members...).ID), chat.UserID(pick(r, g.Members...).ID), "nobody"}
	s := say{Priority: pick(r, chat.Ordinary, chat.Ordinary, chat.High, chat.Low)}
	s.To = pick(r, chat.Everyone, chat.Admins, chat.Admins, chat.Owners, chat.Users(some...), chat.Everyone.But(some[0]),
		chat.Users(chat.UserID(sender)), chat.Owners.Or(chat.Users(some[1])), chat.Users("nobody"))
	if r.IntN(6) == 0 {
		s.Expires = between(r, time.Second, 30*time.Second)
	}
	return s
}

func (p *plan) newChange(r *rand.Rand) change {
	g := pick(r, p.groups...)
	c := change{at: between(r, 0, p.length), group: g.ID, user: pick(r, g.Members...).ID}
	switch r.IntN(4) {
	case 0:
		c.user = "newcomer"
	case 1, 2:
		c.user = pick(r, g.Members[:3]...).ID // those who lead
	}
	c.role = pick(r, "", simulator.Ordinary, simulator.Admin, simulator.Ordinary)
	if r.IntN(80) == 0 {
		c.user = "" // the end of the group
	}
	return c
}

// codes are errors that the service may answer with at any time: those that
// pass, those about the signature, and one after which all calls pause.
var codes = []int{10002, 60004, 60007, 60008, 10023, 70001, 70050, 60009}

// kinds of faults. Seeds that follow one another take them in turn, as they do
// the steps at which botd dies, so that not many are needed to meet all.
var kinds = []string{
	simulator.BadStatus, simulator.HangUp, simulator.Slow, simulator.Truncated, simulator.Empty, simulator.ErrorCode,
	simulator.Dropped, simulator.ErrorCode, simulator.AllRoles, simulator.ErrorCode, simulator.BlankRole,
}

func (p *plan) newWeather(r *rand.Rand, kind string) weather {
	from := between(r, 0, p.length)
	w := weather{from: from, to: from + between(r, time.Second, p.length-from+time.Second)}
	w.fault = simulator.Fault{
		Kind: kind,
		When: pick(r, simulator.Before, simulator.After), Probability: pick(r, 0.1, 0.3, 0.9),
		API: pick(r, "", "send_group_msg", "send_group_msg"), Code: codes[int(p.seed/3)%len(codes)],
	}
	switch w.fault.Kind {
	case simulator.Slow:
		w.fault.Delay = between(r, 100*time.Millisecond, 8*time.Second)
	case simulator.Dropped:
		w.fault.API = "send_group_msg"
		w.fault.When = simulator.Before // it says that nothing was delivered
	case simulator.ErrorCode:
		w.fault.When = simulator.Before
		if w.fault.Code == 10002 || w.fault.Code == 60008 {
			w.fault.When = pick(r, simulator.Before, simulator.After) // of these nobody knows
		}
	case simulator.AllRoles, simulator.BlankRole:
		w.fault.API, w.fault.When = "", simulator.Before
	}
	return w
}

func newDeath(r *rand.Rand, point fail.Point) death {
	d := death{within: between(r, time.Second, 15*time.Second), loss: pick(r, losses...), down: between(r, 0, 20*time.Second)}
	switch r.IntN(5) {
	case 0:
	case 1, 2:
		d.point, d.nth = point, 1
	default:
		d.point, d.nth = pick(r, fail.Points...), 1+r.Int64N(1+r.Int64N(8))
	}
	switch r.IntN(6) {
	case 0:
		d.down = between(r, 200*time.Second, 320*time.Second) // about as long as a Random is known
	case 1:
		d.leap, d.down = jump(r), between(r, time.Second, 20*time.Second)
	}
	return d
}

// jump is a step of a clock, back or forth, from a second to a day.
func jump(r *rand.Rand) time.Duration {
	d := pick(r, between(r, time.Second, 10*time.Second), between(r, time.Minute, 6*time.Minute), between(r, time.Hour, 24*time.Hour))
	return pick(r, d, -d)
}

func pick[T any](r *rand.Rand, from ...T) T { return from[r.IntN(len(from))] }

// between is a time from one to another.
func between(r *rand.Rand, from, to time.Duration) time.Duration {
	return from + time.Duration(r.Int64N(max(1, int64(to-from))))
}
