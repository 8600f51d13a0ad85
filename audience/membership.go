package audience

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/botd-chat/botd/chat"
)

// NewMembership makes a reading of a group out of what was found there: sorted,
// each member once. An impossible account, an unknown role, somebody in two
// roles, and a second owner are errors: such a reading cannot say who may see
// a message.
func NewMembership(group chat.GroupID, t chat.GroupType, members []chat.Member, at time.Time) (chat.Membership, error) {
	sorted, err := distinct(members)
	if err != nil {
		return chat.Membership{}, fmt.Errorf("members of group %s: %w", group, err)
	}
	var owner chat.UserID
	for _, m := range sorted {
		switch {
		case m.Role != chat.Owner:
		case owner != "":
			return chat.Membership{}, fmt.Errorf("members of group %s: both %q and %q are owner", group, owner, m.ID)
		default:
			owner = m.ID
		}
	}
	return chat.Membership{Group: group, Type: t, Members: sorted, ReadAt: at}, nil
}

// distinct sorts members by id and drops repeats.
func distinct(members []chat.Member) ([]chat.Member, error) {
	for _, m := range members {
		if err := m.ID.Validate(); err != nil {
			return nil, err
		}
		if err := m.Role.Validate(); err != nil {
			return nil, fmt.Errorf("user %q: %w", m.ID, err)
		}
	}
	sorted := slices.Clone(members)
	slices.SortStableFunc(sorted, func(a, b chat.Member) int { return strings.Compare(string(a.ID), string(b.ID)) })
	for i := 1; i < len(sorted); i++ {
		if a, b := sorted[i-1], sorted[i]; a.ID == b.ID && a.Role != b.Role {
			return nil, fmt.Errorf("user %q was found as %s and as %s", a.ID, a.Role, b.Role)
		}
	}
	return slices.CompactFunc(sorted, func(a, b chat.Member) bool { return a.ID == b.ID }), nil
}
