package plugintest

import (
	"strings"
	"testing"

	"github.com/botd-chat/botd/bots"
	"github.com/botd-chat/botd/chat"
)

// attentive is a bot with a trigger of each sort of which the chat service tells.
func attentive() Bot {
	b := guarded()
	b.Spec.Audience, b.Spec.Limits.Recipients = chat.Everyone, 0
	b.Spec.Triggers = []bots.Trigger{
		{Name: "held", Hears: &bots.Hears{Via: chat.ViaGroup, Held: true, Received: "It is here."}},
		{Name: "open", Hears: &bots.Hears{Via: chat.ViaGroup}},
		{Name: "relayed", Hears: &bots.Hears{Via: chat.ViaGroup, Relay: true}},
		{Name: "direct", Hears: &bots.Hears{Via: chat.ViaDirect}},
		{Name: "named", Hears: &bots.Hears{Via: chat.ViaMention}},
		{Name: "joined", Hears: &bots.Hears{What: chat.MemberJoined}},
		{Name: "left", Hears: &bots.Hears{What: chat.MemberLeft}},
		{Name: "elsewhere", Group: "@TGS#B", Hears: &bots.Hears{What: chat.RoleChanged}},
	}
	b.Hear = func(l Line) (all []Hearing) {
		for _, name := range strings.Split(l.Text, "+") {
			for _, t := range b.Spec.Triggers {
				if string(t.Name) == strings.TrimPrefix(name, "/") && t.Hears.Via == l.Via && l.Group == "@TGS#A" {
					h := Hearing{Trigger: t.Name, Text: name, Near: strings.HasPrefix(name, "/")}
					if l.By.Role == chat.Owner {
						h.Masked = "***"
					}
					all = append(all, h)
				}
			}
		}
		return all
	}
	return b
}

func attentively(t *testing.T, transcript string) (*Result, error) {
	t.Helper()
	return playBot(t, attentive(), transcript)
}

func TestWhatTheServiceTellsABotOfAConfiguration(t *testing.T) {
	result, err := attentively(t, `use bots.yaml guard
group ann owner, bo admin, cy

> cy says held
< cy: It is here.
< ann bo cy: message held by cy at 09:00 in @TGS#A: {"via":"group","held":true,"acknowledged":true}
> cy: /held
< ann bo cy: message held by cy at 09:00 in @TGS#A: {"via":"group","held":true}
> cy says open
< cy: message open by cy at 09:00 in @TGS#A: {"via":"group"}
> ann says relayed
= seen as: ***
< ann bo cy: message relayed by ann at 09:00 in @TGS#A: {"via":"group","masked":true}
> cy says held+open
< cy: It is here.
< ann bo cy: message held by cy at 09:00 in @TGS#A: {"via":"group","held":true,"acknowledged":true}
< cy: message open by cy at 09:00 in @TGS#A: {"via":"group"}
> cy to bot: direct
< ann bo cy: message direct by cy at 09:00 in @TGS#A: {"via":"direct"}
> cy @bot: named
< cy: message named by cy at 09:00 in @TGS#A: {"via":"mention"}
> cy says nothing
! no trigger of bot guard waits for it, so it stands in the group for all to see
> cy to bot: nothing
! no trigger of bot guard waits for it

~ dee joins
< ann bo cy dee: callback joined by dee at 09:00 in @TGS#A: {"what":"member_joined","user":"dee"}
~ dee admin
~ dee leaves
< ann bo cy: callback left by nobody at 09:00 in @TGS#A: {"what":"member_left","user":"dee"}
> cy left
! the service said that "cy" left, who is a member of the group, so the plugin was not told
> cy joined
< ann bo cy: callback joined by cy at 09:00 in @TGS#A: {"what":"member_joined","user":"cy"}
`)
	if err != nil {
		t.Fatal(err)
	}
	if !result.Same() {
		t.Error(result.Difference())
	}
}

func TestMistakesAboutWhatTheServiceTells(t *testing.T) {
	const head = "use bots.yaml guard\ngroup ann owner\n"
	for transcript, want := range map[string]string{
		head + "> zoe says held\n":            "line 3: zoe is not in the group and cannot be a sender",
		head + "> ann changed\n":              "line 3: no trigger of bot guard waits for it: one has role_changed: true",
		head + "> zoe to bot: hi\n":           "line 3: zoe is not in the group",
		head + "~ zoe leaves\n":               "line 3: zoe is not in the group",
		"use bots.yaml guard\n> ann joined\n": "line 2: who is in the group?",
	} {
		if _, err := attentively(t, transcript); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: it says %v\nwant %s", transcript, err, want)
		}
	}
}

// Without a configuration a plugin is told what the line says.
func TestWhatTheServiceTellsAPlugin(t *testing.T) {
	v, _ := judge(t, witness, `group ann owner, cy
> cy joined
< ann cy: callback joined by cy at 09:00 in @TGS#TRANSCRIPT: {"what":"member_joined","user":"cy"}
> dee left
< ann cy: callback left by nobody at 09:00 in @TGS#TRANSCRIPT: {"what":"member_left","user":"dee"}
> ann changed
< ann cy: callback changed by ann at 09:00 in @TGS#TRANSCRIPT: {"what":"role_changed","user":"ann"}
> cy left
! the service said that "cy" left, who is a member of the group, so the plugin was not told
`)
	if v.failed {
		t.Error(v.text)
	}
	v, _ = judge(t, witness, "group ann owner\n> ann to bot: hello\n")
	if !v.failed || !strings.Contains(v.text, "comes by a trigger of a configuration") {
		t.Error(v.text)
	}
}
