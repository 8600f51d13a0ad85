package simulator

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Roles of a member. Work groups and AVChatRooms know no Admin, and a group may
// have no Owner.
const (
	Owner    = "Owner"
	Admin    = "Admin"
	Ordinary = "Member"
)

// Group is a group as it is set up and as a snapshot shows it.
type Group struct {
	ID      string   `json:"id"`
	Type    string   `json:"type"` // Work or Private, Public, Meeting or ChatRoom, AVChatRoom, Community
	Name    string   `json:"name"`
	Members []Member `json:"members"`
}

// Member is one account's place in a group.
type Member struct {
	ID       string    `json:"id"`
	Role     string    `json:"role"`      // "": Member
	NameCard string    `json:"name_card"` // shown instead of the id; may be empty
	Offline  bool      `json:"offline"`   // of the account, in all its groups
	Muted    time.Time `json:"muted_until,omitzero"`
	// Fields are custom ones of the application.
	Fields map[string]string `json:"fields,omitempty"`
}

// account is somebody who may send and receive.
type account struct {
	id      string
	offline bool
	unread  int // one-to-one messages received
	inbox   inbox
}

var (
	errNoGroup  = errors.New("no such group")
	errNoMember = errors.New("not a member of the group")
)

// maxAccount is the longest account id in bytes (product/1047/34381).
const maxAccount = 32

// AddAccount makes an account known; adding it again changes nothing.
func (s *Simulator) AddAccount(id string) error {
	if err := checkAccount(id); err != nil {
		return fmt.Errorf("add an account: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.account(id)
	return nil
}

func checkAccount(id string) error {
	if id == "" || len(id) > maxAccount {
		return fmt.Errorf("account id %q needs 1 to %d bytes", id, maxAccount)
	}
	return nil
}

// account returns the account, made on first sight.
func (s *Simulator) account(id string) *account {
	a := s.accounts[id]
	if a == nil {
		a = &account{id: id}
		a.inbox.kept.max, a.inbox.own.max = s.limits.InboxMessages, s.limits.InboxMessages
		s.accounts[id] = a
	}
	return a
}

// SetOnline marks an account online or offline; accounts start online. Only a
// message with OnlineOnlyFlag passes over those who are offline.
func (s *Simulator) SetOnline(user string, online bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.accounts[user]
	if a == nil {
		return fmt.Errorf("set %q online: no such account", user)
	}
	if a.offline == online {
		s.tellState(user, online)
	}
	a.offline = !online
	s.hub.changed()
	return nil
}

// AddGroup sets up a group with its members, whose accounts are made where they
// are missing.
func (s *Simulator) AddGroup(g Group) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	made, err := s.newGroup(g)
	if err != nil {
		return fmt.Errorf("add group %q: %w", g.ID, err)
	}
	s.groups[g.ID] = made
	s.order = append(s.order, g.ID)
	s.tellCreated(made, byApp(made.owner()))
	s.hub.changed()
	return nil
}

func (s *Simulator) newGroup(g Group) (*group, error) {
	if _, taken := s.groups[g.ID]; taken {
		return nil, errors.New("the id is taken")
	}
	made, err := newGroup(g, s.Now())
	if err != nil {
		return nil, err
	}
	made.history.max = s.limits.History
	for _, m := range g.Members {
		if err := s.enter(made, m); err != nil {
			return nil, err
		}
	}
	return made, nil
}

// enter puts a member into a group, at a place of the seed's choosing in the
// order in which lists show it.
func (s *Simulator) enter(g *group, m Member) error {
	if err := checkAccount(m.ID); err != nil {
		return err
	}
	if g.members[m.ID] != nil {
		return fmt.Errorf("%q is a member already", m.ID)
	}
	if m.Role == "" {
		m.Role = Ordinary
	}
	if err := g.checkRole(m.ID, m.Role); err != nil {
		return err
	}
	own, err := new(member).owning(m.Fields)
	if err != nil {
		return err
	}
	a := s.account(m.ID)
	a.offline = a.offline || m.Offline
	added := &member{account: a, role: m.Role, card: m.NameCard, joined: s.Now(), muted: m.Muted, own: own}
	g.add(added, s.random.IntN(len(g.joined)+1))
	return nil
}

// Join adds a member to a group, who asked to be let in.
func (s *Simulator) Join(group string, m Member) error {
	return s.change("join", group, m.ID, func(g *groupMember) error {
		err := s.enter(g.group, m)
		if err == nil {
			s.tellJoined(g.group, byApp(m.ID), "Apply", m.ID)
		}
		return err
	})
}

// Leave takes a member out of a group, who goes of their own accord; the owner too:
// the group then has none.
func (s *Simulator) Leave(group, user string) error {
	return s.change("leave", group, user, func(g *groupMember) error {
		if g.member == nil {
			return errNoMember
		}
		g.remove(user)
		s.tellExited(g.group, byApp(user), "Quit", user)
		return nil
	})
}

// SetRole changes a member's role, as the owner does. A new Owner makes the old one a
// Member.
func (s *Simulator) SetRole(group, user, role string) error {
	return s.change("set role of", group, user, func(g *groupMember) error {
		if g.member == nil {
			return errNoMember
		}
		return s.giveRole(g, byApp(g.owner()), role)
	})
}

// giveRole changes a member's role and tells of it.
func (s *Simulator) giveRole(g *groupMember, from origin, role string) error {
	old, user := g.owner(), g.member.account.id
	if role == Owner {
		g.dethrone()
	}
	if err := g.checkRole(user, role); err != nil {
		return err
	}
	had := g.member.role
	g.member.role = role
	switch {
	case role == Owner && old != user:
		s.tellOwner(g.group, from, old, user)
	case role != had:
		s.tellMember(g.group, from, user, entry{"Role": role})
	}
	return nil
}

// Mute forbids a member to write for d; 0 or less lifts it. Work groups cannot
// mute.
func (s *Simulator) Mute(group, user string, d time.Duration) error {
	return s.change("mute", group, user, func(g *groupMember) error {
		switch {
		case g.member == nil:
			return errNoMember
		case g.kind == "Private":
			return errors.New("a Work group cannot mute")
		}
		g.member.muted = s.Now().Add(d)
		return nil
	})
}

// Destroy dissolves a group; its messages stay in the inboxes.
func (s *Simulator) Destroy(group string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	g := s.groups[group]
	if g == nil {
		return fmt.Errorf("destroy group %q: %w", group, errNoGroup)
	}
	s.dissolve(g, byApp(g.owner()))
	return nil
}

func (s *Simulator) dissolve(g *group, from origin) {
	delete(s.groups, g.id)
	s.order = slices.DeleteFunc(slices.Clone(s.order), func(id string) bool { return id == g.id })
	s.tellDestroyed(g, from)
	s.hub.changed()
}

// groupMember is a group and the member a change is about, nil if there is none.
type groupMember struct {
	*group
	member *member
}

func (s *Simulator) change(what, id, user string, do func(*groupMember) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	g := s.groups[id]
	if g == nil {
		return fmt.Errorf("%s %q in group %q: %w", what, user, id, errNoGroup)
	}
	if err := do(&groupMember{group: g, member: g.members[user]}); err != nil {
		return fmt.Errorf("%s %q in group %q: %w", what, user, id, err)
	}
	s.hub.changed()
	return nil
}

// Groups is a snapshot of all groups, in the order in which they were added,
// their members in the order in which they joined.
func (s *Simulator) Groups() []Group {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]Group, 0, len(s.order))
	for _, id := range s.order {
		out = append(out, s.groups[id].snapshot())
	}
	return out
}

func strange(what, got string, known []string) error {
	return fmt.Errorf("no %s %q; have %s", what, got, strings.Join(known, ", "))
}
