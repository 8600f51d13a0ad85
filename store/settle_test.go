package store

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/botd-chat/botd/chat"
)

func settle(t testing.TB, s *Store) []chat.Firing {
	t.Helper()
	list, err := s.SettleFirings(t.Context(), 100)
	must(t, err)
	return list
}

// handled has an event of a schedule answered with messages, and returns the firing.
func handled(t *testing.T, s *Store, clock *hand, said ...chat.Message) chat.Firing {
	t.Helper()
	r := synced(t, s, daily("a"))[0]
	clock.move(time.Minute)
	st := striken(r, clock.now(), "@TGS#1")
	st.Firings[0].Deadline = clock.now().Add(5 * time.Minute)
	f := strike(t, s, st)[0].Firings[0]
	must(t, s.EndEvent(t.Context(), done(takeEvents(t, s, 1)[0], said...)))
	return f
}

// endingAs ends the message in hand in a way.
func endingAs(t *testing.T, s *Store, status chat.Status, o chat.Outcome) {
	t.Helper()
	m := takeMessages(t, s, 1)[0]
	must(t, s.EndRound(t.Context(), chat.Round{Lease: m.Lease, Message: m.Message.ID,
		Resolved: &chat.Resolved{Ceiling: chat.Everyone, Membership: staff}, End: &chat.MessageEnd{Status: status, Outcome: o}}))
}

func sending(t *testing.T, s *Store, to ...chat.UserID) {
	t.Helper()
	m := takeMessages(t, s, 1)[0]
	d := started(chat.Delivery{Message: m.Message.ID, Part: 1, Recipients: people(t, to...), Status: chat.Ready}, s.now())
	begun, err := s.Begin(t.Context(), chat.Begin{Lease: m.Lease, Message: m.Message.ID, Deliveries: []chat.Delivery{d}, Horizon: time.Minute,
		Resolved: &chat.Resolved{Ceiling: chat.Everyone, Membership: staff}})
	must(t, err)
	d.ID = begun.IDs[0]
	must(t, s.EndRound(t.Context(), sent(m, d, s.now())))
}

func TestHowAFiringEnds(t *testing.T) {
	said := func(n int) (list []chat.Message) {
		for range n {
			list = append(list, chat.Admins.Say("hello")...)
		}
		return list
	}
	for _, tt := range []struct {
		name  string
		said  []chat.Message
		then  func(*testing.T, *Store)
		want  chat.FiringOutcome
		about string
	}{
		{"nothing is said", nil, nil, chat.FiringDone, "there was nothing to send"},
		{"sent", said(2), func(t *testing.T, s *Store) { sending(t, s, "boss", "hana"); sending(t, s, "boss") }, chat.FiringDone, "2 messages sent to 3 people"},
		{"to one", said(1), func(t *testing.T, s *Store) { sending(t, s, "boss") }, chat.FiringDone, "1 message sent to 1 person"},
		{"to nobody", said(1), func(t *testing.T, s *Store) { endingAs(t, s, chat.Done, chat.Nobody) }, chat.FiringDone, "nobody was left to get it"},
		{"on its way", said(1), nil, chat.FiringUnderway, ""},
		{"surge", said(1), func(t *testing.T, s *Store) { endingAs(t, s, chat.Held, chat.Surged) }, chat.FiringUnderway, ""},
		{"too late", said(1), func(t *testing.T, s *Store) { endingAs(t, s, chat.Done, chat.Expired) }, chat.FiringFailed, "1 message done: expired"},
		{"failed", said(2), func(t *testing.T, s *Store) { endingAs(t, s, chat.Dead, chat.Failed); sending(t, s, "boss") }, chat.FiringFailed, "1 message sent to 1 person; 1 message dead: failed"},
		{"refused", said(2), func(t *testing.T, s *Store) {
			endingAs(t, s, chat.Dead, chat.Refused)
			endingAs(t, s, chat.Dead, chat.Refused)
		}, chat.FiringFailed, "2 messages dead: refused"},
		{"dropped", said(1), func(t *testing.T, s *Store) { endingAs(t, s, chat.Done, chat.Dropped) }, chat.FiringDone, "1 message dropped"},
		{"no place for it", said(1), func(t *testing.T, s *Store) { endingAs(t, s, chat.Held, chat.Refused) }, chat.FiringFailed, "1 message held: refused"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, clock := newStore(t)
			f := handled(t, s, clock, tt.said...)
			ended := clock.now()
			if tt.then != nil {
				clock.move(time.Minute)
				ended = clock.now()
				tt.then(t, s)
			}
			clock.move(time.Hour)
			over := settle(t, s)
			got, err := s.FiringOf(t.Context(), f.Receipt)
			must(t, err)
			if got.Outcome != tt.want || got.Reason != tt.about || got.Done.IsZero() != (tt.want == chat.FiringUnderway) || !got.Done.IsZero() && !got.Done.Equal(ended) || len(got.Events) != 1 {
				t.Errorf("%+v", got)
			}
			if len(over) > 0 != (tt.want != chat.FiringUnderway) || len(settle(t, s)) > 0 {
				t.Errorf("ended: %+v", over)
			}
			// Nobody is told that it is late who has seen it in time.
			late, err := s.LateFirings(t.Context(), 9)
			must(t, err)
			if len(late) > 0 != (tt.want != chat.FiringDone) {
				t.Errorf("late: %+v", late)
			}
			if again, err := s.LateFirings(t.Context(), 9); err != nil || len(again) > 0 {
				t.Errorf("twice: %+v, %v", again, err)
			}
			c, err := s.Counts(t.Context())
			must(t, err)
			if open := tt.want == chat.FiringUnderway; (c.Firings.Ready == 1) != open || (c.Firings.Due == 1) != open || (c.Firings.Age > 50*time.Minute) != open {
				t.Errorf("counted: %+v", c.Firings)
			}
		})
	}
}

func TestAFiringWhoseEventFailed(t *testing.T) {
	s, clock := newStore(t)
	r := synced(t, s, daily("a"))[0]
	f := strike(t, s, striken(r, clock.now(), "@TGS#1", "@TGS#2"))[0].Firings[0]
	w := takeEvents(t, s, 2)
	must(t, s.EndEvent(t.Context(), done(w[1])))
	if over := settle(t, s); len(over) > 0 {
		t.Errorf("one event is not over: %+v", over)
	}
	must(t, s.EndEvent(t.Context(), chat.EventEnd{Lease: w[0].Lease, Event: w[0].Event.ID, Status: chat.Dead, Outcome: chat.Failed}))
	if over := settle(t, s); len(over) != 1 || over[0].Outcome != chat.FiringFailed || over[0].Reason != "1 event dead: failed" {
		t.Errorf("over: %+v", over)
	}
	// It stays so, also when somebody has it handled again.
	_, err := s.ReplayEvent(t.Context(), w[0].Event.ID, ann)
	must(t, err)
	again := takeEvents(t, s, 1)
	if !again[0].Event.Expires.IsZero() {
		t.Errorf("what somebody wants now expires: %+v", again[0].Event)
	}
	must(t, s.EndEvent(t.Context(), done(again[0])))
	if over := settle(t, s); len(over) > 0 {
		t.Errorf("over again: %+v", over)
	}
	if got, err := s.FiringOf(t.Context(), f.Receipt); err != nil || got.Outcome != chat.FiringFailed {
		t.Errorf("it is %+v, %v", got, err)
	}
	if _, err := s.FiringOf(t.Context(), "none"); !errors.Is(err, ErrNotFound) {
		t.Errorf("of no receipt: %v", err)
	}
}

// Those that take long keep no others waiting.
func TestMany(t *testing.T) {
	s, clock := newStore(t)
	r := synced(t, s, daily("a"))[0]
	var all []chat.Strike
	for range 40 {
		clock.move(time.Minute)
		all = append(all, striken(r, clock.now(), "@TGS#1"))
		r.Decided = clock.now()
	}
	strike(t, s, all...)
	must(t, s.tx(t.Context(), func(q *tx) error {
		_, err := q.exec(`UPDATE event SET status = 'done', outcome = 'handled', ended = 5 WHERE id > 35`)
		return err
	}))
	n := 0
	for range 5 {
		list, err := s.SettleFirings(t.Context(), 2)
		must(t, err)
		n += len(list)
	}
	if n != 5 {
		t.Errorf("%d are over, and not 5", n)
	}
}

// What was out, but later than its deadline, is told once all the same.
func TestOutTooLate(t *testing.T) {
	s, clock := newStore(t)
	handled(t, s, clock, chat.Admins.Say("hello")...)
	clock.move(5*time.Minute + time.Second)
	sending(t, s, "boss")
	settle(t, s)
	list, err := s.LateFirings(t.Context(), 9)
	must(t, err)
	if len(list) != 1 || list[0].Outcome != chat.FiringDone || !list[0].Late.Equal(clock.now()) {
		t.Errorf("late: %+v", list)
	}
}

func TestListedFirings(t *testing.T) {
	s, clock := newStore(t)
	other := daily("b")
	other.Bot = "other"
	all := synced(t, s, daily("a"), other)
	nine := clock.now()
	at := func(minutes int) time.Time { return nine.Add(time.Duration(minutes) * time.Minute) }
	strike(t, s, striken(all[0], at(1), "@TGS#1"), leftOut(all[1], at(3), chat.FiringMissed, "x"))
	strike(t, s, striken(schedule(t, s, 1), at(2), "@TGS#1"), striken(schedule(t, s, 2), at(5), "@TGS#1"))
	up := striken(all[0], at(0), "@TGS#1")
	up.After, up.Until, up.By = time.Time{}, time.Time{}, &ann
	strike(t, s, up)
	for _, tt := range []struct {
		name string
		ask  FiringQuery
		want string
	}{
		{"all, as they were decided", FiringQuery{}, "a 09:00, b 09:05, a 09:02, b 09:03, a 09:01"},
		{"a page", FiringQuery{Limit: 2}, "a 09:00, b 09:05, next 4"},
		{"the next", FiringQuery{Limit: 2, Before: 4}, "a 09:02, b 09:03, next 2"},
		{"of one, by the time meant", FiringQuery{Schedule: 1}, "a 09:02, a 09:01, a 09:00"},
		{"a page of one", FiringQuery{Schedule: 1, Limit: 1}, "a 09:02, next 3"},
		{"the next of one", FiringQuery{Schedule: 1, Limit: 2, Before: 3}, "a 09:01, a 09:00"},
		{"of a bot", FiringQuery{Bot: "other"}, "b 09:05, b 09:03"},
		{"an outcome", FiringQuery{Outcome: chat.FiringMissed}, "b 09:03"},
		{"that made events", FiringQuery{Struck: true, Schedule: 2}, "b 09:05"},
		{"from and until", FiringQuery{From: at(1), Until: at(3)}, "a 09:02, a 09:01"},
		{"late", FiringQuery{Late: true}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			list, next, err := s.Firings(t.Context(), tt.ask)
			must(t, err)
			var told []string
			for _, f := range list {
				told = append(told, string(f.Name)+f.Meant.Format(" 15:04"))
				if (len(f.Events) > 0) == f.Outcome.LeftOut() {
					t.Errorf("its events: %+v", f)
				}
			}
			if next != 0 {
				told = append(told, "next "+chat.EventID(next).String()[1:])
			}
			if got := strings.Join(told, ", "); got != tt.want {
				t.Errorf("%s, want %s", got, tt.want)
			}
		})
	}
}

func TestWhatIsOverOfSchedulesIsDeleted(t *testing.T) {
	s, clock := newStore(t)
	ctx := t.Context()
	handled(t, s, clock)
	hand, err := s.CreateSchedule(ctx, party(), ann)
	must(t, err)
	strike(t, s, leftOut(hand, clock.now(), chat.FiringMissed, "x"))
	strike(t, s, striken(schedule(t, s, 1), clock.now().Add(time.Minute), "@TGS#1")) // not over
	settle(t, s)
	must(t, s.DeleteSchedule(ctx, hand.ID, ann))
	clock.move(time.Hour)
	retire := func(before time.Time) Retired {
		t.Helper()
		sum, err := s.Retire(ctx, Retention{Done: before, Dead: before})
		must(t, err)
		return sum
	}
	if sum := retire(clock.now().Add(-2 * time.Hour)); sum.Firings+sum.Schedules != 0 {
		t.Errorf("too early: %+v", sum)
	}
	if sum := retire(clock.now()); sum.Firings != 2 || sum.Schedules != 1 || sum.Events != 1 {
		t.Errorf("deleted: %+v", sum)
	}
	if _, _, err := s.Schedule(ctx, hand.ID); !errors.Is(err, ErrNotFound) {
		t.Errorf("it is there: %v", err)
	}
	acts := 0
	must(t, s.tx(ctx, func(q *tx) error { return q.one(`SELECT COUNT(*) FROM act`).Scan(&acts) }))
	if acts != 0 {
		t.Errorf("%d acts are kept of it", acts)
	}
	if got := fired(t, s, 1); got != "09:02 underway" {
		t.Errorf("fired: %s", got)
	}
	// The time is struck all the same, by its key.
	r := schedule(t, s, 1)
	must(t, s.SetSchedulesBack(ctx, r.Decided.Add(-time.Minute)))
	if got := strike(t, s, striken(schedule(t, s, 1), r.Decided.Add(-time.Minute), "@TGS#1"))[0]; !got.Repeated[0] {
		t.Errorf("struck once more: %+v", got)
	}
	if over := settle(t, s); len(over) != 1 || over[0].Reason != "its events were deleted before it was known how they ended" {
		t.Errorf("over: %+v", over)
	}
}

// Rows to which times are added for as long as their schedules are paused keep none
// behind them from being deleted.
func TestWhatIsOverBehindWhatGoesOnIsDeleted(t *testing.T) {
	s, clock := newStore(t)
	specs := make([]chat.ScheduleSpec, window)
	for i := range specs {
		specs[i] = daily(chat.TriggerName(fmt.Sprintf("p%d", i)))
	}
	all := synced(t, s, append(specs, daily("z"))...)
	leaveOut := func(list []chat.ScheduleRecord) {
		t.Helper()
		var strikes []chat.Strike
		for _, r := range list {
			strikes = append(strikes, leftOut(r, clock.now(), chat.FiringPaused, "x"))
		}
		strike(t, s, strikes...)
	}
	clock.move(time.Minute)
	leaveOut(all)
	clock.move(24 * time.Hour)
	list, err := s.Schedules(t.Context())
	must(t, err)
	leaveOut(list[:window])
	before := clock.now().Add(-time.Hour)
	sum, err := s.Retire(t.Context(), Retention{Done: before, Dead: before})
	must(t, err)
	if sum.Firings != 1 {
		t.Errorf("deleted: %+v", sum)
	}
}

func TestAUserIsErasedFromSchedules(t *testing.T) {
	s, _ := newStore(t)
	ctx := t.Context()
	names := func(name chat.TriggerName) chat.ScheduleID {
		spec := party()
		spec.Name = name
		r, err := s.CreateSchedule(ctx, spec, ann)
		must(t, err)
		return r.ID
	}
	gone, there := names("party-minji"), names("b")
	must(t, s.DeleteSchedule(ctx, gone, ann))
	e, err := s.Erase(ctx, "main", "minji", ann)
	must(t, err)
	if e.Counts.Schedules != 1 || len(e.Schedules) != 1 || e.Schedules[0] != there {
		t.Errorf("erased: %+v", e)
	}
	r, _, err := s.Schedule(ctx, gone)
	must(t, err)
	if r.Sender != e.Token || string(r.Payload) != "{}" || strings.Contains(string(r.Name), "minji") {
		t.Errorf("it still names the user: %+v", r)
	}
	if r := schedule(t, s, there); r.Sender != "minji" {
		t.Errorf("one that goes on was changed: %+v", r)
	}
}
