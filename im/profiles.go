package im

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/botd-chat/botd/chat"
)

// The service's names of what can be read of members (product/1047/34948).
var infoOf = map[chat.Fact]string{chat.Joined: "JoinTime", chat.Spoke: "LastSendMsgTime"}

// latest is the last time that can be one; the service counts in seconds.
const latest = 1 << 34

// info is what is asked of members with these facts.
func info(facts chat.Facts) []string {
	list := []string{"Role", "NameCard"}
	for _, f := range facts {
		if name := infoOf[f]; name != "" {
			list = append(list, name)
		}
	}
	return list
}

// Profiles reads all members of a group as [Client.Members] does, with these facts. One
// that the service does not tell of is an error and never taken to be nothing, but for
// what the application keeps: who has none of that is told of without it.
func (c *Client) Profiles(ctx context.Context, g chat.GroupID, facts chat.Facts) ([]chat.Member, error) {
	q, err := askMembers(g, nil)
	if err == nil {
		err = facts.Validate()
	}
	if err != nil {
		return nil, &Error{API: apiMembers, Class: Permanent, Err: err}
	}
	q.Info, q.Own = info(facts), facts.Keys()
	members, err := c.readTwice(ctx, q, facts)
	return members.sorted(), err
}

// ProfilesOf reads these users as members of the group, with these facts, sorted by id.
// Who is no member is left out.
func (c *Client) ProfilesOf(ctx context.Context, g chat.GroupID, users []chat.UserID, facts chat.Facts) ([]chat.Member, error) {
	if err := facts.Validate(); err != nil {
		return nil, &Error{API: apiSpecified, Class: Permanent, Err: err}
	}
	return c.ofUsers(ctx, apiSpecified, users, maxSpecifiedPerCall, "MemberList", facts, func(chunk []chat.UserID) any {
		return specifiedQuestion{g, chunk, info(facts), facts.Keys()}
	})
}

// ownEntry is one of a member's custom fields.
type ownEntry struct{ Key, Value string }

// UnmarshalJSON takes the fields by their exact names, each once.
func (e *ownEntry) UnmarshalJSON(b []byte) error {
	return exactly(b, map[string]any{"Key": &e.Key, "Value": &e.Value})
}

// profile is what an entry tells of the facts that were asked for; nil if there were none.
func (e memberEntry) profile(facts chat.Facts) (*chat.Profile, error) {
	if len(facts) == 0 {
		return nil, nil
	}
	p := chat.Profile{Told: facts}
	for _, f := range facts {
		var err error
		switch key, own := f.Own(); {
		case own:
			err = e.own(key, &p)
		case f == chat.Joined:
			p.Joined, err = moment(e.Joined, f)
		case f == chat.Spoke:
			p.Spoke, err = moment(e.Spoke, f)
		case f == chat.Card && e.Name == nil:
			err = errors.New("the service did not tell a member's name card")
		}
		if err != nil {
			return nil, err
		}
	}
	return &p, nil
}

// own finds what the application keeps of a member under a key.
func (e memberEntry) own(key string, p *chat.Profile) error {
	found := 0
	for _, x := range e.Own {
		if x.Key != key {
			continue
		}
		if found++; found > 1 {
			return fmt.Errorf("a member has the field %s twice", key)
		}
		if x.Value == "" {
			continue
		}
		if p.Fields == nil {
			p.Fields = map[string]string{}
		}
		p.Fields[key] = strings.Clone(x.Value)
	}
	return nil
}

// moment is a time of the service; zero is none.
func moment(seconds *int64, f chat.Fact) (time.Time, error) {
	switch {
	case seconds == nil:
		return time.Time{}, fmt.Errorf("the service did not tell of a member: %s", f)
	case *seconds == 0:
		return time.Time{}, nil
	case *seconds < 0 || *seconds > latest:
		return time.Time{}, fmt.Errorf("what the service tells of a member is no time: %s", f)
	}
	return time.Unix(*seconds, 0).UTC(), nil
}
