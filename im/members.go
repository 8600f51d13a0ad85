package im

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/botd-chat/botd/chat"
)

const (
	// membersPerPage is the page size that all versions of the document allow
	// (product/1047/34948).
	membersPerPage = 100
	// maxMembers is more than any group has that can be targeted: 6,000.
	maxMembers = 20_000
	// maxRolesPerCall and maxSpecifiedPerCall are how many one call asks about
	// (product/1047/34963, product/1047/64897).
	maxRolesPerCall     = 500
	maxSpecifiedPerCall = 50
)

// notMember is what get_role_in_group says of accounts outside the group.
const notMember = "NotMember"

// The service's names of roles (product/1047/33529).
var roles = map[string]chat.Role{
	"Owner":  chat.Owner,
	"Admin":  chat.Admin,
	"Member": chat.Normal,
}

func roleName(r chat.Role) string {
	for name, role := range roles {
		if role == r {
			return name
		}
	}
	return ""
}

type membersQuestion struct {
	Group  chat.GroupID `json:"GroupId"`
	Roles  []string     `json:"MemberRoleFilter,omitempty"` // absent: all
	Info   []string     `json:"MemberInfoFilter"`
	Own    []string     `json:"AppDefinedDataFilter_GroupMember,omitempty"`
	Limit  int          `json:"Limit"`
	Offset int          `json:"Offset"`
}

type memberEntry struct {
	ID     chat.UserID `json:"Member_Account"`
	Role   string      `json:"Role"`
	Name   *string     `json:"NameCard"`
	Joined *int64      `json:"JoinTime"`
	Spoke  *int64      `json:"LastSendMsgTime"`
	Own    []ownEntry  `json:"AppMemberDefinedData"`
}

// UnmarshalJSON takes the fields by their exact names, each once. The standard
// library takes any spelling, and the last of several: then "role" would decide
// who is an admin.
func (e *memberEntry) UnmarshalJSON(b []byte) error {
	return exactly(b, map[string]any{"Member_Account": &e.ID, "Role": &e.Role, "NameCard": &e.Name,
		"JoinTime": &e.Joined, "LastSendMsgTime": &e.Spoke, "AppMemberDefinedData": &e.Own})
}

// found collects members, each once.
type found map[chat.UserID]chat.Member

// sorted is the members by id.
func (f found) sorted() []chat.Member {
	list := slices.Collect(maps.Values(f))
	slices.SortFunc(list, func(a, b chat.Member) int { return strings.Compare(string(a.ID), string(b.ID)) })
	return list
}

// Members reads the members of a group that have one of the roles, or all when
// none is named, sorted by id. The roles are those that were received: that the
// service filters is not relied upon.
func (c *Client) Members(ctx context.Context, g chat.GroupID, roles ...chat.Role) ([]chat.Member, error) {
	q, err := askMembers(g, roles)
	if err != nil {
		return nil, &Error{API: apiMembers, Class: Permanent, Err: err}
	}
	members, err := c.readTwice(ctx, q, nil)
	if err != nil {
		return nil, err
	}
	if len(roles) > 0 {
		maps.DeleteFunc(members, func(_ chat.UserID, m chat.Member) bool { return !slices.Contains(roles, m.Role) })
	}
	return members.sorted(), nil
}

// readTwice reads the members, and once more if they changed meanwhile.
func (c *Client) readTwice(ctx context.Context, q membersQuestion, facts chat.Facts) (members found, err error) {
	// When somebody joins or leaves while pages are read, others may slip from one
	// page to another and be missed: then read once more, and from nothing, since
	// who was in the first reading alone may have left.
	for range 2 {
		members = found{}
		steady, err := c.readMembers(ctx, q, facts, members)
		if err != nil {
			return nil, err
		}
		if steady {
			break
		}
	}
	return members, nil
}

func askMembers(g chat.GroupID, roles []chat.Role) (membersQuestion, error) {
	q := membersQuestion{Group: g, Info: []string{"Role", "NameCard"}, Limit: membersPerPage}
	if g.IsCommunity() {
		return q, fmt.Errorf("%w: %q is a Community", ErrNotTargetable, string(g))
	}
	for _, r := range roles {
		if err := r.Validate(); err != nil {
			return q, err
		}
		q.Roles = append(q.Roles, roleName(r))
	}
	return q, nil
}

// readMembers reads page after page until the offset has reached the number of
// all members. How many entries a page holds says nothing: it is not documented
// whether the offset counts before or after the filter. steady is false when the
// number changed on the way.
func (c *Client) readMembers(ctx context.Context, q membersQuestion, facts chat.Facts, into found) (steady bool, err error) {
	steady = true
	total := 0
	for q.Offset = 0; q.Offset == 0 || q.Offset < total; q.Offset += q.Limit {
		a, err := c.ask(ctx, apiMembers, q)
		if err != nil {
			return false, err
		}
		n, err := a.members(facts, into)
		if err != nil {
			return false, err
		}
		steady = steady && (q.Offset == 0 || n == total)
		total = n
	}
	return steady, nil
}

// members reads one page, and how many members the group has.
func (a answer) members(facts chat.Facts, into found) (total int, err error) {
	var list []memberEntry
	if err := a.must("MemberNum", &total); err != nil {
		return 0, err
	}
	if total < 0 || total > maxMembers {
		return 0, a.unreadable(fmt.Sprintf("MemberNum is %d", total))
	}
	if err := a.must("MemberList", &list); err != nil {
		return 0, err
	}
	for _, e := range list {
		m, err := e.member(facts)
		if err != nil {
			return 0, a.unreadable(err.Error())
		}
		if before, twice := into[m.ID]; twice && before.Role != m.Role {
			return 0, a.unreadable("somebody is there twice, with different roles")
		}
		into[m.ID] = m
	}
	return total, nil
}

// member reads an entry. An entry without an account or with a role that is not
// known is an error: who somebody is, is never guessed.
func (e memberEntry) member(facts chat.Facts) (chat.Member, error) {
	if e.ID.Validate() != nil {
		return chat.Member{}, errors.New("a member has an impossible id")
	}
	// One of the service's own samples has "Member " with a blank.
	role, ok := roles[strings.TrimSpace(e.Role)]
	if !ok {
		return chat.Member{}, errors.New("a member has no role, or one that is not known")
	}
	profile, err := e.profile(facts)
	if err != nil {
		return chat.Member{}, err
	}
	m := chat.Member{ID: e.ID, Role: role, Profile: profile}
	if e.Name != nil {
		m.Name = *e.Name
	}
	return m, nil
}

type rolesQuestion struct {
	Group chat.GroupID  `json:"GroupId"`
	Users []chat.UserID `json:"User_Account"`
}

// Roles asks for the roles of these users as they are now, sorted by id. Who is
// no member is left out. It is the last check before a message is sent.
func (c *Client) Roles(ctx context.Context, g chat.GroupID, users []chat.UserID) ([]chat.Member, error) {
	return c.ofUsers(ctx, apiRoles, users, maxRolesPerCall, "UserIdList", nil, func(chunk []chat.UserID) any {
		return rolesQuestion{g, chunk}
	})
}

type specifiedQuestion struct {
	Group chat.GroupID  `json:"GroupId"`
	Users []chat.UserID `json:"Member_List_Account"`
	Info  []string      `json:"MemberInfoFilter"`
	Own   []string      `json:"AppDefinedDataFilter_GroupMember,omitempty"`
}

// ofUsers asks about users in chunks.
func (c *Client) ofUsers(ctx context.Context, api string, users []chat.UserID, atMost int, field string, facts chat.Facts, question func([]chat.UserID) any) ([]chat.Member, error) {
	asked, err := chat.NewRecipients(users) // sorted, each once, and somebody
	if err != nil {
		return nil, &Error{API: api, Class: Permanent, Err: err}
	}
	members := found{}
	for chunk := range slices.Chunk(asked.IDs(), atMost) {
		a, err := c.ask(ctx, api, question(chunk))
		if err != nil {
			return nil, err
		}
		if err := a.users(field, chunk, facts, members); err != nil {
			return nil, err
		}
	}
	return members.sorted(), nil
}

// users reads a list about users who were asked about, and nobody else.
func (a answer) users(field string, asked []chat.UserID, facts chat.Facts, into found) error {
	var list []memberEntry
	if err := a.must(field, &list); err != nil {
		return err
	}
	said := map[chat.UserID]string{}
	for _, e := range list {
		if !slices.Contains(asked, e.ID) {
			continue
		}
		role := strings.TrimSpace(e.Role)
		if before, twice := said[e.ID]; twice && before != role {
			return a.unreadable("somebody is there twice, with different roles")
		}
		said[e.ID] = role
		if role == notMember {
			continue
		}
		m, err := e.member(facts)
		if err != nil {
			return a.unreadable(err.Error())
		}
		into[m.ID] = m
	}
	return nil
}
