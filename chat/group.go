package chat

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Role is what a member is in a group. Work groups have no admins
// (product/1047/33529).
type Role string

// The roles a member can have.
const (
	Owner  Role = "owner"
	Admin  Role = "admin"
	Normal Role = "member"
)

// Validate reports an unknown role.
func (r Role) Validate() error {
	switch r {
	case Owner, Admin, Normal:
		return nil
	}
	return fmt.Errorf("no role %q; have owner, admin, member", string(r))
}

// Member is somebody in a group.
type Member struct {
	ID   UserID `json:"id"`
	Role Role   `json:"role"`
	Name string `json:"name,omitempty"` // the name card in this group, if any
	// Profile is what else was read of them; nil where nobody asked for more.
	Profile *Profile `json:"profile,omitempty"`
}

// GroupType is what kind of group it is. Targeted messages exist in three of
// them (product/1047/34959).
type GroupType string

// The types of groups (product/1047/33529).
const (
	Work       GroupType = "Work"
	Public     GroupType = "Public"
	Meeting    GroupType = "Meeting"
	Community  GroupType = "Community"
	AVChatRoom GroupType = "AVChatRoom"
)

// Targetable reports whether the service can restrict a message in such a
// group to some members. An unknown type is not targetable.
func (t GroupType) Targetable() bool { return t == Work || t == Public || t == Meeting }

// IsCommunity reports whether an id can only belong to a Community, which has
// no targeted messages; all other ids say nothing about the type
// (product/1047/33529).
func (g GroupID) IsCommunity() bool { return strings.HasPrefix(string(g), "@TGS#_") }

// Membership is a group as it was last read: who was in it, in which role.
type Membership struct {
	Group   GroupID
	Type    GroupType
	Members []Member // sorted by ID, each once
	ReadAt  time.Time

	kept keptHash // by Hashed
}

// Find returns the member with that id.
func (m Membership) Find(id UserID) (Member, bool) {
	i, ok := slices.BinarySearchFunc(m.Members, id, func(a Member, id UserID) int {
		return strings.Compare(string(a.ID), string(id))
	})
	if !ok {
		return Member{}, false
	}
	return m.Members[i], true
}

// Equal reports whether both say the same of the same group and were read at the
// same time.
func (m Membership) Equal(other Membership) bool {
	return m.Group == other.Group && m.Type == other.Type && m.ReadAt.Equal(other.ReadAt) &&
		slices.EqualFunc(m.Members, other.Members, sameMember)
}

func sameMember(a, b Member) bool {
	p, q := a.Profile, b.Profile
	a.Profile, b.Profile = nil, nil
	if a != b || p == nil || q == nil {
		return a == b && p == q
	}
	return slices.Equal(p.Told, q.Told) && p.Joined.Equal(q.Joined) && p.Spoke.Equal(q.Spoke) && maps.Equal(p.Fields, q.Fields)
}

// Hash identifies what was read, apart from when: two readings of a group with
// the same type, members, roles and facts have the same hash. Everything is quoted, so
// that no name can pass for two; without facts it is as it was before there were any.
func (m Membership) Hash() string {
	if m.kept.is(m) {
		return m.kept.hash
	}
	h := sha256.New()
	line := quoted(nil, string(m.Group), string(m.Type))
	for _, x := range m.Members {
		if len(line) > 1<<10 {
			_, _ = h.Write(line) // which cannot fail
			line = line[:0]
		}
		line = quoted(line, string(x.ID), string(x.Role))
		for _, f := range x.Told() {
			line = quoted(line, string(f), "= "+x.Tells(f)) // with which no role begins
		}
	}
	_, _ = h.Write(line)
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// quoted appends a line of two quoted texts.
func quoted(b []byte, first, second string) []byte {
	b = append(strconv.AppendQuote(b, first), ' ')
	return append(strconv.AppendQuote(b, second), '\n')
}

// Hashed returns the same reading with its hash worked out, for one that is asked
// for it often. Its members must not be changed from then on.
func (m Membership) Hashed() Membership {
	m.kept = keptHash{hash: m.Hash(), group: m.Group, kind: m.Type, members: m.Members}
	return m
}

// keptHash is a hash and what it is of.
type keptHash struct {
	hash    string
	group   GroupID
	kind    GroupType
	members []Member
}

// is reports whether it is the hash of m: also a copy of a reading of which
// something was replaced has to have its own.
func (k keptHash) is(m Membership) bool {
	return k.hash != "" && k.group == m.Group && k.kind == m.Type && len(k.members) == len(m.Members) &&
		(len(m.Members) == 0 || &k.members[0] == &m.Members[0])
}
