package daemon

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/console"
	"github.com/botd-chat/botd/store"
)

// firings are what became of the times of all schedules, the first meant first.
func (m *machine) firings() (list []string) {
	m.t.Helper()
	all, _, err := m.store.Firings(m.t.Context(), store.FiringQuery{})
	m.must(err)
	for _, f := range all {
		text := string(f.Name) + " " + f.Meant.Format(time.DateTime) + " "
		if f.Receipt == "" {
			text += string(f.Outcome)
		} else {
			text += "struck"
		}
		list = append([]string{text}, list...)
	}
	return list
}

func TestWhatWasMissedWhileBotdWasDownIsMadeUpByItsRule(t *testing.T) {
	for _, c := range []struct {
		rule       chat.MissedRule
		madeUp     int
		afterwards string
	}{
		{chat.MissedOnce, 1, "nightly 2026-01-10 02:00:00 missed, nightly 2026-01-10 03:30:00 struck"},
		{chat.MissedAll, 4, "nightly 2026-01-10 02:00:00 struck, nightly 2026-01-10 02:30:00 struck, " +
			"nightly 2026-01-10 03:00:00 struck, nightly 2026-01-10 03:30:00 struck"},
	} {
		t.Run(string(c.rule), func(t *testing.T) {
			t.Parallel()
			m := newMachine(t, time.Date(2026, 1, 10, 1, 0, 0, 0, time.UTC))
			m.edit(`"30 2 * * *"`, `"0,30 2-6 * * *", late_after: 5m, missed: `+string(c.rule)) // in Berlin, an hour ahead
			m.until("the first time", time.Hour, time.Second, func() bool { return len(m.firings()) == 1 })
			m.halt()
			m.clock.Advance(2 * time.Hour)
			m.start()
			copies := 1 + c.madeUp
			m.out(copies)
			for meant := m.clock.Now().Truncate(30 * time.Minute).Add(30 * time.Minute); meant.Hour() < 6; meant = meant.Add(30 * time.Minute) {
				copies++
				m.until("almost the next time", time.Hour, time.Minute, func() bool { return !m.clock.Now().Before(meant.Add(-time.Minute)) })
				m.until("the next time", 2*time.Minute, time.Second, func() bool { return m.strikes() == copies })
				m.out(copies)
			}
			m.until("the end of the night", time.Hour, time.Minute, func() bool { return m.clock.Now().Hour() == 6 })
			got := strings.Join(m.firings(), ", ")
			if want := "nightly 2026-01-10 01:30:00 struck, " + c.afterwards; !strings.HasPrefix(got, want) || m.strikes() != 5+c.madeUp {
				t.Errorf("%s\nwant %s, and four more", got, want)
			}
			if n := m.copies("hello"); n != m.strikes() || m.calls() != n {
				t.Errorf("%d copies in %d calls of what struck %d times", n, m.calls(), m.strikes())
			}
		})
	}
}

// strikes is how many times of schedules have made events.
func (m *machine) strikes() int {
	m.t.Helper()
	return strings.Count(strings.Join(m.firings(), ", "), "struck")
}

// out has all go out that was struck. In longer steps, minutes of this clock pass while
// members are read, so that each lease on a lane is over before a message is sent.
func (m *machine) out(copies int) {
	m.t.Helper()
	m.until("what was struck", time.Hour, 100*time.Millisecond, func() bool { return m.copies("hello") == copies })
}

func TestCalendarsAndQuietHoursOfTheConfiguration(t *testing.T) {
	m := newMachine(t, time.Date(2026, 1, 10, 1, 0, 0, 0, time.UTC))
	m.must(os.WriteFile(filepath.Join(m.folder, "days.txt"), []byte("2026-01-11\n"), 0o600))
	m.edit("bots:\n", "calendars: {days: {file: days.txt}}\nbots:\n")
	m.edit(`"30 2 * * *"`, `"30 2,5 * * *", calendar: {skip: days}`)
	m.edit("    account: tellbot\n", "    account: tellbot\n    quiet: {from: \"01:00\", until: \"03:00\", timezone: Europe/Berlin}\n")
	m.until("three days", 72*time.Hour, 5*time.Minute, func() bool { return m.clock.Now().After(time.Date(2026, 1, 12, 5, 0, 0, 0, time.UTC)) })
	got := strings.Join(m.firings(), ", ")
	if want := "nightly 2026-01-10 01:30:00 struck, nightly 2026-01-10 04:30:00 struck, nightly 2026-01-12 01:30:00 struck, nightly 2026-01-12 04:30:00 struck"; got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	list, _, err := m.store.Firings(t.Context(), store.FiringQuery{})
	m.must(err)
	if late := list[1].Struck.Sub(list[1].Meant); late < 30*time.Minute || late > 40*time.Minute {
		t.Errorf("the quiet one is struck %v late", late)
	}
}

func TestAScheduleMadeByHandGoesTheWayOfItsTrigger(t *testing.T) {
	m := newMachine(t, time.Date(2026, 1, 10, 12, 0, 0, 0, time.UTC))
	_, err := m.store.CreateSchedule(t.Context(), chat.ScheduleSpec{Bot: "teller", Name: "lunch", Timing: chat.Timing{Line: "30 12 * * *"},
		Lateness: chat.Lateness{Expires: chat.Duration(time.Hour)}, Trigger: "posted", Payload: []byte(`{"text":"lunch"}`)}, chat.By{Who: "ann"})
	m.must(err)
	m.until("lunch", 32*time.Minute, time.Second, func() bool { return m.copies("lunch") == 1 })
	events, _, err := m.store.Events(t.Context(), store.Filter{})
	m.must(err)
	if e := events[0]; len(events) != 1 || e.Kind != chat.Webhook || !e.Expires.Equal(e.Time.Add(time.Hour)) {
		t.Errorf("events: %+v", events)
	}
	m.edit("      posted: {", "      sent: {")
	m.until("the next day", 25*time.Hour, time.Minute, func() bool { return len(m.firings()) == 3 })
	if got := m.firings()[2]; got != "lunch 2026-01-11 12:30:00 refused" {
		t.Errorf("without its trigger: %s", got)
	}
}

func TestAScheduleWhoseCalendarIsGoneIsLateAndSaysWhy(t *testing.T) {
	m := newMachine(t, time.Date(2026, 1, 10, 12, 0, 0, 0, time.UTC))
	m.must(os.WriteFile(filepath.Join(m.folder, "days.txt"), []byte("2026-01-10\n"), 0o600))
	m.edit("bots:\n", "calendars: {days: {file: days.txt}}\nbots:\n")
	made, err := m.store.CreateSchedule(t.Context(), chat.ScheduleSpec{Bot: "teller", Name: "lunch", Timing: chat.Timing{Line: "30 12 * * *", Skip: []string{"days"}},
		Lateness: chat.Lateness{LateAfter: chat.Duration(5 * time.Minute)}, Trigger: "posted", Payload: []byte(`{"text":"lunch"}`)}, chat.By{Who: "ann"})
	m.must(err)
	m.until("a holiday", 2*time.Hour, time.Minute, func() bool { return m.clock.Now().Hour() == 14 })
	m.edit("calendars: {days: {file: days.txt}}\n", "")
	shown := func() string {
		t.Helper()
		page, err := operator{m.system}.Schedules(t.Context(), console.ScheduleQuery{Bot: "teller", Name: "lunch", Limit: 9})
		m.must(err)
		h, err := operator{m.system}.Schedule(t.Context(), made.ID, false)
		m.must(err)
		var list, one strings.Builder
		m.must(printSchedules(&list, page))
		m.must(printSchedule(&one, h))
		state := stateOf(h.ToldSchedule)
		if !strings.Contains(list.String(), state) || !strings.Contains(one.String(), state) {
			t.Errorf("it does not say %q:\n%s%s", state, &list, &one)
		}
		return state
	}
	const fault = `does not strike: calendar: there is no calendar "days"`
	if got := shown(); !strings.HasPrefix(got, fault) {
		t.Errorf("after a day that the calendar left out: %s", got)
	}
	m.until("an hour at which it would strike", 24*time.Hour, time.Minute, func() bool { return m.clock.Now().Day() == 11 && m.clock.Now().Hour() == 13 })
	m.until("its alarm", time.Minute, time.Second, func() bool { return strings.HasPrefix(shown(), "LATE, "+fault) })
}

func TestAReloadWhoseSchedulesCannotBeStoredChangesNothing(t *testing.T) {
	m := newMachine(t, time.Date(2026, 1, 10, 12, 0, 0, 0, time.UTC))
	before := m.now()
	path := filepath.Join(m.folder, "bots.yaml")
	text, err := os.ReadFile(path)
	m.must(err)
	m.must(os.WriteFile(path, []byte(strings.Replace(string(text), `"30 2 * * *"`, `"0 9 * * *"`, 1)), 0o600))
	m.must(m.store.Close())
	if _, err := m.reload(t.Context(), chat.By{Who: "ann"}); err == nil {
		t.Error("it was reloaded")
	}
	if m.now() != before {
		t.Error("another configuration is in effect")
	}
}
