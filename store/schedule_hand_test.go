package store

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/botd-chat/botd/chat"
)

// party is a schedule that somebody makes by hand.
func party() chat.ScheduleSpec {
	return chat.ScheduleSpec{Bot: "quiz", Name: "party", Trigger: "a", Group: "@TGS#1", Sender: "minji", Payload: json.RawMessage(`{"n":1}`),
		Timing: chat.Timing{At: []string{"2026-12-24 18:00"}, Zone: "Asia/Seoul"}, Lateness: chat.Lateness{LateAfter: chat.Duration(time.Minute)}}
}

func notNowBecause(t *testing.T, err error, with string) {
	t.Helper()
	if !errors.Is(err, ErrNotNow) || !strings.Contains(err.Error(), with) {
		t.Errorf("it is refused with %v, and not because %q", err, with)
	}
}

func whatWasDone(t *testing.T, s *Store, id chat.ScheduleID) string {
	t.Helper()
	_, acts, err := s.Schedule(t.Context(), id)
	must(t, err)
	var told []string
	for _, a := range acts {
		told = append(told, strings.TrimSpace(string(a.What)+" by "+a.Who+": "+a.Reason+" "+a.Made))
	}
	return strings.Join(told, ", ")
}

func isTold(t *testing.T, s *Store) {
	t.Helper()
	select {
	case <-s.SchedulesChanged():
	default:
		t.Error("nobody was told that schedules changed")
	}
}

func TestSchedulesMadeByHand(t *testing.T) {
	s, clock := newStore(t)
	ctx := t.Context()
	synced(t, s, daily("a"))
	r, err := s.CreateSchedule(ctx, party(), ann)
	must(t, err)
	isTold(t, s)
	if r.Origin != chat.FromHand || *r.Made != ann || r.Sender != "minji" || string(r.Payload) != `{"n":1}` || r.LateAfter != chat.Duration(time.Minute) || r.At[0] != "2026-12-24 18:00" {
		t.Errorf("made: %+v", r)
	}
	_, err = s.CreateSchedule(ctx, party(), ann)
	notNowBecause(t, err, "there is one of that name already (s2)")
	taken := party()
	taken.Name = "a"
	_, err = s.CreateSchedule(ctx, taken, ann)
	notNowBecause(t, err, "the configuration has a schedule of that name (s1)")
	taken.Bot = ""
	if _, err = s.CreateSchedule(ctx, taken, ann); err == nil {
		t.Error("it has no bot")
	}
	if all := synced(t, s, daily("a"), daily("party")); len(all) != 3 || all[1].Name != "party" || !all[1].Gone.IsZero() {
		t.Errorf("a reload leaves it: %+v", all)
	}
	if named, err := s.ScheduleByName(ctx, "quiz", "party"); err != nil || named.Origin != chat.FromFile {
		t.Errorf("the configuration's comes first: %+v, %v", named, err)
	}
	notNowBecause(t, s.DeleteSchedule(ctx, 1, ann), "take it out there and reload")
	clock.move(time.Hour)
	must(t, s.DeleteSchedule(ctx, r.ID, ann))
	notNowBecause(t, s.DeleteSchedule(ctx, r.ID, ann), "it is gone since 2026-03-04T10:00:00Z")
	if gone, _, err := s.Schedule(ctx, r.ID); err != nil || !gone.Gone.Equal(clock.now()) {
		t.Errorf("gone: %+v, %v", gone, err)
	}
	if got := strike(t, s, striken(r, clock.now(), "@TGS#1"))[0]; !got.Lost {
		t.Errorf("it strikes although it is gone: %+v", got)
	}
	if _, err := s.ScheduleByName(ctx, "quiz", "none"); !errors.Is(err, ErrNotFound) {
		t.Errorf("no such name: %v", err)
	}
	if _, _, err := s.Schedule(ctx, 99); !errors.Is(err, ErrNotFound) {
		t.Errorf("no such schedule: %v", err)
	}
	if got := whatWasDone(t, s, r.ID); got != "made by hand by ann: the teacher asked, deleted by ann: the teacher asked" {
		t.Errorf("what was done: %s", got)
	}
	again, err := s.CreateSchedule(ctx, party(), ann)
	if err == nil || again.ID != 0 {
		t.Errorf("the file has that name: %v", err)
	}
}

func TestAPausedSchedule(t *testing.T) {
	s, clock := newStore(t)
	ctx := t.Context()
	r := synced(t, s, daily("a"))[0]
	_, err := s.ResumeSchedule(ctx, r.ID, ann)
	notNowBecause(t, err, "it is not paused")
	_, err = s.PauseSchedule(ctx, r.ID, clock.now(), ann)
	notNowBecause(t, err, "the pause would end")
	paused, err := s.PauseSchedule(ctx, r.ID, time.Time{}, ann)
	must(t, err)
	isTold(t, s)
	since := clock.now()
	if paused.Paused == nil || !paused.Paused.Since.Equal(since) || paused.Paused.Who != "ann" || !paused.PausedAt(since) {
		t.Errorf("paused: %+v", paused.Paused)
	}
	// What was planned before the pause does not strike in it; what was due before does.
	if got := strike(t, s, striken(r, since.Add(time.Minute), "@TGS#1"))[0]; !got.Lost {
		t.Errorf("struck in the pause: %+v", got)
	}
	clock.move(10 * time.Minute)
	later, err := s.PauseSchedule(ctx, r.ID, clock.now().Add(time.Hour), chat.By{Who: "bob"})
	must(t, err)
	if !later.Paused.Since.Equal(since) || later.Paused.Who != "bob" || later.Paused.Reason != "" || !later.Paused.Until.Equal(clock.now().Add(time.Hour)) {
		t.Errorf("paused anew: %+v", later.Paused)
	}
	if all := synced(t, s, daily("a")); all[0].Paused == nil {
		t.Error("a reload ends the pause")
	}
	if got := strike(t, s, leftOut(r, since.Add(5*time.Minute), chat.FiringPaused, "paused by ann"))[0]; got.Lost {
		t.Errorf("left out in the pause: %+v", got)
	}
	// By hand it strikes all the same.
	run := striken(r, clock.now(), "@TGS#1")
	run.By, run.After, run.Until = &ann, time.Time{}, time.Time{}
	if got := strike(t, s, run)[0]; got.Lost || *got.Firings[0].By != ann {
		t.Errorf("by hand: %+v", got)
	}
	resumed, err := s.ResumeSchedule(ctx, r.ID, ann)
	must(t, err)
	if resumed.PausedAt(clock.now()) || resumed.Paused == nil || !resumed.Decided.Equal(since.Add(5*time.Minute)) {
		t.Errorf("what is left to decide of the pause can be seen: %+v", resumed)
	}
	strike(t, s, striken(resumed, clock.now().Add(time.Minute), "@TGS#1"))
	if r := schedule(t, s, r.ID); r.Paused != nil {
		t.Errorf("all of it is decided: %+v", r.Paused)
	}
	if got := whatWasDone(t, s, r.ID); got != "paused by ann: the teacher asked, paused by bob:, struck by hand by ann: the teacher asked e1, resumed by ann: the teacher asked" {
		t.Errorf("what was done: %s", got)
	}
	if got := fired(t, s, r.ID); got != "09:11 underway, 09:10 underway, 09:05 paused" {
		t.Errorf("fired: %s", got)
	}
}

// Nothing is struck in a pause, also not what was meant before it: put off by jitter or
// quiet hours, it would come in the pause.
func TestNothingIsStruckInAPause(t *testing.T) {
	s, clock := newStore(t)
	r := synced(t, s, daily("a"))[0]
	meant := clock.now().Add(time.Minute)
	clock.move(time.Hour)
	_, err := s.PauseSchedule(t.Context(), r.ID, time.Time{}, ann)
	must(t, err)
	if got := strike(t, s, striken(r, meant, "@TGS#1"))[0]; !got.Lost || countEvents(t, s) != 0 {
		t.Errorf("struck in the pause: %+v", got)
	}
}

// What waits from a pause that is over stays left out, also if another pause begins
// meanwhile; what came between the two is not left out.
func TestAPauseAfterAnother(t *testing.T) {
	s, clock := newStore(t)
	ctx := t.Context()
	id := synced(t, s, daily("a"))[0].ID
	nine := clock.now()
	pauses := func() string {
		t.Helper()
		var told []string
		for _, p := range schedule(t, s, id).Earlier {
			told = append(told, p.Since.Format("15:04")+"-"+p.Until.Format("15:04"))
		}
		return strings.Join(told, " ")
	}
	for range 3 { // 9:00 to 9:10, 9:20 to 9:30, and from 9:40 on
		_, err := s.PauseSchedule(ctx, id, clock.now().Add(10*time.Minute), ann)
		must(t, err)
		_, err = s.PauseSchedule(ctx, id, clock.now().Add(10*time.Minute), ann) // said again it is no other one
		must(t, err)
		clock.move(20 * time.Minute)
	}
	if got := pauses(); got != "09:00-09:10 09:20-09:30" {
		t.Errorf("pauses before the last: %s", got)
	}
	strike(t, s, leftOut(schedule(t, s, id), nine.Add(10*time.Minute), chat.FiringPaused, "x"))
	if got := pauses(); got != "09:00-09:10 09:20-09:30" {
		t.Errorf("they are kept while the last is: %s", got)
	}
	_, err := s.PauseSchedule(ctx, id, time.Time{}, ann)
	must(t, err)
	if got := pauses(); got != "09:20-09:30 09:40-09:50" {
		t.Errorf("all of the first is decided: %s", got)
	}
	must(t, s.SetSchedulesBack(ctx, nine.Add(25*time.Minute)))
	if got := pauses(); got != "09:20-09:30" {
		t.Errorf("that began after the clock that is set back: %s", got)
	}
	_, err = s.ResumeSchedule(ctx, id, ann)
	must(t, err)
	strike(t, s, leftOut(schedule(t, s, id), clock.now(), chat.FiringPaused, "x"))
	if r := schedule(t, s, id); r.Paused != nil || len(r.Earlier) != 0 {
		t.Errorf("all of them are decided: %+v, %+v", r.Paused, r.Earlier)
	}
}

// A pause goes on when the clock is set back to before it began, and is over when it was.
func TestAPauseAndAClockThatIsSetBack(t *testing.T) {
	s, clock := newStore(t)
	ctx := t.Context()
	all := synced(t, s, daily("a"), daily("b"), daily("c"))
	nine := clock.now()
	clock.move(time.Hour)
	for i, until := range []time.Time{{}, nine.Add(90 * time.Minute), {}} {
		_, err := s.PauseSchedule(ctx, all[i].ID, until, ann)
		must(t, err)
	}
	clock.move(time.Minute)
	_, err := s.ResumeSchedule(ctx, all[2].ID, ann)
	must(t, err)
	clock.move(time.Minute)
	must(t, s.Ping(ctx))
	accept(t, s, arrival("k", "@TGS#1"))
	clock.move(nine.Add(30 * time.Minute).Sub(clock.now()))
	accept(t, s, arrival("l", "@TGS#1")) // which looks at the clock
	for i, want := range []bool{true, true, false} {
		if r := schedule(t, s, all[i].ID); r.PausedAt(clock.now().Add(time.Second)) != want {
			t.Errorf("%s is paused: %v; %+v", r.Name, !want, r.Paused)
		}
	}
}

func TestListedSchedules(t *testing.T) {
	s, clock := newStore(t)
	ctx := t.Context()
	other := daily("b")
	other.Bot = "other"
	all := synced(t, s, daily("a"), other, daily("c"))
	_, err := s.CreateSchedule(ctx, party(), ann)
	must(t, err)
	_, err = s.PauseSchedule(ctx, 2, clock.now().Add(time.Hour), ann)
	must(t, err)
	st := striken(all[0], clock.now(), "@TGS#1")
	st.Firings[0].Deadline = clock.now().Add(time.Minute)
	strike(t, s, st)
	synced(t, s, daily("a"), other)
	for _, tt := range []struct {
		name  string
		after time.Duration
		ask   ScheduleQuery
		want  string
	}{
		{"all", 0, ScheduleQuery{}, "s1 s2 s4"},
		{"a page", 0, ScheduleQuery{Limit: 2}, "s1 s2 next s2"},
		{"the next", 0, ScheduleQuery{Limit: 2, After: 2}, "s4"},
		{"of a bot", 0, ScheduleQuery{Bot: "quiz"}, "s1 s4"},
		{"of a group", 0, ScheduleQuery{Group: "@TGS#1"}, "s4"},
		{"by hand", 0, ScheduleQuery{Origin: chat.FromHand}, "s4"},
		{"gone", 0, ScheduleQuery{Gone: true}, "s3"},
		{"paused", 0, ScheduleQuery{Paused: true}, "s2"},
		{"none late yet", 0, ScheduleQuery{Late: true}, ""},
		{"late", 2 * time.Minute, ScheduleQuery{Late: true}, "s1"},
		{"paused no more", time.Hour, ScheduleQuery{Paused: true}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			clock.move(tt.after)
			list, next, err := s.ListSchedules(ctx, tt.ask)
			must(t, err)
			var ids []string
			for _, r := range list {
				ids = append(ids, r.ID.String())
				if (r.Last != nil) != (r.ID == 1) {
					t.Errorf("the last of %s: %+v", r.ID, r.Last)
				}
			}
			if next != 0 {
				ids = append(ids, "next", next.String())
			}
			if got := strings.Join(ids, " "); got != tt.want {
				t.Errorf("%s, want %s", got, tt.want)
			}
		})
	}
}
