package im

import (
	"errors"
	"testing"

	"github.com/botd-chat/botd/chat"
)

var everyFact = chat.NewFacts(chat.Card, chat.Joined, chat.Spoke, chat.OwnFact("team"), chat.OwnFact("seat"))

func TestAFactThatIsNotToldIsAnErrorAndNeverNothing(t *testing.T) {
	for name, entry := range map[string]string{
		"nothing beside the role":   `{"Member_Account":"a","Role":"Member"}`,
		"no name card":              `{"Member_Account":"a","Role":"Member","JoinTime":1,"LastSendMsgTime":1}`,
		"no time of a last message": `{"Member_Account":"a","Role":"Member","NameCard":"","JoinTime":1}`,
		"no time of joining":        `{"Member_Account":"a","Role":"Member","NameCard":"","LastSendMsgTime":1}`,
		"a time before all times":   `{"Member_Account":"a","Role":"Member","NameCard":"","JoinTime":1,"LastSendMsgTime":-1}`,
		"milliseconds":              `{"Member_Account":"a","Role":"Member","NameCard":"","JoinTime":1,"LastSendMsgTime":1700000000000}`,
		"a time as a text":          `{"Member_Account":"a","Role":"Member","NameCard":"","JoinTime":"1","LastSendMsgTime":1}`,
		"a field twice":             `{"Member_Account":"a","Role":"Member","NameCard":"","JoinTime":1,"LastSendMsgTime":1,"AppMemberDefinedData":[{"Key":"team","Value":"red"},{"Key":"team","Value":"blue"}]}`,
		"a field that is a number":  `{"Member_Account":"a","Role":"Member","NameCard":"","JoinTime":1,"LastSendMsgTime":1,"AppMemberDefinedData":[{"Key":"team","Value":7}]}`,
		"fields by another name":    `{"Member_Account":"a","Role":"Member","NameCard":"","JoinTime":1,"LastSendMsgTime":1,"AppMemberDefinedData":[{"key":"team","Value":"x","value":"y","Value":"z"}]}`,
	} {
		t.Run(name, func(t *testing.T) {
			s := say(t, memberPage(1, entry))
			c := newClient(t, testConfig(t, s.URL))
			if got, err := c.Profiles(t.Context(), "g", everyFact); err == nil {
				t.Errorf("Profiles: %+v", got)
			}
			if got, err := c.ProfilesOf(t.Context(), "g", []chat.UserID{"a"}, everyFact); err == nil {
				t.Errorf("ProfilesOf: %+v", got)
			}
			if _, err := c.Members(t.Context(), "g"); name == "nothing beside the role" && err != nil {
				t.Errorf("Members: %v", err)
			}
		})
	}
}

func TestWhatIsAskedOfMembersAreTheFactsAndNoMore(t *testing.T) {
	s := say(t, memberPage(1, `{"Member_Account":"a","Role":"Member","NameCard":"","LastSendMsgTime":0}`))
	c := newClient(t, testConfig(t, s.URL))
	if _, err := c.Profiles(t.Context(), "g", chat.NewFacts(chat.OwnFact("team"), chat.Spoke)); err != nil {
		t.Fatal(err)
	}
	const want = `{"GroupId":"g","MemberInfoFilter":["Role","NameCard","LastSendMsgTime"],"AppDefinedDataFilter_GroupMember":["team"],"Limit":100,"Offset":0}`
	if raw := s.seen()[0].raw; raw != want {
		t.Errorf("asked %s", raw)
	}
	for _, f := range []chat.Fact{"phone", "fields.", `fields.a"b`} {
		_, err := c.Profiles(t.Context(), "g", chat.NewFacts(f))
		_, err2 := c.ProfilesOf(t.Context(), "g", []chat.UserID{"a"}, chat.NewFacts(f))
		if e, ok := errors.AsType[*Error](errors.Join(err, err2)); !ok || e.Class != Permanent || err == nil || err2 == nil {
			t.Errorf("%s: %v, %v", f, err, err2)
		}
	}
}
