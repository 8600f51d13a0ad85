package audience

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/jonboulle/clockwork"
	"golang.org/x/sync/singleflight"

	"github.com/botd-chat/botd/chat"
)

// DefaultMaxAge is how old a reading of a group may be when it is used, where
// nobody says otherwise.
const DefaultMaxAge = 5 * time.Second

// ErrUntargetable says that the service cannot restrict a message to some
// members of this group, so nothing may be sent to it. Trying again changes
// nothing.
var ErrUntargetable = errors.New("the group has no targeted messages")

// Group is what a group says about itself.
type Group struct {
	Type    chat.GroupType
	Owner   chat.UserID // empty for a group made without one
	Members int         // how many there are
}

// Source asks the service. Each method answers completely or with an error.
type Source interface {
	Group(context.Context, chat.GroupID) (Group, error)
	// Members lists the members with one of these roles; all, when none is given.
	Members(context.Context, chat.GroupID, ...chat.Role) ([]chat.Member, error)
	// Roles looks these users up; those who are not members are left out.
	Roles(context.Context, chat.GroupID, []chat.UserID) ([]chat.Member, error)
	// Profiles lists all members with these facts.
	Profiles(context.Context, chat.GroupID, chat.Facts) ([]chat.Member, error)
	// ProfilesOf looks these users up with these facts; those who are not members are
	// left out.
	ProfilesOf(context.Context, chat.GroupID, []chat.UserID, chat.Facts) ([]chat.Member, error)
}

// Directory knows who is in the groups of one application. Whoever asks says how
// old the answer may be, and is never given an older one because somebody else
// would be content with it. It is safe for concurrent use. Errors are not
// remembered: the next call reads again.
type Directory struct {
	source Source
	clock  clockwork.Clock
	flight singleflight.Group

	mu    sync.Mutex
	known map[chat.GroupID]*known // those that somebody asked for
}

// known is what the directory knows of a group.
type known struct {
	last  reading            // nothing was read before it has a ReadAt
	facts map[string]reading // by what else was asked about the members
	ages  int                // how often it was said that the group may be another
}

// maxKept is how many readings with facts are kept of a group: rules that ask for others
// are few.
const maxKept = 8

// of is the last reading with these facts.
func (k *known) of(facts chat.Facts) reading {
	if len(facts) == 0 {
		return k.last
	}
	return k.facts[keyOf(facts)]
}

// keep keeps a reading, and what it says to those who do not ask for its facts.
func (k *known) keep(r reading, facts chat.Facts) {
	k.last = r
	if len(facts) == 0 {
		return
	}
	k.last.Members = slices.Clone(r.Members)
	for i := range k.last.Members {
		k.last.Members[i].Profile = nil
	}
	k.last.Membership = k.last.Hashed()
	if k.facts == nil {
		k.facts = map[string]reading{}
	}
	k.facts[keyOf(facts)] = r
	if len(k.facts) <= maxKept {
		return
	}
	oldest := keyOf(facts)
	for key, other := range k.facts {
		if other.ReadAt.Before(k.facts[oldest].ReadAt) {
			oldest = key
		}
	}
	delete(k.facts, oldest)
}

func keyOf(facts chat.Facts) string {
	var b strings.Builder
	for _, f := range facts {
		b.WriteString(" " + string(f))
	}
	return b.String()
}

// reading is a membership, with how often the group had been said to be another when
// it was begun to be read.
type reading struct {
	chat.Membership
	ages int
}

// NewDirectory returns a directory over source.
func NewDirectory(source Source, clock clockwork.Clock) *Directory {
	return &Directory{source: source, clock: clock, known: map[chat.GroupID]*known{}}
}

// Read returns the group as it was at most maxAge before the call, or later. With
// a maxAge of zero the service is asked after the call began. Those who ask at
// once share one question to the service, as far as it is young enough for each. Of the
// members these facts are told, and no others.
// The error is [ErrUntargetable] for a group that can never be sent to. The
// members are shared: do not change them.
func (d *Directory) Read(ctx context.Context, group chat.GroupID, maxAge time.Duration, facts ...chat.Fact) (chat.Membership, error) {
	if group.IsCommunity() {
		return chat.Membership{}, fmt.Errorf("group %s is a Community: %w", group, ErrUntargetable)
	}
	oldest, ages := d.clock.Now().Add(-maxAge), d.ages(group)
	for {
		if m, ok := d.recent(group, maxAge, ages, facts); ok {
			return m, nil
		}
		r, ours, err := d.join(ctx, group, maxAge, ages, facts)
		tooOld := err == nil && !ours && (r.ReadAt.Before(oldest) || r.ages < ages)
		if !tooOld && !errors.Is(err, errLeft) {
			return r.Membership, err
		}
		if err := ctx.Err(); err != nil {
			return chat.Membership{}, fmt.Errorf("reading group %s: %w", group, err)
		}
	}
}

// errLeft says that the caller under whose context the shared reading ran went
// away. That is no reason for the others to fail.
var errLeft = errors.New("whoever was reading the group went away")

// join waits for the reading of this group that is under way, or begins one, and
// then it is ours.
func (d *Directory) join(ctx context.Context, group chat.GroupID, maxAge time.Duration, ages int, facts chat.Facts) (_ reading, ours bool, _ error) {
	began := make(chan struct{}, 1)
	answer := d.flight.DoChan(string(group)+keyOf(facts), func() (any, error) {
		began <- struct{}{}
		if m, ok := d.recent(group, maxAge, ages, facts); ok { // another reading ended just before this one began
			return reading{m, ages}, nil
		}
		r, err := d.fetch(ctx, group, facts)
		if err != nil && ctx.Err() != nil {
			return r, errLeft
		}
		return r, err
	})
	select {
	case <-ctx.Done():
		return reading{}, false, errLeft
	case got := <-answer:
		r, _ := got.Val.(reading)
		return r, len(began) > 0, got.Err
	}
}

// fetch reads the group from the source and keeps it. Its age counts from
// before the first question was asked.
func (d *Directory) fetch(ctx context.Context, group chat.GroupID, facts chat.Facts) (reading, error) {
	at, ages := d.clock.Now(), d.ages(group)
	about, err := d.source.Group(ctx, group)
	if err != nil {
		return reading{}, fmt.Errorf("reading group %s: %w", group, err)
	}
	if !about.Type.Targetable() {
		return reading{}, fmt.Errorf("group %s has type %q: %w", group, about.Type, ErrUntargetable)
	}
	members, err := d.members(ctx, group, facts)
	if err != nil {
		return reading{}, fmt.Errorf("reading the members of group %s: %w", group, err)
	}
	m, err := NewMembership(group, about.Type, members, at)
	if err != nil {
		return reading{}, err
	}
	m = m.Hashed() // each message to the group keeps it
	if err := plausible(about, m); err != nil {
		return reading{}, fmt.Errorf("reading the members of group %s: %w", group, err)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	r := reading{m, ages}
	d.of(group).keep(r, facts)
	return r, nil
}

func (d *Directory) members(ctx context.Context, group chat.GroupID, facts chat.Facts) ([]chat.Member, error) {
	if len(facts) == 0 {
		return d.source.Members(ctx, group)
	}
	return d.source.Profiles(ctx, group, facts)
}

// plausible reports a list of members that contradicts what the group says
// about itself: the list was cut short, or roles changed between the two
// questions, or they are not the roles of this group at all. Who may see a
// message hangs on them, so they are read again later and not guessed.
func plausible(about Group, m chat.Membership) error {
	if len(m.Members) == 0 && about.Members > 0 {
		return fmt.Errorf("the list is empty, but the group has %d members; not used, will be read again", about.Members)
	}
	if about.Owner == "" {
		return nil
	}
	i := slices.IndexFunc(m.Members, func(x chat.Member) bool { return x.Role == chat.Owner })
	switch {
	case i < 0:
		return fmt.Errorf("the group says that %q is its owner, but the list has no owner; not used, will be read again", about.Owner)
	case m.Members[i].ID != about.Owner:
		return fmt.Errorf("the group says that %q is its owner, but the list says %q; not used, will be read again", about.Owner, m.Members[i].ID)
	}
	return nil
}

// Recheck looks these users up again, for a decision that is about to be acted
// on. Users who are not members are left out, and of members these facts are told. What it returns was read at
// readAt, at most maxAge before the call, when the group was one that has targeted
// messages ([ErrUntargetable] otherwise). Nobody to look up is [chat.ErrNobody].
func (d *Directory) Recheck(ctx context.Context, group chat.GroupID, users []chat.UserID, maxAge time.Duration, facts ...chat.Fact) (members []chat.Member, readAt time.Time, err error) {
	if len(users) == 0 {
		return nil, time.Time{}, fmt.Errorf("checking the recipients in group %s: the list %w", group, chat.ErrNobody)
	}
	if m, ok := d.recent(group, maxAge, d.ages(group), facts); ok {
		return only(m.Members, users), m.ReadAt, nil
	}
	at := d.clock.Now()
	// A group may have been dissolved, and its id be another group's by now.
	about, err := d.source.Group(ctx, group)
	if err != nil {
		return nil, time.Time{}, fmt.Errorf("reading group %s: %w", group, err)
	}
	if !about.Type.Targetable() {
		return nil, time.Time{}, fmt.Errorf("group %s has type %q: %w", group, about.Type, ErrUntargetable)
	}
	found, err := d.lookUp(ctx, group, users, facts)
	if err != nil {
		return nil, time.Time{}, fmt.Errorf("reading roles in group %s: %w", group, err)
	}
	found, err = distinct(found)
	if err != nil {
		return nil, time.Time{}, fmt.Errorf("reading roles in group %s: %w", group, err)
	}
	return only(found, users), at, nil
}

func (d *Directory) lookUp(ctx context.Context, group chat.GroupID, users []chat.UserID, facts chat.Facts) ([]chat.Member, error) {
	if len(facts) == 0 {
		return d.source.Roles(ctx, group, users)
	}
	return d.source.ProfilesOf(ctx, group, users, facts)
}

// of is what is known of a group, for whoever holds the lock.
func (d *Directory) of(group chat.GroupID) *known {
	k := d.known[group]
	if k == nil {
		k = &known{}
		d.known[group] = k
	}
	return k
}

// ages is how often the group was said to be another, from now on also where it was
// not read yet.
func (d *Directory) ages(group chat.GroupID) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.of(group).ages
}

// recent is the last reading with these facts, if it is young enough and was begun after the group had
// been said so many times to be another. For a maxAge of zero none is.
func (d *Directory) recent(group chat.GroupID, maxAge time.Duration, ages int, facts chat.Facts) (chat.Membership, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	r := d.of(group).of(facts)
	age := d.clock.Since(r.ReadAt)
	// A clock that stepped back makes a reading of unknown age, not a young one.
	return r.Membership, !r.ReadAt.IsZero() && maxAge > 0 && age >= 0 && age <= maxAge && r.ages >= ages
}

// Last is the last reading of a group, however old, for a decision that has no time to
// ask and is not about who sees a message; false when there is none. The members are
// shared: do not change them.
func (d *Directory) Last(group chat.GroupID) (chat.Membership, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	k := d.known[group]
	if k == nil || k.last.ReadAt.IsZero() {
		return chat.Membership{}, false
	}
	return k.last.Membership, true
}

// Aged says that a group may be another than it was read. Whoever asks from now on gets
// a reading that begins after this, also where one is under way. [Directory.Last] still
// has the one before. Of a group for which nobody asked there is nothing to say, so that
// what strangers name is not kept.
func (d *Directory) Aged(group chat.GroupID) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if k := d.known[group]; k != nil {
		k.ages++
	}
}

// only returns those members who are among users.
func only(members []chat.Member, users []chat.UserID) []chat.Member {
	asked := make(map[chat.UserID]bool, len(users))
	for _, id := range users {
		asked[id] = true
	}
	return slices.DeleteFunc(slices.Clone(members), func(m chat.Member) bool { return !asked[m.ID] })
}
