package simulator

import (
	"encoding/base64"
	"math"
	"slices"
	"strconv"
)

// entry is one member in a list. Fields that a filter leaves out are nil.
type entry map[string]any

type memberAnswer struct {
	envelope
	MemberNum  int
	MemberList []entry
	Next       *string `json:",omitempty"` // Community only
}

// memberInfo is get_group_member_info (product/1047/34948).
func (s *Simulator) memberInfo(c *call) (any, error) {
	g, q, err := s.memberQuery(c)
	if err != nil {
		return nil, err
	}
	from, limit, err := page(c.body, g.kind == "Community")
	if err != nil {
		return nil, err
	}
	found, end := s.pageOf(g, q, from, limit)
	answer := memberAnswer{envelope: okay, MemberNum: len(g.joined), MemberList: found}
	if g.kind == "Community" {
		answer.Next = nextPage(end, s.lengthOf(g, q))
	}
	return answer, nil
}

// memberQuery is what the calls about members have in common.
func (s *Simulator) memberQuery(c *call) (*group, memberQuery, error) {
	q := memberQuery{lie: c.lie}
	g, err := s.groupOf(c)
	if err != nil {
		return nil, q, err
	}
	if g.kind == "AVChatRoom" {
		return nil, q, refuse(10007, "an AVChatRoom has no list of members")
	}
	if q.roles, err = c.body.words("MemberRoleFilter"); err != nil {
		return nil, q, err
	}
	if slices.ContainsFunc(q.roles, func(r string) bool { return r != Owner && r != Admin && r != Ordinary }) {
		return nil, q, refuse(10004, "MemberRoleFilter holds something other than Owner, Admin and Member")
	}
	if q.info, err = c.body.words("MemberInfoFilter"); err != nil {
		return nil, q, err
	}
	q.own, err = c.body.words("AppDefinedDataFilter_GroupMember")
	return g, q, err
}

// groupOf is the group that a call names.
func (s *Simulator) groupOf(c *call) (*group, error) {
	var m sent
	if err := readGroup(c.body, &m); err != nil {
		return nil, err
	}
	c.note.Group = m.group
	return s.group(m.group)
}

// page reads where a list starts and how long it may be. An absent Limit means
// all.
func page(f fields, community bool) (from, limit int, err error) {
	most := uint64(6000)
	if community {
		most = 100
	}
	n, found, err := f.integer("Limit", most)
	if err != nil {
		return 0, 0, err
	}
	if limit = int(n); !found || n == 0 {
		limit = int(most)
	}
	if community {
		from, err = readNext(f)
		return from, limit, err
	}
	n, _, err = f.integer("Offset", math.MaxInt32)
	return int(n), limit, err
}

// readNext reads the mark of a Community's page, which callers cannot see
// through.
func readNext(f fields) (int, error) {
	if _, ok := f["Next"]; !ok {
		return 0, refuse(10004, "Next is missing")
	}
	mark, err := f.text("Next")
	if err != nil || mark == "" {
		return 0, err
	}
	plain, err := base64.RawURLEncoding.DecodeString(mark)
	if err != nil {
		return 0, refuse(10004, "Next is none that was given out")
	}
	from, err := strconv.ParseUint(string(plain), 10, 31)
	if err != nil {
		return 0, refuse(10004, "Next is none that was given out")
	}
	return int(from), nil
}

func nextPage(end, length int) *string {
	var mark string
	if end < length {
		mark = base64.RawURLEncoding.EncodeToString([]byte(strconv.Itoa(end)))
	}
	return &mark
}

// memberQuery is which members are wanted, and what of them.
type memberQuery struct {
	roles []string
	info  []string
	own   []string // keys of custom fields
	lie   string
}

func (q memberQuery) wants(m *member) bool {
	return len(q.roles) == 0 || q.lie == AllRoles || slices.Contains(q.roles, m.role)
}

// pageOf returns the wanted members of a page and where the next one starts.
// Whether a page is counted before or after the filter is a mode.
func (s *Simulator) pageOf(g *group, q memberQuery, from, limit int) ([]entry, int) {
	all := s.counted(g, q)
	from = min(from, len(all))
	end := min(from+limit, len(all))
	found := []entry{}
	for _, m := range all[from:end] {
		if q.wants(m) {
			found = append(found, q.entry(m))
		}
	}
	return found, end
}

func (s *Simulator) lengthOf(g *group, q memberQuery) int { return len(s.counted(g, q)) }

func (s *Simulator) counted(g *group, q memberQuery) []*member {
	if s.modes.MemberOffset != "filtered" {
		return g.shuffled
	}
	return slices.DeleteFunc(slices.Clone(g.shuffled), func(m *member) bool { return !q.wants(m) })
}

// entry shows a member under the names of product/1047/34948.
func (q memberQuery) entry(m *member) entry {
	all := entry{
		"Role": q.role(m.role), "JoinTime": m.joined.Unix(), "MsgSeq": 0, "MsgFlag": "AcceptAndNotify",
		"LastSendMsgTime": unixOrZero(m.lastSent), "MuteUntil": unixOrZero(m.muted), "NameCard": m.card,
	}
	out := entry{"Member_Account": m.account.id}
	for name, value := range all {
		if len(q.info) == 0 || slices.Contains(q.info, name) {
			out[name] = value
		}
	}
	if len(q.own) > 0 {
		out["AppMemberDefinedData"] = q.ownOf(m)
	}
	if slices.Contains(q.info, "OnlineStatus") {
		out["OnlineStatus"] = onlineStatus(m.account)
	}
	return out
}

func (q memberQuery) role(role string) string {
	if q.lie == BlankRole {
		return role + " "
	}
	return role
}

func onlineStatus(a *account) string {
	if a.offline {
		return "Offline"
	}
	return "Online"
}
