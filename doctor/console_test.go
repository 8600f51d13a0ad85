package doctor_test

import (
	"slices"
	"testing"
	"time"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/config"
	"github.com/botd-chat/botd/doctor"
)

var began = time.Date(2026, 12, 1, 8, 0, 0, 0, time.UTC)

// waiting is a configuration with a trigger for each of these.
func waiting(account chat.UserID, list ...config.Callback) (*config.Config, config.App) {
	b := config.Bot{Name: "quiz", App: "main", Account: account}
	for i := range list {
		b.Triggers = append(b.Triggers, config.Trigger{Name: chat.TriggerName(rune('a' + i)), Callback: &list[i]})
	}
	b.Triggers = append(b.Triggers, config.Trigger{Name: "hook", Webhook: &config.Webhook{Hook: "h"}})
	app := config.App{Name: "main"}
	return &config.Config{Apps: []config.App{app}, Bots: []config.Bot{b, {Name: "far", App: "other"}}}, app
}

func TestWhatEachTriggerWaitsFor(t *testing.T) {
	for _, x := range []struct {
		account chat.UserID
		trigger config.Callback
		want    []string
	}{
		{"quizbot", config.Callback{Via: chat.ViaGroup, Hold: true}, []string{"Group.CallbackBeforeSendMsg", "Group.CallbackAfterSendMsg"}},
		{"quizbot", config.Callback{Via: chat.ViaGroup, Mask: &config.Mask{}}, []string{"Group.CallbackBeforeSendMsg", "Group.CallbackAfterSendMsg"}},
		{"quizbot", config.Callback{Via: chat.ViaGroup}, []string{"Group.CallbackAfterSendMsg"}},
		{"quizbot", config.Callback{Via: chat.ViaDirect}, []string{"C2C.CallbackAfterSendMsg"}},
		{"@RBT#quiz", config.Callback{Via: chat.ViaDirect}, []string{"Bot.OnC2CMessage"}},
		{"@RBT#quiz", config.Callback{Via: chat.ViaMention}, []string{"Bot.OnGroupMessage"}},
		{"quizbot", config.Callback{What: chat.MemberJoined}, []string{"Group.CallbackAfterNewMemberJoin"}},
		{"quizbot", config.Callback{What: chat.MemberLeft}, []string{"Group.CallbackAfterMemberExit"}},
		{"quizbot", config.Callback{What: chat.RoleChanged}, []string{"Group.CallbackAfterMemberFieldChanged", "Group.CallbackAfterChangeGroupOwner"}},
		{"quizbot", config.Callback{What: chat.GroupDestroyed}, []string{"Group.CallbackAfterGroupDestroyed"}},
	} {
		if got := doctor.Needed(x.account, x.trigger); !slices.Equal(got, x.want) {
			t.Errorf("%+v of %s waits for %v, want %v", x.trigger, x.account, got, x.want)
		}
	}
	for _, what := range chat.Happenings {
		if len(doctor.Needed("quizbot", config.Callback{What: what})) == 0 {
			t.Errorf("nothing is said to bring %s", what)
		}
	}
}

func TestTheConsoleIsJudgedByWhatItTold(t *testing.T) {
	hold := config.Callback{Via: chat.ViaGroup, Hold: true}
	joined := config.Callback{What: chat.MemberJoined}
	const before, after = "Group.CallbackBeforeSendMsg", "Group.CallbackAfterSendMsg"
	for _, x := range []struct {
		name                           string
		triggers                       []config.Callback
		told                           doctor.Told
		check, problem, detail, remedy string
		findings, problems             int
	}{
		{name: "no trigger waits"},
		{"nothing was told yet", []config.Callback{joined}, doctor.Told{}, "console", "", "these never came: Group.CallbackAfterNewMemberJoin (for bots.quiz.on.a)", "switched off", 1, 0},
		{"all came", []config.Callback{joined}, doctor.Told{Commands: map[string]time.Time{"Group.CallbackAfterNewMemberJoin": began}}, "console", "", "every callback that a trigger waits for has come", "", 1, 0},
		{"told after and never before", []config.Callback{hold}, doctor.Told{Commands: map[string]time.Time{after: began}}, "console",
			"tells of messages after they were shown and never before, so nothing is held (bots.quiz.on.a)", "", "switch " + before + " on", 2, 1},
		{"told before and never after", []config.Callback{hold}, doctor.Told{Commands: map[string]time.Time{before: began}}, "console", "", "these never came: " + after, "look again", 2, 0},
		{"holding, and nothing was shown", []config.Callback{hold}, doctor.Told{Commands: map[string]time.Time{before: began, after: began}}, "time-out", "", "is not known; no call tells", `"do not deliver"`, 2, 0},
		{"holding, and something was shown", []config.Callback{hold}, doctor.Told{Commands: map[string]time.Time{before: began, after: began}, Leaks: 3, LastLeak: began}, "time-out",
			"members saw what was to be held, 3 in the last day, the last on 2026-12-01 at 08:00 UTC", "", "botd leaks list", 2, 1},
		{"holding, and something was shown long ago", []config.Callback{hold}, doctor.Told{Commands: map[string]time.Time{before: began, after: began}, LastLeak: began}, "time-out",
			"", "was found on 2026-12-01 at 08:00 UTC", `"do not deliver"`, 2, 0},
	} {
		t.Run(x.name, func(t *testing.T) {
			c, app := waiting("quizbot", x.triggers...)
			x.told.Since = began
			list := sound(t, doctor.Console(c, app, x.told))
			if len(list) != x.findings || problems(list) != x.problems {
				t.Fatalf("%+v", list)
			}
			if x.check != "" {
				has(t, list, x.check, x.problem, x.detail, x.remedy)
			}
		})
	}
}
