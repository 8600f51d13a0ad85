package plugintest

import (
	"context"
	"strings"
	"testing"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/plugins"
)

// divided says something else to admins and to cy, and to others only if they are to know.
var divided = plugins.Define("divided", "1.0.0", func(struct{}) (plugins.Handler, error) {
	return plugins.Func(func(_ context.Context, e chat.Event) ([]chat.Message, error) {
		list := chat.Rather(chat.Everyone.Say("It failed."), chat.Users("cy").Say("It failed,\nand it is yours."), chat.Admins.Say("It failed: line 7"))
		if e.Name == "quietly" {
			list[0].Text = ""
		}
		return chat.Urgent(list), nil
	}), nil
})

const dividedly = `group ann owner, bo admin, cy, dee, eli

> failed {}
< dee eli [high]: It failed.
< cy [rather] [high]: It failed,
| and it is yours.
< ann bo [rather] [high]: It failed: line 7

# There is no text for the rest.
> quietly {}
< cy [high]: It failed,
| and it is yours.
< ann bo [rather] [high]: It failed: line 7

# Who is an admin when it is sent gets the text for admins, and no other.
~ cy leaves
~ dee admin
~ bo member
> failed {}
< bo eli [high]: It failed.
< ann dee [rather] [high]: It failed: line 7

# All but the last of them.
% next partly
> failed {}
< bo eli [high] [partly]: It failed.
< ann [rather] [high] [partly]: It failed: line 7
`

func TestATranscriptShowsWhoSawWhichText(t *testing.T) {
	if v, _ := judge(t, divided, dividedly); v.failed {
		t.Error(v.text)
	}
	for name, c := range map[string]struct{ line, instead string }{
		"a text to somebody else": {"< dee eli [high]: It failed.", "< eli [high]: It failed."},
		"one text for all":        {"< ann bo [rather] [high]: It failed: line 7\n\n# There", "\n# There"},
		"a message of its own":    {"< cy [rather] [high]", "< cy [high]"},
	} {
		if v, _ := judge(t, divided, strings.Replace(dividedly, c.line, c.instead, 1)); !v.failed || !strings.Contains(v.text, "is not what happened") {
			t.Errorf("%s passes: %s", name, v.text)
		}
	}
}

func TestATranscriptShowsATextThatNobodySaw(t *testing.T) {
	if v, _ := judge(t, divided, "group eli\n> quietly {}\n< nobody [high]: It failed,\n| and it is yours.\n"); v.failed {
		t.Error(v.text)
	}
}
