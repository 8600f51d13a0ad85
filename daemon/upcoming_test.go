package daemon

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/config"
	"github.com/botd-chat/botd/schedules"
)

func datesOf(t *testing.T, text string) *schedules.Calendar {
	t.Helper()
	c, err := schedules.ReadDates(text)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestWhenSchedulesStrikeNext(t *testing.T) {
	now := time.Date(2026, time.December, 1, 9, 0, 0, 0, time.UTC) // a Tuesday
	holidays := datesOf(t, "2026-12-02\n2026-12-04")
	clock := func(name chat.TriggerName, s chat.Timing) config.Trigger {
		return config.Trigger{Name: name, Schedule: &config.Schedule{Timing: s}}
	}
	c := &config.Config{
		Calendars: schedules.Calendars{"holidays": holidays},
		Bots: []config.Bot{
			{Name: "a", Triggers: []config.Trigger{
				{Name: "hook", Webhook: &config.Webhook{Hook: "a"}},
				clock("mornings", chat.Timing{Line: "0 9 * * 1-5", Zone: "Asia/Seoul", Skip: []string{"holidays"}}),
				clock("nights", chat.Timing{Line: "30 2 * * *", Zone: "America/New_York"}),
				clock("minutes", chat.Timing{Line: "* * * * *", Zone: "Europe/Paris"}),
				clock("once", chat.Timing{At: []string{"2027-10-31 02:30"}, Zone: "Europe/Paris"}),
				clock("over", chat.Timing{At: []string{"2026-10-31 02:30"}}),
			}},
			{Name: "b", Quiet: &chat.Quiet{From: "22:00", Until: "07:00"}, Triggers: []config.Trigger{clock("daily", chat.Timing{Line: "0 6,12 * * *"})}},
			{Name: "c", Quiet: &chat.Quiet{From: "22:00", Until: "07:00", Then: chat.QuietSkip}, Triggers: []config.Trigger{clock("daily", chat.Timing{Line: "0 6,12 * * *"})}},
		},
	}
	var told strings.Builder
	if err := upcoming(&told, c, now); err != nil {
		t.Fatal(err)
	}
	const want = `a/mornings: 0 9 * * 1-5 (Asia/Seoul): Thu 2026-12-03 09:00, Mon 2026-12-07 09:00, Tue 2026-12-08 09:00
a/nights: 30 2 * * * (America/New_York): Wed 2026-12-02 02:30, Thu 2026-12-03 02:30, Fri 2026-12-04 02:30
  Sun 2027-03-14 03:00: 02:30 is skipped that day; this is the first moment after it
a/minutes: * * * * * (Europe/Paris): Tue 2026-12-01 10:01, Tue 2026-12-01 10:02, Tue 2026-12-01 10:03
a/once: 2027-10-31 02:30 (Europe/Paris): Sun 2027-10-31 02:30, and no more
  Sun 2027-10-31 02:30: 02:30 comes twice that day; this is the first
a/over: 2026-10-31 02:30 (UTC): strikes no more
b/daily: 0 6,12 * * * (UTC): Tue 2026-12-01 12:00, Wed 2026-12-02 06:00 (waits until 07:00: quiet hours), Wed 2026-12-02 12:00
c/daily: 0 6,12 * * * (UTC): Tue 2026-12-01 12:00, Wed 2026-12-02 06:00 (left out: quiet hours), Wed 2026-12-02 12:00
`
	if d := cmp.Diff(want, told.String()); d != "" {
		t.Error(d)
	}
}

func TestWhatIsOtherOfSchedulesAndCalendars(t *testing.T) {
	holidays, others := datesOf(t, "2026-12-02"), datesOf(t, "2026-12-03")
	bot := func(audience chat.Audience, lines map[chat.TriggerName]string) config.Bot {
		b := config.Bot{Name: "team", Audience: audience}
		for _, name := range []chat.TriggerName{"evening", "morning", "noon"} {
			if line, ok := lines[name]; ok {
				b.Triggers = append(b.Triggers, config.Trigger{Name: name, Schedule: &config.Schedule{Timing: chat.Timing{Line: line}}})
			}
		}
		return b
	}
	was := &config.Config{Calendars: schedules.Calendars{"a": holidays, "b": holidays}, Bots: []config.Bot{bot(chat.Admins, map[chat.TriggerName]string{"morning": "0 9 * * *", "noon": "0 12 * * *"})}}
	is := &config.Config{Calendars: schedules.Calendars{"a": others, "c": others}, Bots: []config.Bot{bot(chat.Admins, map[chat.TriggerName]string{"morning": "0 8 * * *", "evening": "0 18 * * *"})}}
	want := []string{
		`bot "team" changed`, `schedule "team/evening" added`, `schedule "team/morning" changed`, `schedule "team/noon" removed`,
		`calendar "a" changed`, `calendar "c" added`, `calendar "b" removed`,
	}
	if d := cmp.Diff(want, changes(was, is)); d != "" {
		t.Error(d)
	}
	if got := changes(was, &config.Config{Calendars: was.Calendars, Bots: []config.Bot{bot(chat.Everyone, map[chat.TriggerName]string{"morning": "0 9 * * *", "noon": "0 12 * * *"})}}); len(got) != 1 {
		t.Errorf("another audience: %v", got)
	}
}
