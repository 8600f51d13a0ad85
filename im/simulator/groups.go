package simulator

import (
	"errors"
	"math"
	"slices"
	"time"
)

type groupID struct {
	GroupId string //nolint:revive,staticcheck // the service's spelling
}

type listAnswer struct {
	envelope
	TotalCount  int
	GroupIdList []groupID //nolint:revive,staticcheck // the service's spelling
	Next        uint64
}

// firstNext is added to every page mark but the last, so that a client that
// reads it as a float64 loses its place.
const firstNext = 1<<60 + 1

// listGroups is get_appid_group_list (product/1047/34960).
func (s *Simulator) listGroups(c *call) (any, error) {
	ids, err := s.idsOfType(c.body)
	if err != nil {
		return nil, err
	}
	limit, found, err := c.body.integer("Limit", 10_000)
	if err != nil {
		return nil, err
	}
	if !found || limit == 0 {
		limit = 10_000
	}
	from, err := startOfList(c.body, len(ids))
	if err != nil {
		return nil, err
	}
	end := min(from+int(limit), len(ids))
	answer := listAnswer{envelope: okay, TotalCount: len(ids), GroupIdList: []groupID{}}
	for _, id := range ids[from:end] {
		answer.GroupIdList = append(answer.GroupIdList, groupID{id})
	}
	if end < len(ids) {
		answer.Next = firstNext + uint64(end)
	}
	return answer, nil
}

func (s *Simulator) idsOfType(f fields) ([]string, error) {
	name, err := f.text("GroupType")
	if err != nil || name == "" {
		return s.order, err
	}
	kind, ok := kinds[name]
	if !ok {
		return nil, refuse(10004, "GroupType is none")
	}
	other := func(id string) bool { return s.groups[id].kind != kind }
	return slices.DeleteFunc(slices.Clone(s.order), other), nil
}

func startOfList(f fields, length int) (int, error) {
	next, _, err := f.integer("Next", math.MaxUint64)
	if err != nil || next == 0 {
		return 0, err
	}
	from := next - firstNext
	if from > math.MaxInt32 {
		return 0, refuse(10004, "Next is none that was given out")
	}
	return min(int(from), length), nil
}

type infoAnswer struct {
	envelope
	GroupInfo []entry
}

// groupInfo is get_group_info (product/1047/34961): the outer code is always 0,
// each group has its own.
func (s *Simulator) groupInfo(c *call) (any, error) {
	ids, ok, err := c.body.accounts("GroupIdList")
	if err != nil || !ok || len(ids) == 0 || len(ids) > 50 {
		return nil, refuse(10004, "GroupIdList is not an array of 1 to 50 ids")
	}
	filter, err := c.body.object("ResponseFilter")
	if err != nil {
		return nil, err
	}
	base, err := filter.words("GroupBaseInfoFilter")
	if err != nil {
		return nil, err
	}
	members, err := filter.words("MemberInfoFilter")
	if err != nil {
		return nil, err
	}
	shown := infoFilter{all: filter == nil, base: base, members: members, lie: c.lie}
	answer := infoAnswer{envelope: okay}
	for _, id := range ids {
		answer.GroupInfo = append(answer.GroupInfo, s.infoOf(id, shown))
	}
	return answer, nil
}

// infoFilter is what of a group is wanted; all: everything, members included.
type infoFilter struct {
	all           bool
	base, members []string
	lie           string
}

func (s *Simulator) infoOf(id string, f infoFilter) entry {
	g, err := s.group(id)
	if r, refused := errors.AsType[*refusal](err); refused {
		return entry{"GroupId": id, "ErrorCode": r.code, "ErrorInfo": r.info}
	}
	out := entry{"GroupId": id, "ErrorCode": 0, "ErrorInfo": "", "Appid": s.app.id}
	for name, value := range g.info() {
		if f.all || slices.Contains(f.base, name) {
			out[name] = value
		}
	}
	if (f.all || len(f.members) > 0) && g.kind != "AVChatRoom" {
		out["MemberList"] = g.listAll(memberQuery{info: f.members, lie: f.lie})
	}
	return out
}

// info holds a group's own fields; its type in the older spelling, as in all
// answers.
func (g *group) info() entry {
	return entry{
		"Type": g.kind, "Name": g.name, "Introduction": "", "Notification": "", "FaceUrl": "",
		"Owner_Account": g.owner(), "ApplyJoinOption": "NeedPermission", "MuteAllMember": "Off",
		"CreateTime": g.created.Unix(), "LastInfoTime": g.created.Unix(), "LastMsgTime": unixOrZero(g.lastMessage),
		"NextMsgSeq": g.lastSeq + 1, "MemberNum": len(g.joined), "MaxMemberNum": 2000, "InfoSeq": 0,
	}
}

func (g *group) listAll(q memberQuery) []entry {
	out := make([]entry, len(g.shuffled))
	for i, m := range g.shuffled {
		out[i] = q.entry(m)
	}
	return out
}

// unixOrZero is a time in Unix seconds, and 0 for none.
func unixOrZero(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Unix()
}
