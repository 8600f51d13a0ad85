package plugintest

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/botd-chat/botd/bots"
	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/plugins"
)

// every strikes at whole multiples of itself.
type every time.Duration

func (e every) Next(after time.Time) time.Time {
	return after.Truncate(time.Duration(e)).Add(time.Duration(e))
}

var witness = plugins.Define("witness", "1.0.0", func(struct{}) (plugins.Handler, error) {
	return plugins.Func(func(_ context.Context, e chat.Event) ([]chat.Message, error) {
		who := "nobody"
		if e.Sender != nil {
			who = string(e.Sender.ID)
		}
		if e.Name == "early" {
			beats.Set(e, 90*time.Minute, struct{}{})
		}
		return chat.Everyone.Say("%s %s by %s at %s in %s: %s", e.Kind, e.Name, who, e.Time.Format("15:04"), e.Group, e.Payload), nil
	}), nil
})

// guarded is a bot of two groups with a schedule of each sort and a webhook.
func guarded() Bot {
	return Bot{
		Spec: bots.Spec{Name: "guard", App: "main", Account: "guardbot", Groups: []chat.GroupID{"@TGS#A", "@TGS#B"}, Audience: chat.Admins,
			Limits: bots.Limits{Recipients: 2}, Plugin: witness, Options: json.RawMessage("{}"), Triggers: []bots.Trigger{
				{Name: "early", Kind: chat.Schedule}, {Name: "hourly", Kind: chat.Schedule, Group: "@TGS#A"}, {Name: "elsewhere", Kind: chat.Schedule, Group: "@TGS#B"},
				{Name: "told", Kind: chat.Webhook, Sender: "payload.user", Group: "payload?.room ?? '@TGS#A'"},
			}},
		Schedules: map[chat.TriggerName]Schedule{"early": every(6 * time.Hour), "hourly": every(time.Hour), "elsewhere": every(time.Minute)},
		Arrive: func(b *bots.Bot, in Webhook) (chat.Arrival, string, error) {
			a, err := b.Arrival(in.Trigger, in.Payload, "", time.Time{})
			switch {
			case err != nil:
				return a, err.Error(), nil //nolint:nilerr // the error is what the sender is told
			case in.Credential != "" && in.Credential != "key":
				return a, "", errors.New("there is no credential " + in.Credential)
			case in.Credential == "key" && in.Type == "forbidden":
				return a, "it may not", nil
			}
			a.Origin = &chat.Origin{Hook: "hook", Type: in.Type}
			return a, "", nil
		},
	}
}

const onGuard = `use bots.yaml guard
group ann owner, bo admin, cy

# The trigger says who sent it, and to which group it belongs.
> told {"user": "cy"}
< ann bo: webhook told by cy at 09:00 in @TGS#A: {"user": "cy"}
> told {"user": "cy", "room": "@TGS#B"}
! it is for another group, @TGS#B
> told {"user": "zoe"}
! its sender zoe is not in the group, so the plugin is not asked
> told {"usr": "cy"}
! the sender is told bot "guard", trigger "told": sender: payload.user: there is nothing there
> told@key/forbidden {"user": "cy"}
! the sender is told it may not

# Clocks strike in their order, and timers among them.
+4h
@ hourly strikes
< ann bo: schedule hourly by nobody at 10:00 in @TGS#A:
@ hourly strikes
< ann bo: schedule hourly by nobody at 11:00 in @TGS#A:
@ early strikes
< ann bo: schedule early by nobody at 12:00 in @TGS#A:
@ beats in 1h30m0s {}
@ hourly strikes
< ann bo: schedule hourly by nobody at 12:00 in @TGS#A:
@ hourly strikes
< ann bo: schedule hourly by nobody at 13:00 in @TGS#A:
~ cy admin
+75m
@ beats comes
< nobody [refused]: timer beats by nobody at 13:30 in @TGS#A: {}
@ hourly strikes
< nobody [refused]: schedule hourly by nobody at 14:00 in @TGS#A:
> hourly
< nobody [refused]: schedule hourly by nobody at 14:15 in @TGS#A:
`

// guard plays a transcript with the bot.
func guard(t *testing.T, transcript string) (*Result, error) {
	t.Helper()
	return playBot(t, guarded(), transcript)
}

// playBot plays a transcript with a bot of a configuration.
func playBot(t *testing.T, b Bot, transcript string) (*Result, error) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "guard.chat")
	if err := os.WriteFile(file, []byte(transcript), 0o600); err != nil {
		t.Fatal(err)
	}
	read, err := Read(file)
	if err != nil {
		return nil, err
	}
	return read.PlayBot(t.Context(), b, slog.New(slog.DiscardHandler))
}

func TestABotOfAConfigurationIsPlayedAsItIsConfigured(t *testing.T) {
	result, err := guard(t, onGuard)
	if err != nil {
		t.Fatal(err)
	}
	if !result.Same() {
		t.Error(result.Difference())
	}
}

func TestTheOtherGroupOfABot(t *testing.T) {
	result, err := guard(t, "use bots.yaml guard @TGS#B\ngroup ann owner\n+1m\n@ elsewhere strikes\n< ann: schedule elsewhere by nobody at 09:01 in @TGS#B:\n")
	if err != nil {
		t.Fatal(err)
	}
	if !result.Same() {
		t.Error(result.Difference())
	}
}

func TestMistakesAboutAConfiguredBot(t *testing.T) {
	const head = "use bots.yaml guard\ngroup ann owner\n"
	for name, c := range map[string]struct{ transcript, want string }{
		"a trigger that it does not have":     {head + "> told2 {}\n", "line 3: bot guard has no trigger told2; it has told, early, hourly, elsewhere"},
		"a webhook without a payload":         {head + "> told\n", "line 3: told is a webhook; write its payload after it, such as {}"},
		"a schedule with a payload":           {head + "> hourly {}\n", "line 3: hourly is a schedule, which has no payload and no sender"},
		"a schedule with a sender":            {head + "> ann: hourly\n", "line 3: hourly is a schedule"},
		"a sender that the trigger would say": {head + "> ann: told {}\n", "line 3: whose webhook it is says the trigger"},
		"typing where nothing brings it":      {head + "> ann says hi\n", "line 3: no trigger of bot guard brings what members write"},
		"a group that is not the bot's":       {"use bots.yaml guard @TGS#C\ngroup ann owner\n> hourly\n", "group @TGS#C is not one of bot guard's groups, which are @TGS#A, @TGS#B"},
		"options beside it":                   {"options {}\n" + head + "> hourly\n", "line 1: options stands beside use, and is what bots.yaml says"},
		"use without a bot":                   {"use bots.yaml\ngroup ann owner\n> hourly\n", "line 1: use says, once"},
		"a credential that there is not":      {head + "> told@lock {\"user\": \"ann\"}\n", "line 3: there is no credential lock"},
		"use twice":                           {head + "use bots.yaml other\n> hourly\n", "line 3: use says, once"},
		"a plugin line of nothing":            {"plugin\n", "line 1: plugin what?"},
		"time without anybody in the group":   {"use bots.yaml guard\n+1h\n", "line 2: who is in the group?"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := guard(t, c.transcript); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("it says %v\nwant %s", err, c.want)
			}
		})
	}
}

func TestPlayDoesNotReadAConfiguration(t *testing.T) {
	v, _ := judge(t, witness, "use bots.yaml guard\ngroup ann owner\n> hourly\n")
	if !v.failed || !strings.Contains(v.text, "it uses bot guard of bots.yaml") {
		t.Error(v.text)
	}
}
