package daemon

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/console"
)

// edit changes the configuration and has it taken up.
func (m *machine) edit(from, to string) {
	m.t.Helper()
	path := filepath.Join(m.folder, "bots.yaml")
	text, err := os.ReadFile(path)
	m.must(err)
	if !strings.Contains(string(text), from) {
		m.t.Fatalf("the configuration has no %q", from)
	}
	m.must(os.WriteFile(path, []byte(strings.Replace(string(text), from, to, 1)), 0o600))
	_, err = m.reload(m.t.Context(), chat.By{Who: "ann"})
	m.must(err)
}

// struck are the times at which the schedule was meant to strike, by its events.
func (m *machine) struck() (times []string) {
	m.t.Helper()
	list, _, err := backend{m.system}.Events(m.t.Context(), console.EventQuery{Limit: 100})
	m.must(err)
	for _, e := range list {
		if e.Kind == chat.Schedule {
			times = append(times, e.Time.UTC().Format(time.DateTime))
		}
	}
	return times
}

func TestAScheduleIsChangedByAReload(t *testing.T) {
	m := newMachine(t, time.Date(2026, 1, 10, 12, 59, 0, 0, time.UTC))
	m.edit(`"30 2 * * *"`, `"0 14 * * *"`) // in Berlin
	m.until("the new time", 2*time.Minute, time.Second, func() bool { return len(m.struck()) == 1 })
	m.edit(`"0 14 * * *", timezone: Europe/Berlin`, `"0 14 * * *"`)
	m.until("the time in the new zone", 62*time.Minute, 10*time.Second, func() bool { return len(m.struck()) == 2 })
	m.edit("nightly: {", "daily: {")
	m.until("a day", 44*time.Hour, 10*time.Minute, func() bool { return len(m.struck()) == 3 })
	if got := strings.Join(m.struck(), ", "); got != "2026-01-11 14:00:00, 2026-01-10 14:00:00, 2026-01-10 13:00:00" {
		t.Errorf("it struck at %s", got)
	}
}

func TestAnApplicationKeepsItsClientUnlessItIsReachedInAnotherWay(t *testing.T) {
	m := newMachine(t, time.Date(2026, 1, 10, 12, 0, 0, 0, time.UTC))
	first := m.app("main")
	m.edit("administrator: administrator,", "administrator: administrator, group_messages_per_second: 7,")
	if now := m.app("main"); now.client != first.client || now.directory != first.directory || now.delivery.GroupPerSecond != 7 {
		t.Errorf("another limit makes another client, or is not heeded: %+v", now.delivery)
	}
	m.edit("administrator: administrator,", "administrator: root,")
	if now := m.app("main"); now.client == first.client || now.directory == first.directory {
		t.Error("another administrator calls by the old client")
	}
}
