package callbacks_test

import (
	"fmt"
	"regexp"
	"testing"

	"github.com/botd-chat/botd/callbacks"
	"github.com/botd-chat/botd/chat"
)

func TestRulesAreTriedWithoutAService(t *testing.T) {
	const here = chat.GroupID("@TGS#1")
	rules := []callbacks.Rule{
		{App: "main", Bot: "quiz", Trigger: "held", Groups: []chat.GroupID{here}, Via: chat.ViaGroup, Commands: []string{"answer"}, Roles: []chat.Role{chat.Normal}, Hold: true},
		{App: "main", Bot: "quiz", Trigger: "open", Groups: []chat.GroupID{here}, Via: chat.ViaGroup, Commands: []string{"help"}},
		{App: "main", Bot: "quiz", Trigger: "clean", Groups: []chat.GroupID{here}, Via: chat.ViaGroup, Any: true, Mask: &callbacks.Mask{Words: []string{"damn"}, With: "***"}},
		{App: "main", Bot: "quiz", Trigger: "direct", Groups: []chat.GroupID{here}, Account: "quizbot", Via: chat.ViaDirect, Pattern: regexp.MustCompile(`^\d+$`)},
		{App: "main", Bot: "quiz", Trigger: "named", Groups: []chat.GroupID{here}, Account: "quizbot", Via: chat.ViaMention, Any: true},
		{App: "main", Bot: "quiz", Trigger: "joined", Groups: []chat.GroupID{here}, What: chat.MemberJoined},
	}
	for _, c := range []struct {
		via       chat.Via
		who       chat.UserID
		text      string
		group     chat.GroupID
		want      string
		held, far bool
	}{
		{chat.ViaGroup, "cy", "/answer B", here, `held "/answer B" ""`, true, false},
		{chat.ViaGroup, "cy", "\u200b/ANSWER B", here, `held "/answer B" ""`, true, false},
		{chat.ViaGroup, "cy", "/anwser B", here, `held "/anwser B" ""`, true, true},
		{chat.ViaGroup, "bo", "/answer B", here, "", false, false},
		{chat.ViaGroup, "cy", "/answer B", "@TGS#2", "", false, false},
		{chat.ViaGroup, "cy", "/help", here, `open "/help" ""`, false, false},
		{chat.ViaGroup, "cy", "damn it", here, `clean "damn it" "*** it"`, false, false},
		{chat.ViaGroup, "cy", "/help damn", here, `clean open "/help damn" "/help ***"`, false, false},
		{chat.ViaDirect, "cy", "17", here, `direct "17" ""`, false, false},
		{chat.ViaDirect, "cy", "hello", here, "", false, false},
		{chat.ViaMention, "cy", "hello", here, `named "hello" ""`, false, false},
	} {
		role := func(u chat.UserID) (chat.Role, bool) {
			if u == "bo" {
				return chat.Admin, true
			}
			return chat.Normal, true
		}
		j := callbacks.Judge(rules, c.group, callbacks.Message{Via: c.via, From: c.who, Text: c.text}, role)
		got, near := "", false
		for _, r := range j.Rules {
			got += string(r.Trigger) + " "
			near = near || r.Near
		}
		if got != "" {
			got += fmt.Sprintf("%q %q", j.Text, j.Masked)
		}
		if got != c.want || j.Held != c.held || near != c.far {
			t.Errorf("%s %q by %s: %s, held %v, near %v; want %s", c.via, c.text, c.who, got, j.Held, near, c.want)
		}
	}
}
