package simulator

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// kinds maps the two spellings of a group's type to the one that answers show
// (product/1047/33529).
var kinds = map[string]string{
	"Work": "Private", "Private": "Private",
	"Public":  "Public",
	"Meeting": "ChatRoom", "ChatRoom": "ChatRoom",
	"AVChatRoom": "AVChatRoom",
	"Community":  "Community",
}

type group struct {
	id, kind, name string
	created        time.Time
	members        map[string]*member
	joined         []*member // in order of joining
	shuffled       []*member // in the order of lists, which promise none
	everyone       []string  // what all returned last; nil after a change
	lastSeq        uint32
	lastMessage    time.Time
	history        ring[*Message] // those with a number, without gaps
	rates          [3]window      // messages of at least this priority
}

type member struct {
	account  *account
	role     string
	card     string
	joined   time.Time
	muted    time.Time
	lastSent time.Time
	own      map[string]string // custom fields
}

func newGroup(g Group, now time.Time) (*group, error) {
	kind, ok := kinds[g.Type]
	if !ok {
		return nil, strange("group type", g.Type, []string{"Work", "Public", "Meeting", "AVChatRoom", "Community"})
	}
	if !possibleGroupID(g.ID) {
		return nil, errors.New("the id needs 1 to 48 printable ASCII characters")
	}
	if (kind == "Community") != strings.HasPrefix(g.ID, "@TGS#_") {
		return nil, errors.New("ids of Community groups, and no others, start with @TGS#_")
	}
	return &group{id: g.ID, kind: kind, name: g.Name, created: now, members: map[string]*member{}}, nil
}

// possibleGroupID holds for ids the service could have given out or accepted
// (product/1047/34381).
func possibleGroupID(id string) bool {
	strangeRune := func(r rune) bool { return r < 0x20 || r > 0x7e }
	return id != "" && len(id) <= 48 && !strings.ContainsFunc(id, strangeRune)
}

// listless holds for the types in which a recipient list has no effect.
func (g *group) listless() bool { return g.kind == "Community" || g.kind == "AVChatRoom" }

func (g *group) checkRole(user, role string) error {
	switch role {
	case Ordinary:
	case Admin:
		if g.kind == "Private" || g.kind == "AVChatRoom" {
			return fmt.Errorf("%q cannot be Admin: groups of type %s have none", user, g.kind)
		}
	case Owner:
		if owner := g.owner(); owner != "" && owner != user {
			return fmt.Errorf("%q cannot be Owner: %q is", user, owner)
		}
	default:
		return strange("role", role, []string{Owner, Admin, Ordinary})
	}
	return nil
}

// owner is the owner's id, or "" where there is none.
func (g *group) owner() string {
	for _, m := range g.joined {
		if m.role == Owner {
			return m.account.id
		}
	}
	return ""
}

func (g *group) dethrone() {
	if m := g.members[g.owner()]; m != nil {
		m.role = Ordinary
	}
}

func (g *group) add(m *member, place int) {
	g.members[m.account.id] = m
	g.joined = append(g.joined, m)
	g.shuffled = slices.Insert(g.shuffled, place, m)
	g.everyone = nil
}

func (g *group) remove(user string) {
	is := func(m *member) bool { return m.account.id == user }
	delete(g.members, user)
	g.joined = slices.DeleteFunc(g.joined, is)
	g.shuffled = slices.DeleteFunc(g.shuffled, is)
	g.everyone = nil
}

// all returns the ids of all members, in order of joining. The slice is made
// once per change of the membership and shared by the messages of that time.
func (g *group) all() []string {
	if g.everyone == nil {
		g.everyone = make([]string, len(g.joined))
		for i, m := range g.joined {
			g.everyone[i] = m.account.id
		}
	}
	return g.everyone
}

func (g *group) snapshot() Group {
	out := Group{ID: g.id, Type: g.kind, Name: g.name, Members: make([]Member, len(g.joined))}
	for i, m := range g.joined {
		out.Members[i] = Member{ID: m.account.id, Role: m.role, NameCard: m.card, Offline: m.account.offline, Muted: m.muted, Fields: maps.Clone(m.own)}
	}
	return out
}
