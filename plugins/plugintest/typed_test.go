package plugintest

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/plugins"
)

const said = chat.Key[string]("said")

// parrot repeats to each member what they said before, and tells the owner who said it.
var parrot = plugins.Define("parrot", "1.0.0", func(struct{}) (plugins.Handler, error) {
	return plugins.Func(func(_ context.Context, e chat.Event) ([]chat.Message, error) {
		switch {
		case e.Kind != chat.Typed:
			said.Set(e.Session, "by "+string(e.Name))
			return nil, nil
		case e.Text == "/forget":
			clear(e.Session)
			return nil, nil
		case e.Text == "/fail":
			said.Set(e.Session, "nothing")
			return nil, errors.New("no")
		}
		before := said.Get(e.Session)
		said.Set(e.Session, e.Text)
		return append(chat.Sender.Say("%q, after %q", e.Text, before), chat.Owners.Say("%s from a %s: %s", e.Name, e.Sender.Role, e.Text)...), nil
	}), nil
})

const conversation = `group ann owner, bo admin, cy

> bo: /extend 30
< bo: "/extend 30", after ""
< ann: typed from a admin: /extend 30
> cy says 30 please
< cy: "30 please", after ""
< ann: typed from a member: 30 please
> cy says
< cy: "", after "30 please"
< ann: typed from a member:
> bo says two
|  lines
< bo: "two\n lines", after "/extend 30"
< ann: typed from a admin: two
|  lines

# What failed is not remembered, and what a trigger without a sender brings is nobody's.
> bo: /fail
! no
> hello {}
! the plugin's answer is refused: it has something for the session of the event's sender, and the trigger names none; give it a sender: expression
+23h
> bo says now
< bo: "now", after "two\n lines"
< ann: typed from a admin: now
> cy says before
< cy: "before", after ""
< ann: typed from a member: before
> cy: /forget
> cy says again
< cy: "again", after ""
< ann: typed from a member: again

# A day after the last change it is forgotten.
~ bo member
+24h
> bo says new
< bo: "new", after ""
< ann: typed from a member: new
> cy: says {}
> cy says hi
< cy: "hi", after "by says"
< ann: typed from a member: hi
`

func TestMembersTypeAndAreRememberedOneByOne(t *testing.T) {
	if v, _ := judge(t, parrot, conversation); v.failed {
		t.Error(v.text)
	}
}

func TestOnlyMembersCanType(t *testing.T) {
	for _, line := range []string{"> zoe says hi", "> zoe: /hi"} {
		v, _ := judge(t, parrot, "group ann owner\n"+line+"\n")
		if want := "line 2: zoe is not in the group and cannot be a sender"; !v.failed || !strings.Contains(v.text, want) {
			t.Errorf("%s: %q", line, v.text)
		}
	}
}
