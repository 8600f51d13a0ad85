package im

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/botd-chat/botd/chat"
)

// GroupInfo is what is known about a group.
type GroupInfo struct {
	ID      chat.GroupID
	Type    chat.GroupType // in the service's newer words: Work, not Private
	Name    string
	Owner   chat.UserID // empty when there is none
	Members int
}

// GroupResult is the answer about one group of several.
type GroupResult struct {
	ID   chat.GroupID
	Info GroupInfo
	Err  error // an *Error; nil when Info is there
}

// The service's names of types in answers (product/1047/33529). Both spellings
// of the first three are in use.
var groupTypes = map[string]chat.GroupType{
	"Private":  chat.Work,
	"ChatRoom": chat.Meeting,
}

func groupType(s string) chat.GroupType {
	s = strings.TrimSpace(s)
	if t, ok := groupTypes[s]; ok {
		return t
	}
	return chat.GroupType(s)
}

// maxGroupsPerCall is how many groups one call asks about (product/1047/34961).
const maxGroupsPerCall = 50

type groupsQuestion struct {
	Groups []chat.GroupID `json:"GroupIdList"`
	// Without a filter the answer holds all members, and may be too large.
	Filter struct {
		Base []string `json:"GroupBaseInfoFilter"`
	} `json:"ResponseFilter"`
}

type groupEntry struct {
	ID      chat.GroupID `json:"GroupId"`
	Code    *int         `json:"ErrorCode"`
	Words   string       `json:"ErrorInfo"`
	Type    string       `json:"Type"`
	Name    string       `json:"Name"`
	Owner   chat.UserID  `json:"Owner_Account"`
	Members int          `json:"MemberNum"`
}

// UnmarshalJSON takes the fields by their exact names, each once.
func (e *groupEntry) UnmarshalJSON(b []byte) error {
	return exactly(b, map[string]any{
		"GroupId": &e.ID, "ErrorCode": &e.Code, "ErrorInfo": &e.Words, "Type": &e.Type,
		"Name": &e.Name, "Owner_Account": &e.Owner, "MemberNum": &e.Members,
	})
}

// Group reads one group.
func (c *Client) Group(ctx context.Context, g chat.GroupID) (GroupInfo, error) {
	results, err := c.Groups(ctx, []chat.GroupID{g})
	if err != nil {
		return GroupInfo{}, err
	}
	return results[0].Info, results[0].Err
}

// Groups reads several groups, in the order asked. That one cannot be read does
// not keep the others from being read; an error besides the results means that
// none are known.
func (c *Client) Groups(ctx context.Context, ids []chat.GroupID) ([]GroupResult, error) {
	var results []GroupResult
	for chunk := range slices.Chunk(ids, maxGroupsPerCall) {
		q := groupsQuestion{Groups: chunk}
		q.Filter.Base = []string{"Type", "Name", "Owner_Account", "MemberNum"}
		a, err := c.ask(ctx, apiGroups, q)
		if err != nil {
			return nil, err
		}
		// The outer code says nothing here: each group has its own.
		var entries []groupEntry
		if err := a.must("GroupInfo", &entries); err != nil {
			return nil, err
		}
		for _, id := range chunk {
			results = append(results, a.group(id, entries))
		}
	}
	return results, nil
}

func (a answer) group(id chat.GroupID, entries []groupEntry) GroupResult {
	r := GroupResult{ID: id}
	i := slices.IndexFunc(entries, func(e groupEntry) bool { return e.ID == id })
	switch {
	case i < 0:
		r.Err = a.unreadable("it leaves the group out")
	case entries[i].Code == nil:
		r.Err = a.unreadable("the group has no ErrorCode")
	case *entries[i].Code != 0:
		r.Err = ofCode(a.api, *entries[i].Code, entries[i].Words)
	case groupType(entries[i].Type) == "":
		r.Err = a.unreadable("the group has no type")
	default:
		e := entries[i]
		r.Info = GroupInfo{ID: id, Type: groupType(e.Type), Name: e.Name, Owner: e.Owner, Members: e.Members}
	}
	return r
}

type allGroupsQuestion struct {
	Limit int    `json:"Limit"`
	Next  uint64 `json:"Next"`
}

const (
	groupsPerPage = 1000 // of 10,000 allowed, to stay far below 1 MB
	maxGroupPages = 1000
)

// AllGroups lists the groups of the application. The service allows one page a
// second, so this is for start-up and for people, not for every message.
func (c *Client) AllGroups(ctx context.Context) ([]chat.GroupID, error) {
	var ids []chat.GroupID
	q := allGroupsQuestion{Limit: groupsPerPage}
	for range maxGroupPages {
		a, err := c.ask(ctx, apiAllGroups, q)
		if err != nil {
			return nil, err
		}
		var page []struct {
			ID chat.GroupID `json:"GroupId"`
		}
		if err := a.must("GroupIdList", &page); err != nil {
			return nil, err
		}
		for _, g := range page {
			ids = append(ids, g.ID)
		}
		// A page may be short or empty; Next alone says whether there are more. It
		// may be above 2^53, so it is never a float.
		if err := a.must("Next", &q.Next); err != nil {
			return nil, err
		}
		if q.Next == 0 {
			slices.Sort(ids)
			return slices.Compact(ids), nil
		}
	}
	return nil, &Error{API: apiAllGroups, Class: Permanent, Err: fmt.Errorf("the list does not end after %d pages", maxGroupPages)}
}
