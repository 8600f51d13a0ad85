package store

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/botd-chat/botd/chat"
)

// daily is a schedule of the configuration.
func daily(name chat.TriggerName) chat.ScheduleSpec {
	return chat.ScheduleSpec{Bot: "quiz", Name: name, Trigger: name, Timing: chat.Timing{Line: "0 9 * * *"}}
}

func synced(t testing.TB, s *Store, list ...chat.ScheduleSpec) []chat.ScheduleRecord {
	t.Helper()
	all, err := s.SyncSchedules(t.Context(), list)
	must(t, err)
	return all
}

// striken is a decision that a time of a schedule makes an event in each of the groups.
func striken(r chat.ScheduleRecord, meant time.Time, groups ...chat.GroupID) chat.Strike {
	a := arrival(fmt.Sprintf("schedule/%s/%s/%s", r.Bot, r.Name, meant.UTC().Format(time.RFC3339)), groups...)
	a.Kind, a.Trigger, a.Time, a.Sender = chat.Schedule, r.Trigger, meant, ""
	return chat.Strike{Schedule: r.ID, After: r.Decided, Until: meant, Firings: []chat.Planned{{Meant: meant, Outcome: chat.FiringUnderway, Arrival: &a}}}
}

// leftOut is a decision that a time does nothing.
func leftOut(r chat.ScheduleRecord, meant time.Time, o chat.FiringOutcome, why string) chat.Strike {
	return chat.Strike{Schedule: r.ID, After: r.Decided, Until: meant, Firings: []chat.Planned{{Meant: meant, Outcome: o, Reason: why}}}
}

func strike(t testing.TB, s *Store, list ...chat.Strike) []chat.Struck {
	t.Helper()
	all, err := s.Strike(t.Context(), list)
	must(t, err)
	return all
}

func schedule(t testing.TB, s *Store, id chat.ScheduleID) chat.ScheduleRecord {
	t.Helper()
	all, err := s.Schedules(t.Context())
	must(t, err)
	i := slices.IndexFunc(all, func(r chat.ScheduleRecord) bool { return r.ID == id })
	if i < 0 {
		t.Fatalf("no schedule %s", id)
	}
	return all[i]
}

// fired tells the firings of a schedule: "09:00 done", the latest time first.
func fired(t testing.TB, s *Store, id chat.ScheduleID) string {
	t.Helper()
	list, _, err := s.Firings(t.Context(), FiringQuery{Schedule: id})
	must(t, err)
	var told []string
	for _, f := range list {
		text := f.Meant.Format("15:04")
		if f.Count > 1 {
			text += f.Last.Format("-15:04") + fmt.Sprintf("x%d", f.Count)
		}
		told = append(told, text+" "+string(f.Outcome))
	}
	return strings.Join(told, ", ")
}

func countEvents(t testing.TB, s *Store) int {
	t.Helper()
	list, _, err := s.Events(t.Context(), Filter{Limit: 500})
	must(t, err)
	return len(list)
}

func TestTheConfigurationsSchedules(t *testing.T) {
	s, clock := newStore(t)
	began := clock.now()
	all := synced(t, s, daily("a"), daily("b"))
	if len(all) != 2 || all[0].ID != 1 || all[0].Origin != chat.FromFile || !all[0].Started.Equal(began) || !all[0].Decided.Equal(began) {
		t.Fatalf("new: %+v", all)
	}
	clock.move(time.Hour)
	other := daily("a")
	other.Group, other.Payload, other.MaxAge = "@TGS#2", json.RawMessage(`{"n":1}`), chat.Duration(time.Hour)
	all = synced(t, s, daily("b"), other)
	if !all[0].Started.Equal(began) || all[0].Group != "@TGS#2" || string(all[0].Payload) != `{"n":1}` || all[0].MaxAge != chat.Duration(time.Hour) {
		t.Errorf("its times are as they were: %+v", all[0])
	}
	other.Zone = "Asia/Seoul"
	all = synced(t, s, other)
	if len(all) != 1 || !all[0].Started.Equal(clock.now()) || !all[0].Decided.Equal(clock.now()) || all[0].ID != 1 {
		t.Errorf("its times are others, and b is gone: %+v", all)
	}
	clock.move(time.Hour)
	all = synced(t, s, other, daily("b"))
	if len(all) != 2 || all[1].ID != 2 || !all[1].Started.Equal(clock.now()) || !all[1].Created.Equal(began) {
		t.Errorf("b is back: %+v", all)
	}
	before := all
	commits := s.writer.commits.Load()
	if diff := cmp.Diff(before, synced(t, s, daily("b"), other)); diff != "" || s.writer.commits.Load() != commits {
		t.Errorf("nothing has changed, but (-before +after):\n%s", diff)
	}
	for name, list := range map[string][]chat.ScheduleSpec{
		"bot quiz has two schedules a": {daily("a"), daily("a")},
		"schedule quiz/a: the payload": {func() chat.ScheduleSpec { d := daily("a"); d.Payload = json.RawMessage(`{`); return d }()},
		"schedule /a: a schedule name": {{Name: "a", Trigger: "a"}},
	} {
		if _, err := s.SyncSchedules(t.Context(), list); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestATimeMakesItsEventsOnce(t *testing.T) {
	s, clock := newStore(t)
	r := synced(t, s, daily("a"))[0]
	nine := clock.now().Add(time.Hour)
	clock.move(time.Hour)
	st := striken(r, nine, "@TGS#1", "@TGS#2")
	st.Firings[0].Arrival.Expires = nine.Add(time.Hour)
	got := strike(t, s, st)[0]
	if got.Lost || got.Repeated[0] || len(got.Firings[0].Events) != 2 || got.Firings[0].Outcome != chat.FiringUnderway || got.Firings[0].Receipt == "" {
		t.Fatalf("struck: %+v", got)
	}
	if w := takeEvents(t, s, 9); len(w) != 2 || !w[0].Event.Time.Equal(nine) || !w[0].Event.Expires.Equal(nine.Add(time.Hour)) {
		t.Errorf("its events: %+v", w)
	}
	if again := strike(t, s, st)[0]; !again.Lost {
		t.Errorf("somebody else was faster: %+v", again)
	}
	r = schedule(t, s, r.ID)
	if !r.Decided.Equal(nine) {
		t.Errorf("decided up to %v", r.Decided)
	}
	// The clock went back, so it is decided once more, and left out, too.
	must(t, s.SetSchedulesBack(t.Context(), nine.Add(-time.Minute)))
	r = schedule(t, s, r.ID)
	again := strike(t, s, striken(r, nine, "@TGS#1", "@TGS#2"))[0]
	if again.Lost || !again.Repeated[0] || !slices.Equal(again.Firings[0].Events, got.Firings[0].Events) {
		t.Errorf("a second time: %+v", again)
	}
	must(t, s.SetSchedulesBack(t.Context(), nine.Add(-time.Minute)))
	if out := strike(t, s, leftOut(schedule(t, s, r.ID), nine, chat.FiringMissed, "x"))[0]; !out.Repeated[0] || out.Firings[0].Outcome != chat.FiringUnderway {
		t.Errorf("left out: %+v", out)
	}
	if n := countEvents(t, s); n != 2 {
		t.Errorf("%d events", n)
	}
}
