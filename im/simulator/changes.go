package simulator

type accountEntry struct {
	Account string `json:"Member_Account"`
}

func accountList(ids ...string) []accountEntry {
	out := make([]accountEntry, len(ids))
	for i, id := range ids {
		out[i] = accountEntry{id}
	}
	return out
}

// tellJoined tells who came into a group (product/1047/34372).
func (s *Simulator) tellJoined(g *group, from origin, how string, users ...string) {
	if len(users) > 0 {
		s.tell(s.pack(MemberJoined, from, s.aboutGroup(g, entry{
			"JoinType": how, "Operator_Account": from.operator, "NewMemberList": accountList(users...),
		})))
	}
}

// tellExited tells who is no longer in a group (product/1047/34373).
func (s *Simulator) tellExited(g *group, from origin, how string, users ...string) {
	if len(users) > 0 {
		s.tell(s.pack(MemberExited, from, s.aboutGroup(g, entry{
			"ExitType": how, "Operator_Account": from.operator, "ExitMemberList": accountList(users...),
		})))
	}
}

// tellMember tells what of a member changed, its role or its name card
// (product/1047/60393).
func (s *Simulator) tellMember(g *group, from origin, user string, changed entry) {
	body := s.aboutGroup(g, changed)
	body["Operator_Account"], body["Modified_Account"] = from.operator, user
	s.tell(s.pack(MemberFieldChanged, from, body))
}

// tellOwner tells who owns a group now (product/1047/60396).
func (s *Simulator) tellOwner(g *group, from origin, old, now string) {
	s.tell(s.pack(OwnerChanged, from, s.aboutGroup(g, entry{
		"Operator_Account": from.operator, "OldOwner_Account": old, "NewOwner_Account": now,
	})))
}

// tellCreated tells of a new group (product/1047/34355).
func (s *Simulator) tellCreated(g *group, from origin) {
	s.tell(s.pack(GroupCreated, from, s.aboutGroup(g, entry{
		"Operator_Account": from.operator, "Owner_Account": g.owner(), "Name": g.name,
		"MemberList": accountList(g.all()...), "UserDefinedDataList": []string{},
	})))
}

// tellDestroyed tells that a group is gone (product/1047/34377). Of a Community it
// tells no members.
func (s *Simulator) tellDestroyed(g *group, from origin) {
	body := s.aboutGroup(g, entry{"Owner_Account": g.owner(), "Name": g.name})
	if g.kind != "Community" {
		body["MemberList"] = accountList(g.all()...)
	}
	s.tell(s.pack(GroupDestroyed, from, body))
}

// tellRecalled tells which messages were taken back (product/1047/34355).
func (s *Simulator) tellRecalled(g *group, from origin, seqs []uint32) {
	type recalled struct{ MsgSeq uint32 }
	list := make([]recalled, len(seqs))
	for i, seq := range seqs {
		list[i] = recalled{seq}
	}
	if len(list) > 0 {
		s.tell(s.pack(RecalledMsg, from, s.aboutGroup(g, entry{"Operator_Account": from.operator, "MsgSeqList": list})))
	}
}

// tellState tells that somebody came online or went offline (product/1047/34357).
func (s *Simulator) tellState(user string, online bool) {
	info := entry{"Action": "Login", "To_Account": user, "Reason": "Register"}
	if !online {
		info["Action"], info["Reason"] = "Logout", "Unregister"
	}
	s.tell(s.pack(StateChange, byApp(user), entry{"EventTime": s.eventTime(), "Info": info}))
}
