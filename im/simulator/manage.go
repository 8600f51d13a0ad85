package simulator

import (
	"encoding/json"
	"math"
	"time"
)

type added struct {
	Account string `json:"Member_Account"`
	Result  int
}

type addAnswer struct {
	envelope
	MemberList []added
}

// Values of Result in add_group_member.
const (
	addFailed  = 0
	addDone    = 1
	addAlready = 2
)

// addMembers is add_group_member.
func (s *Simulator) addMembers(c *call) (any, error) {
	g, err := s.groupWithMembers(c)
	if err != nil {
		return nil, err
	}
	var list []fields
	if json.Unmarshal(c.body["MemberList"], &list) != nil || len(list) == 0 {
		return nil, refuse(10004, "MemberList is not an array of objects")
	}
	if len(list) > number(s.modes.AddAtMost) {
		return nil, refuse(10005, "MemberList has too many entries")
	}
	ids := make([]string, len(list))
	for i, m := range list {
		if ids[i], err = m.account("Member_Account"); err != nil {
			return nil, err
		}
	}
	answer := addAnswer{envelope: okay}
	var joined []string
	for _, id := range ids {
		result := s.addMember(g, id)
		answer.MemberList = append(answer.MemberList, added{id, result})
		if result == addDone {
			joined = append(joined, id)
		}
	}
	s.tellJoined(g, byREST(c), "Invited", joined...)
	s.hub.changed()
	return answer, nil
}

func (s *Simulator) addMember(g *group, id string) int {
	switch {
	case g.members[id] != nil:
		return addAlready
	case s.unknown(id) || s.enter(g, Member{ID: id}) != nil:
		return addFailed
	}
	return addDone
}

// groupWithMembers is the group that a call changes the members of.
func (s *Simulator) groupWithMembers(c *call) (*group, error) {
	g, err := s.groupOf(c)
	if err == nil && g.kind == "AVChatRoom" {
		return nil, refuse(10007, "an AVChatRoom has no list of members")
	}
	return g, err
}

// deleteMembers is delete_group_member. Whoever is no member is passed over.
func (s *Simulator) deleteMembers(c *call) (any, error) {
	g, err := s.groupWithMembers(c)
	if err != nil {
		return nil, err
	}
	ids, err := someAccounts(c.body, "MemberToDel_Account", 100)
	if err != nil {
		return nil, err
	}
	var gone []string
	for _, id := range ids {
		if g.members[id] != nil {
			g.remove(id)
			gone = append(gone, id)
		}
	}
	s.tellExited(g, byREST(c), "Kicked", gone...)
	s.hub.changed()
	return okay, nil
}

// memberOf is the member that a call names in a field.
func (s *Simulator) memberOf(c *call, field string) (*groupMember, error) {
	g, err := s.groupWithMembers(c)
	if err != nil {
		return nil, err
	}
	id, err := c.body.account(field)
	if err != nil {
		return nil, err
	}
	if g.members[id] == nil {
		return nil, refuse(10004, field+" is no member of the group")
	}
	return &groupMember{g, g.members[id]}, nil
}

// modifyMember is modify_group_member_info: role, name card, mute and custom fields.
func (s *Simulator) modifyMember(c *call) (any, error) {
	g, err := s.memberOf(c, "Member_Account")
	if err != nil {
		return nil, err
	}
	role, err := c.body.text("Role")
	if err != nil {
		return nil, err
	}
	card, err := c.body.text("NameCard")
	if err != nil || len(card) > 50 {
		return nil, refuse(10004, "NameCard is not a string of up to 50 bytes")
	}
	mute, muted, err := c.body.integer("MuteTime", math.MaxUint32)
	if err != nil {
		return nil, err
	}
	if err := g.mayTake(role, muted); err != nil {
		return nil, err
	}
	own, err := readOwn(c.body)
	if err != nil {
		return nil, err
	}
	if own, err = g.member.owning(own); err != nil {
		return nil, refuse(10004, err.Error())
	}
	if role != "" {
		if err := s.giveRole(g, byREST(c), role); err != nil {
			return nil, refuse(10004, err.Error())
		}
	}
	if _, given := c.body["NameCard"]; given && card != g.member.card {
		g.member.card = card
		s.tellMember(g.group, byREST(c), g.member.account.id, entry{"NameCard": card})
	}
	g.member.own = own
	if muted {
		g.member.muted = muteUntil(s.Now(), mute)
	}
	s.hub.changed()
	return okay, nil
}

// mayTake checks a change of a member before any of it is made.
func (g *groupMember) mayTake(role string, mute bool) error {
	switch {
	case role != "" && role != Admin && role != Ordinary:
		return refuse(10004, "Role is neither Admin nor Member")
	case role != "" && g.member.role == Owner:
		return refuse(10004, "the owner's role is changed with change_group_owner")
	case role != "" && g.checkRole(g.member.account.id, role) != nil:
		return refuse(10004, "groups of this type have no Admin")
	case mute && g.kind == "Private":
		return refuse(10007, "a Work group cannot mute")
	}
	return nil
}

// forEver is a MuteTime without an end.
const forEver = math.MaxUint32

// muteUntil is when a mute of so many seconds ends; 0 lifts it.
func muteUntil(now time.Time, seconds uint64) time.Time {
	switch seconds {
	case 0:
		return time.Time{}
	case forEver:
		return time.Unix(math.MaxUint32, 0)
	}
	return now.Add(time.Duration(seconds) * time.Second)
}

// changeOwner is change_group_owner. The new owner must be a member.
func (s *Simulator) changeOwner(c *call) (any, error) {
	g, err := s.memberOf(c, "NewOwner_Account")
	if err != nil {
		return nil, err
	}
	if err := s.giveRole(g, byREST(c), Owner); err != nil {
		return nil, refuse(10004, err.Error())
	}
	s.hub.changed()
	return okay, nil
}

// forbidSendMsg is forbid_send_msg, which mutes. No callback tells of it.
func (s *Simulator) forbidSendMsg(c *call) (any, error) {
	g, err := s.groupWithMembers(c)
	if err != nil {
		return nil, err
	}
	if g.kind == "Private" {
		return nil, refuse(10007, "a Work group cannot mute")
	}
	ids, err := someAccounts(c.body, "Members_Account", 500)
	if err != nil {
		return nil, err
	}
	seconds, found, err := c.body.integer("MuteTime", math.MaxUint32)
	if err != nil || !found {
		return nil, refuse(10004, "MuteTime is no number of seconds")
	}
	for _, id := range ids {
		if m := g.members[id]; m != nil {
			m.muted = muteUntil(s.Now(), seconds)
		}
	}
	s.hub.changed()
	return okay, nil
}

// destroyGroup is destroy_group.
func (s *Simulator) destroyGroup(c *call) (any, error) {
	g, err := s.groupOf(c)
	if err != nil {
		return nil, err
	}
	s.dissolve(g, byREST(c))
	return okay, nil
}
