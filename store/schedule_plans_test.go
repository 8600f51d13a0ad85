package store

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/botd-chat/botd/chat"
)

// What runs for every time of a schedule must find its rows by an index.
func TestPlansOfSchedules(t *testing.T) {
	s, _ := newStore(t)
	listed := func(f ScheduleQuery) string {
		text, _ := f.query(newHand().now())
		return text
	}
	firings := func(f FiringQuery) string {
		text, _ := f.query()
		return text
	}
	const its = "SEARCH schedule USING INTEGER PRIMARY KEY (rowid=?)"
	for _, tt := range []struct {
		name, text string
		uses       []string
	}{
		{"a schedule", heldSchedule, []string{its}},
		{"decide", decide, []string{its}},
		{"whether a time made events", firingStruck, []string{"SEARCH firing USING INDEX firing_struck (schedule_id=? AND meant=?)", its}},
		{"whether a time was left out", firingLeft, []string{"SEARCH firing USING INDEX firing_left (schedule_id=? AND meant=?)", its}},
		{"forget that it was", dropLeft, []string{"SEARCH firing USING INDEX firing_left (schedule_id=? AND meant=?)"}},
		{"the last time", lastFiring, []string{"SEARCH firing USING INDEX firing_schedule (schedule_id=?)", its}},
		{"what is not over", busyGroups, []string{"SEARCH firing USING INDEX firing_busy (schedule_id=?)", "SEARCH event USING INDEX event_receipt (receipt=?)", "SEARCH message USING INDEX message_event (event_id=?)"}},
		{"its events", eventIDs, []string{"SEARCH event USING COVERING INDEX event_receipt (receipt=?)"}},
		{"the firing of a receipt", firingOf, []string{"SEARCH firing USING INDEX firing_receipt (receipt=?)", its}},
		{"those that are open", openFirings, []string{"SEARCH firing USING INDEX firing_open (id>?)", "SEARCH event USING INDEX event_receipt (receipt=?)"}},
		{"settle", settleFiring, []string{"SEARCH firing USING INTEGER PRIMARY KEY (rowid=?)"}},
		{"who got it", sentTo, []string{"SEARCH delivery USING INDEX delivery_part (message_id=?)"}},
		{"those that are late", lateFirings, []string{"SEARCH firing USING INDEX firing_late (deadline<?)", its}},
		{"say so", markLate, []string{"SEARCH firing USING INTEGER PRIMARY KEY (rowid=?)"}},
		{"a name", scheduleNamed, []string{"SEARCH schedule USING INDEX schedule_bot (bot=?)"}},
		{"whether a name is taken", nameTaken, []string{"SEARCH schedule USING COVERING INDEX schedule_name (bot=? AND name=?)"}},
		{"what people did", actsOnSchedule, []string{"act_schedule (event_id=? AND target=?)"}},
		{"look for what is over", firingWindow, []string{"SEARCH firing USING INTEGER PRIMARY KEY (rowid>?)", "SEARCH event USING COVERING INDEX event_receipt (receipt=?)"}},
		{"delete what is over", retireFiring, []string{"SEARCH firing USING INTEGER PRIMARY KEY (rowid=?)"}},
		{"whether a schedule has times", goneWindow, []string{"SEARCH firing USING COVERING INDEX firing_schedule (schedule_id=?)"}},
		{"the acts of what is gone", dropActsOnSchedule, []string{"act_schedule (event_id=? AND target=?)"}},
		{"list", listed(ScheduleQuery{}), []string{"SEARCH schedule USING INTEGER PRIMARY KEY (rowid>?)"}},
		{"list a bot's", listed(ScheduleQuery{Bot: "b", After: 7, Late: true}), []string{"SEARCH schedule USING INDEX schedule_bot (bot=? AND id>?)", "SEARCH firing EXISTS USING INDEX firing_busy (schedule_id=?)"}},
		{"list firings", firings(FiringQuery{Outcome: chat.FiringMissed, Before: 7}), []string{"SEARCH firing USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)", its}},
		{"list a schedule's", firings(FiringQuery{Schedule: 1, From: newHand().now(), Before: 7}), []string{"SEARCH firing USING INDEX firing_schedule (schedule_id=? AND meant>?", its}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			plan := explain(t, s, tt.text)
			for _, want := range tt.uses {
				if !strings.Contains(plan, want) {
					t.Errorf("the plan has no %q:\n%s", want, plan)
				}
			}
			for line := range strings.Lines(plan) {
				sorts := strings.Contains(line, "B-TREE") && !slices.Contains([]string{"a name", "what is not over"}, tt.name)
				if reads, ok := readsAll(line); ok && !slices.Contains(tt.uses, reads) || sorts {
					t.Errorf("the plan has %q:\n%s", line, plan)
				}
			}
		})
	}
}

func BenchmarkSyncSchedules(b *testing.B) {
	s, _ := newStore(b)
	list := manySchedules(100_000)
	for b.Loop() {
		synced(b, s, list...)
	}
}

func BenchmarkSchedules(b *testing.B) {
	s, _ := newStore(b)
	synced(b, s, manySchedules(100_000)...)
	for b.Loop() {
		_, err := s.Schedules(b.Context())
		must(b, err)
	}
}

// Batches as the scheduler makes them, of schedules with a group each.
func BenchmarkStrike(b *testing.B) {
	const at, most = 500, 20_000
	s, clock := newStore(b)
	all := synced(b, s, manySchedules(most)...)
	n := 0
	for b.Loop() {
		if n%most == 0 {
			clock.move(time.Minute)
		}
		var batch []chat.Strike
		for range at {
			r := &all[n%most]
			batch = append(batch, striken(*r, clock.now(), chat.GroupID(fmt.Sprint("@TGS#", n%most))))
			r.Decided = clock.now()
			n++
		}
		strike(b, s, batch...)
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "events_per_second")
}

func manySchedules(n int) (list []chat.ScheduleSpec) {
	for i := range n {
		d := daily(chat.TriggerName(fmt.Sprint("n", i)))
		d.Zone, d.LateAfter = "Asia/Seoul", chat.Duration(time.Minute)
		list = append(list, d)
	}
	return list
}
