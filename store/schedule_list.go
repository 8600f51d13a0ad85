package store

import (
	"context"
	"fmt"
	"time"

	"github.com/botd-chat/botd/chat"
)

const (
	// The configuration's is before one made by hand, and one that is there before
	// those that are gone, of which the last is the one.
	scheduleNamed = `
SELECT ` + scheduleColumns + ` FROM schedule WHERE bot = $1 AND name = $2
ORDER BY CASE WHEN gone = 0 THEN 0 ELSE 1 END, origin, id DESC LIMIT 1`
	// What people did to schedules is kept under no event.
	actsOnSchedule = `
SELECT target, what, who, reason, at, made, status, outcome, because, ended FROM act WHERE event_id = 0 AND target = $1 ORDER BY id`
)

// Schedule returns a schedule, also one that is gone, and what people did to it, the
// first first.
func (s *Store) Schedule(ctx context.Context, id chat.ScheduleID) (r chat.ScheduleRecord, acts []chat.Act, err error) {
	err = s.reader.view(ctx, func(v view) error {
		if err := scanSchedule(v.one(readSchedule, int64(id)), &r); err != nil {
			return err
		}
		acts, err = actsBy(v, actsOnSchedule, id.String())
		return err
	})
	if err != nil {
		return r, nil, fmt.Errorf("schedule %s: %w", id, orNotFound(err))
	}
	return r, acts, nil
}

// ScheduleByName finds a schedule of a bot: the one that is there, the configuration's
// before one made by hand, or else the last that was.
func (s *Store) ScheduleByName(ctx context.Context, bot chat.BotName, name chat.TriggerName) (r chat.ScheduleRecord, err error) {
	err = s.reader.view(ctx, func(v view) error { return scanSchedule(v.one(scheduleNamed, string(bot), string(name)), &r) })
	if err != nil {
		return r, fmt.Errorf("schedule %s/%s: %w", bot, name, orNotFound(err))
	}
	return r, nil
}

// ScheduleQuery picks schedules; the zero value picks all that are there.
type ScheduleQuery struct {
	Bot    chat.BotName
	Name   chat.TriggerName
	Group  chat.GroupID // of the schedule; one that leaves it to its trigger is not picked
	Origin chat.ScheduleOrigin
	Late   bool            // only those with a time that is not out although its deadline has passed
	Paused bool            // only those that are paused now
	Gone   bool            // only those that are gone
	After  chat.ScheduleID // the cursor of the page before
	Limit  int             // 0 is 50; at most 500
}

// ListedSchedule is a schedule with what became of its latest time that is decided.
type ListedSchedule struct {
	chat.ScheduleRecord
	Last *chat.Firing // nil: none is
}

const (
	listSchedules = `SELECT ` + scheduleColumns + ` FROM schedule WHERE `
	hasLate       = `EXISTS (SELECT 1 FROM firing WHERE firing.schedule_id = schedule.id AND firing.done = 0 AND firing.deadline <> 0 AND firing.deadline < $%d)`
	isPaused      = `schedule.paused <> 0 AND (schedule.paused_until = 0 OR schedule.paused_until > $%d)`
)

// ListSchedules lists schedules in the order in which they were made, and the cursor of
// the next page, which is zero when there is none.
func (s *Store) ListSchedules(ctx context.Context, f ScheduleQuery) (list []ListedSchedule, next chat.ScheduleID, err error) {
	f.Limit = pageOf(f.Limit)
	text, args := f.query(s.now())
	err = s.reader.view(ctx, func(v view) error {
		var found []chat.ScheduleRecord
		if err := v.each(rowsInto(&found, scanSchedule), text, args...); err != nil {
			return err
		}
		if len(found) > f.Limit {
			found = found[:f.Limit]
			next = found[f.Limit-1].ID
		}
		for _, r := range found {
			last, err := v.lastOf(r.ID)
			if err != nil {
				return err
			}
			list = append(list, ListedSchedule{r, last})
		}
		return nil
	})
	if err != nil {
		return nil, 0, fmt.Errorf("list schedules: %w", err)
	}
	return list, next, nil
}

func (v view) lastOf(id chat.ScheduleID) (*chat.Firing, error) {
	list, _, err := v.firings(lastFiring, int64(id))
	if err != nil || len(list) == 0 {
		return nil, err
	}
	return &list[0], nil
}

// query asks for one schedule more than the page holds.
func (f ScheduleQuery) query(now time.Time) (string, []any) {
	var where conditions
	where.add(true, "schedule.id > $%d", int64(f.After))
	where.add(f.Bot != "", "schedule.bot = $%d", string(f.Bot))
	where.add(f.Name != "", "schedule.name = $%d", string(f.Name))
	where.add(f.Group != "", "schedule.group_id = $%d", string(f.Group))
	where.add(f.Origin != "", "schedule.origin = $%d", string(f.Origin))
	where.add(f.Late, hasLate, micros(now))
	where.add(f.Paused, isPaused, micros(now))
	where.has(f.Gone, "schedule.gone <> 0")
	where.has(!f.Gone, "schedule.gone = 0")
	limit := where.arg(f.Limit + 1)
	return fmt.Sprintf("%s%s ORDER BY schedule.id LIMIT $%d", listSchedules, &where, limit), where.args
}
