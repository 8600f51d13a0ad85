package simulator

import "slices"

type specifiedAnswer struct {
	envelope
	GroupId    string //nolint:revive,staticcheck // the service's spelling
	MemberList []entry
}

// specifiedMemberInfo is get_specified_group_member_info (product/1047/64897).
// Non-members are left out.
func (s *Simulator) specifiedMemberInfo(c *call) (any, error) {
	g, q, err := s.memberQuery(c)
	if err != nil {
		return nil, err
	}
	ids, err := someAccounts(c.body, "Member_List_Account", 50)
	if err != nil {
		return nil, err
	}
	c.note.Recipients = len(ids)
	answer := specifiedAnswer{envelope: okay, GroupId: g.id, MemberList: []entry{}}
	for _, m := range g.shuffled {
		if q.wants(m) && slices.Contains(ids, m.account.id) {
			answer.MemberList = append(answer.MemberList, q.entry(m))
		}
	}
	return answer, nil
}

type roleEntry struct {
	Account string `json:"Member_Account"`
	Role    string
}

type roleAnswer struct {
	envelope
	List []roleEntry `json:"UserIdList"`
}

// roleInGroup is get_role_in_group (product/1047/34963).
func (s *Simulator) roleInGroup(c *call) (any, error) {
	g, err := s.groupOf(c)
	if err != nil {
		return nil, err
	}
	if g.kind == "AVChatRoom" {
		return nil, refuse(10007, "an AVChatRoom has no roles to ask for")
	}
	ids, err := someAccounts(c.body, "User_Account", 500)
	if err != nil {
		return nil, err
	}
	c.note.Recipients = len(ids)
	answer := roleAnswer{envelope: okay, List: make([]roleEntry, len(ids))}
	for i, id := range ids {
		answer.List[i] = roleEntry{Account: id, Role: g.roleOf(id)}
	}
	return answer, nil
}

func (g *group) roleOf(id string) string {
	if m := g.members[id]; m != nil {
		return m.role
	}
	return "NotMember"
}

// someAccounts reads an array of 1 to most ids.
func someAccounts(f fields, name string, most int) ([]string, error) {
	ids, ok, err := f.accounts(name)
	switch {
	case err != nil:
		return nil, err
	case !ok || len(ids) == 0:
		return nil, refuse(10004, name+" is not an array with entries")
	case len(ids) > most:
		return nil, refuse(10005, name+" has too many entries")
	}
	return ids, nil
}
