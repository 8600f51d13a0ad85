package config

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/botd-chat/botd/chat"
)

// told is a configuration with these callbacks and bots.
func told(t *testing.T, callbacks, listen, bots string) *Config {
	t.Helper()
	c, err := Parse("bots.yaml", fmt.Appendf(nil, `apps: {main: {sdk_app_id: 7, secret_key_env: OTHER_KEY, region: tokyo, callbacks: %s}}
%s
bots:
%s`, callbacks, listen, bots), fakes())
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// aBot is one with this trigger, in a line of its own.
func aBot(name, trigger, audience string) string {
	return fmt.Sprintf("  %s: {account: bot, groups: [lobby], plugin: notice, audience: %s, on: {typed: %s}}\n", name, audience, trigger)
}

// reviewing is a bot whose notices are reviewed.
const reviewing = "  r: {account: bot, groups: [lobby], plugin: notice, audience: {everyone: true}, on: {ask: {schedule: '@daily', review: {by: {roles: [owner]}}}}}\n"

const signed = "{token_file: secrets/callback}"

func TestWhatHoldsOfCallbacksWhenNothingIsSaid(t *testing.T) {
	inFolder(t)
	c := told(t, signed, "", aBot("a", "{message: {command: answer}, hold: true}", "{sender: true}")+
		aBot("b", "{message: {any: true}, mask: {words: [damn]}}", "{sender: true}")+
		aBot("c", "{message: {command: answer}, hold: true, received: \"\"}", "{sender: true}"))
	got := c.Apps[0].Callbacks
	if got.Path != "/callbacks/tencent" || !got.PathSecret.IsZero() || got.Insecure || got.Sources != nil || got.Sweep != time.Minute || len(got.Tokens) != 1 {
		t.Errorf("callbacks: %+v", got)
	}
	held, masked, silent := c.Bots[0].Triggers[0].Callback, c.Bots[1].Triggers[0].Callback, c.Bots[2].Triggers[0].Callback
	if d := cmp.Diff(&Callback{
		Via: chat.ViaGroup, Commands: []string{"answer"}, Hold: true, Received: "Received. It is not shown in the group.",
		Again: "This could not be kept just now. Nobody has seen it. Please write it again.",
	}, held); d != "" {
		t.Error(d)
	}
	if masked.Mask.With != "***" || masked.Received != "" || masked.Again != "" {
		t.Errorf("masked: %+v", masked)
	}
	if silent.Received != "" || silent.Again == "" {
		t.Errorf("a sender who is told nothing: %+v", silent)
	}
	if n := c.Bots[0].Limits.Typed; n != 600 {
		t.Errorf("%d events a minute", n)
	}
}

func TestWhatIsProbablyNotMeantOfCallbacks(t *testing.T) {
	const toSender = "{sender: true}"
	answer := "{message: {command: answer}, hold: true}"
	for name, c := range map[string]struct{ callbacks, listen, bots, want string }{
		"nothing": {signed, "listen: {public: \":8080\"}", aBot("a", answer, toSender), ""},
		"the sender of what is held is told nothing": {signed, "", aBot("a", answer, "{roles: [owner, admin]}"),
			"bots.a.audience: does not have the sender in it"},
		"the sender of what is asked is told nothing": {signed, "", aBot("a", "{direct: {any: true}}", "{roles: [owner]}"),
			"bots.a.audience: does not have the sender in it"},
		"nobody writes": {signed, "", aBot("a", "{member_joined: true}", "{roles: [owner, admin]}"), ""},
		"two bots hold the same": {signed, "", aBot("a", answer, toSender) + aBot("b", "{message: {command: [help, ANSWER]}, hold: true}", toSender),
			"bots.b.on.typed: holds what bots.a.on.typed holds too"},
		"they hold it of different people": {signed, "", aBot("a", "{message: {command: answer, roles: [member]}, hold: true}", toSender) +
			aBot("b", "{message: {command: answer, roles: [owner, admin]}, hold: true}", toSender), ""},
		"they hold different commands": {signed, "", aBot("a", answer, toSender) + aBot("b", "{message: {command: ask}, hold: true}", toSender), ""},
		"one holds what the other waits for": {signed, "", aBot("a", "{message: {command: Answer}}", toSender) + aBot("b", answer, toSender),
			"bots.a.on.typed: is not heard in a group in which bots.b.on.typed holds the same"},
		"one holds a part of what the other waits for": {signed, "", aBot("a", "{message: {command: [answer, help]}}", toSender) + aBot("b", answer, toSender), ""},
		"what reviewers write is waited for": {signed, "", aBot("a", "{message: {command: [Release, deploy]}}", toSender) + reviewing,
			"bots.a.on.typed: does not hear /release or /discard in a group in which bots.r.on.ask.review waits for it"},
		"what reviewers write is held": {signed, "", aBot("a", "{message: {command: discard}, hold: true}", toSender) + reviewing,
			"bots.a.on.typed: holds what bots.r.on.ask.review holds too"},
		"everything is heard where there are reviewers": {signed, "", aBot("a", "{message: {any: true}}", toSender) + reviewing, ""},
		"one holds it of some":                          {signed, "", aBot("a", "{message: {command: answer}}", toSender) + aBot("b", "{message: {command: answer, roles: [member]}, hold: true}", toSender), ""},
		"one masks what the other holds":                {signed, "", aBot("a", "{message: {any: true}, mask: {words: [damn]}}", toSender) + aBot("b", answer, toSender), ""},
		"everything is held":                            {signed, "", aBot("a", "{message: {any: true}, hold: true}", toSender), "bots.a.on.typed: takes whatever anybody writes out of the group"},
		"everything of some is held":                    {signed, "", aBot("a", "{message: {any: true, roles: [member]}, hold: true}", toSender), ""},
		"an account that is no robot is named":          {signed, "", aBot("a", "{mention: {any: true}}", toSender), "bots.a.on.typed: is never heard"},
		"callbacks of this machine without a proof":     {"{insecure: true}", "", aBot("a", answer, toSender), "apps.main.callbacks.insecure: whoever reaches 127.0.0.1:8080 can say what members write"},
		"with a hidden path":                            {"{insecure: true, path_secret_file: secrets/path}", "", aBot("a", answer, toSender), ""},
		"from elsewhere with a hidden path": {"{insecure: true, path_secret_file: secrets/path}", "listen: {public: \":8080\"}", aBot("a", answer, toSender),
			"apps.main.callbacks.insecure: callbacks are not signed"},
		"from known addresses": {"{insecure: true, sources: [203.0.113.0/24]}", "listen: {public: \":8080\"}", aBot("a", answer, toSender),
			"apps.main.callbacks.insecure: callbacks are not signed"},
	} {
		t.Run(name, func(t *testing.T) {
			inFolder(t)
			got := told(t, c.callbacks, c.listen, c.bots).Warnings
			switch {
			case c.want == "" && len(got) > 0:
				t.Errorf("warned: %v", got)
			case c.want != "" && (len(got) != 1 || !strings.Contains(got[0].String(), c.want) || got[0].Remedy == "" || got[0].Line == 0):
				t.Errorf("warned: %v\nwant %s", got, c.want)
			}
		})
	}
}

// What is in another group, or in another application, is another message.
func TestTriggersThatNeverMeetAreNotHeldAgainstEachOther(t *testing.T) {
	inFolder(t)
	got := told(t, signed, "", `  a: {account: bot, groups: [lobby, hall], plugin: notice, audience: {sender: true}, on: {typed: {message: {command: answer}, hold: true, group: hall}}}
  b: {account: bot, groups: [lobby], plugin: notice, audience: {sender: true}, on: {typed: {message: {command: answer}, hold: true}}}
`)
	if len(got.Warnings) > 0 {
		t.Errorf("warned: %v", got.Warnings)
	}
}

func TestEveryTriggerThatIsHeardHasSwitchesInTheConsole(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range []Callback{
		{Via: chat.ViaGroup}, {Via: chat.ViaDirect}, {Via: chat.ViaMention},
		{What: chat.MemberJoined}, {What: chat.MemberLeft}, {What: chat.RoleChanged}, {What: chat.GroupDestroyed},
	} {
		names := c.Switches()
		if len(names) == 0 || seen[names[0]] {
			t.Errorf("%s%s: %v", c.Via, c.What, names)
		}
		for _, name := range names {
			seen[name] = true
		}
	}
}
