package config

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/botd-chat/botd/chat"
)

// clocked is a configuration of one bot with these keys beside its own, and these
// triggers, and what it is warned of.
func clocked(t *testing.T, keys, triggers string) (b Bot, warnings []string) {
	t.Helper()
	c := told(t, signed, "calendars: {holidays: {file: holidays/kr.txt}, past: {file: holidays/past.txt}, work: {file: holidays/work.txt}}",
		fmt.Sprintf("  clock: {account: bot, groups: [lobby], plugin: notice, audience: {everyone: true}, %s on: {%s}}\n", keys, triggers))
	for _, w := range c.Warnings {
		if !strings.HasPrefix(w.Path, "calendars.") {
			warnings = append(warnings, w.Path+": "+w.What)
		}
	}
	return c.Bots[0], warnings
}

func TestWhatHoldsOfSchedulesWhenNothingIsSaid(t *testing.T) {
	inFolder(t)
	b, warnings := clocked(t, `quiet: {from: 22:00, until: 07:00},`, `a: {schedule: 0 9 * * *, review: {by: {roles: [owner]}}}`)
	if len(warnings) > 0 {
		t.Error(warnings)
	}
	want := Trigger{
		Name: "a", Review: &chat.Review{By: chat.Audience{Roles: []chat.Role{chat.Owner}}, Lapses: chat.Duration(4 * time.Hour)},
		Schedule: &Schedule{
			Timing:   chat.Timing{Line: "0 9 * * *", Zone: "UTC"},
			Lateness: chat.Lateness{Missed: chat.MissedOnce, MaxAge: chat.Duration(12 * time.Hour), Overlap: chat.OverlapQueue},
		},
	}
	if d := cmp.Diff(want, b.Triggers[0]); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(&chat.Quiet{From: "22:00", Until: "07:00", Zone: "UTC", Then: chat.QuietWait}, b.Quiet); d != "" {
		t.Error(d)
	}
	if k := b.Triggers[0].Kind(); k != chat.Schedule {
		t.Error(k)
	}
}

// YAML takes some of what is written for dates, which is as it is meant.
func TestDatesAreTakenAsTheyAreWritten(t *testing.T) {
	inFolder(t)
	b, _ := clocked(t, "", `a: {schedule: 0 9 * * *, between: {from: 2026-12-24, until: "2027-01-31"}, calendar: {only: [holidays, work], skip: past}},
		b: {at: 2026-12-24 09:00, timezone: Asia/Seoul}, c: {at: [2026-12-24 09:00:00, 2026-12-24T09:00:01Z, "2026-12-24T09:00+09:00"]}`)
	s := b.Triggers[0].Schedule
	if s.From != "2026-12-24" || s.Until != "2027-01-31" || fmt.Sprint(s.Only, s.Skip) != "[holidays work] [past]" {
		t.Errorf("%+v", s.Timing)
	}
	if at := b.Triggers[1].Schedule.At; fmt.Sprint(at) != "[2026-12-24 09:00]" {
		t.Errorf("%q", at)
	}
	if at := b.Triggers[2].Schedule.At; fmt.Sprintf("%q", at) != `["2026-12-24 09:00:00" "2026-12-24T09:00:01Z" "2026-12-24T09:00+09:00"]` {
		t.Errorf("%q", at)
	}
}

func TestWhatIsAllowedOfSchedulesAndProbablyNotMeant(t *testing.T) {
	inFolder(t)
	for name, c := range map[string]struct{ keys, trigger, want string }{
		"a time that has passed":                      {"", "a: {at: 2026-11-30 09:00}", "bots.clock.on.a.at: strikes no more: its last date was 2026-11-30"},
		"times that have passed":                      {"", "a: {at: [2026-11-30 09:00, 2026-10-30 09:00]}", "bots.clock.on.a.at: strikes no more: its last date was 2026-11-30"},
		"a time that has passed and one that comes":   {"", "a: {at: [2026-11-30 09:00, 2026-12-30 09:00]}", ""},
		"dates that have passed":                      {"", "a: {schedule: 0 9 * * *, between: {until: 2026-10-31}}", "bots.clock.on.a.schedule: strikes no more: its last date was 2026-10-31"},
		"a calendar that has passed":                  {"", "a: {schedule: 0 9 * * *, calendar: {only: past}}", "bots.clock.on.a.schedule: strikes no more: its last date was 2025-12-25"},
		"each minute of a month, made up":             {"", `a: {schedule: "* * * * *", missed: all, max_age: 720h}`, "bots.clock.on.a.missed: has more than 100 times made up at once after 720h in which botd was down"},
		"each minute of an hour, made up":             {"", `a: {schedule: "* * * * *", missed: all, max_age: 1h}`, ""},
		"each day of a month, made up":                {"", `a: {schedule: "0 9 * * *", missed: all, max_age: 720h}`, ""},
		"quiet hours elsewhere":                       {"quiet: {from: 01:30, until: 02:00},", "a: {schedule: 0 9 * * *, timezone: Asia/Seoul}", "bots.clock.quiet: is in UTC, and trigger a strikes in Asia/Seoul"},
		"quiet hours elsewhere, on purpose":           {"quiet: {from: 01:30, until: 02:00, timezone: UTC},", "a: {schedule: 0 9 * * *, timezone: Asia/Seoul}", ""},
		"all times in quiet hours":                    {"quiet: {from: 22:00, until: 07:00},", "a: {schedule: 0 23 * * *}", "bots.clock.on.a: strikes in the bot's quiet hours alone, so each of its times waits until 07:00"},
		"all times in quiet hours, and none left out": {"quiet: {from: 22:00, until: 07:00},", `a: {schedule: "*/5 0-6 * * *"}`, "bots.clock.on.a: strikes in the bot's quiet hours alone, so each of its times waits until 07:00"},
		"some times in quiet hours":                   {"quiet: {from: 22:00, until: 07:00, then: skip},", `a: {schedule: "* * * * *"}`, ""},
		"a time when quiet hours are over":            {"quiet: {from: 22:00, until: 07:00, then: skip},", `a: {schedule: 0 7 * * *}`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			_, warnings := clocked(t, c.keys, c.trigger)
			if got := strings.Join(warnings, "\n"); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestACalendarThatEndsIsWarnedOf(t *testing.T) {
	inFolder(t)
	for file, want := range map[string]string{
		"2026-12-25": "bots.yaml:2:30: calendars.holidays.file: the calendar has no date after 2026-12-25; add the dates that come, or schedules go by it as if there were none",
		"2026-11-25": "bots.yaml:2:30: calendars.holidays.file: the calendar has no date after 2026-11-25; add the dates that come, or schedules go by it as if there were none",
		"2027-01-02": "",
	} {
		if err := os.WriteFile("holidays/some.txt", []byte(file), 0o600); err != nil {
			t.Fatal(err)
		}
		c := told(t, signed, "calendars: {holidays: {file: holidays/some.txt}}", aBot("a", "{message: {command: answer}}", "{sender: true}"))
		if got := strings.Join(strings.Fields(fmt.Sprint(c.Warnings)), " "); got != want && got != "["+want+"]" {
			t.Errorf("%s: got  %s\nwant %s", file, got, want)
		}
	}
}

// Who asks a botd that runs something is not kept from it by a calendar that somebody is
// writing at.
func TestABrokenCalendarKeepsNobodyFromABotdThatRuns(t *testing.T) {
	good := string(testdata(t, "good.yaml"))
	inFolder(t)
	if err := os.WriteFile("bots.yaml", []byte(strings.Replace(good, "kr.txt", "broken.txt", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Load("bots.yaml", fakes()); err == nil {
		t.Error("a broken calendar is taken")
	}
	if _, err := Reach("bots.yaml", fakes()); err != nil {
		t.Error(err)
	}
}

func TestWhoHasNobodyInCommon(t *testing.T) {
	owner, admins, all := chat.Audience{Roles: []chat.Role{chat.Owner}}, chat.Admins, chat.Everyone
	for _, c := range []struct {
		bot, by chat.Audience
		want    bool
	}{
		{all, admins, false},
		{admins, owner, false},
		{chat.Audience{Roles: []chat.Role{chat.Normal}}, admins, true},
		{chat.Users("ann", "bo"), chat.Users("bo"), false},
		{chat.Users("ann"), chat.Users("bo"), true},
		{chat.Users("ann"), admins, false}, // she may be one
		{admins, chat.Users("ann"), false},
		{all.But("ann"), chat.Users("ann"), true},
		{all.But("ann"), chat.Users("ann", "bo"), false},
		{owner.Or(chat.Users("ann")), chat.Users("bo"), false},
		{chat.Audience{Roles: []chat.Role{chat.Owner}, Users: []chat.UserID{"ann"}}, chat.Audience{Roles: []chat.Role{chat.Admin}}, false},
	} {
		if got := apart(c.bot, c.by); got != c.want {
			t.Errorf("bot %+v, by %+v: %v", c.bot, c.by, got)
		}
	}
}
