package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/botd-chat/botd/chat"
)

const (
	readSchedule = `SELECT ` + scheduleColumns + ` FROM schedule WHERE id = $1`
	nameTaken    = `SELECT id, origin FROM schedule WHERE bot = $1 AND name = $2 AND gone = 0 ORDER BY origin LIMIT 1`
)

// CreateSchedule makes a schedule by hand, whose times begin now. A name that a
// schedule of the bot has is [ErrNotNow], whether it is in the configuration or made by
// hand.
func (s *Store) CreateSchedule(ctx context.Context, spec chat.ScheduleSpec, by chat.By) (r chat.ScheduleRecord, err error) {
	row, err := encodeSpec(spec)
	if err != nil {
		return r, fmt.Errorf("make schedule %s/%s: %w", spec.Bot, spec.Name, err)
	}
	err = s.asked(ctx, fmt.Sprintf("make schedule %s/%s", spec.Bot, spec.Name), func(q *tx, now time.Time) error {
		var id chat.ScheduleID
		var origin chat.ScheduleOrigin
		switch err := q.one(nameTaken, string(spec.Bot), string(spec.Name)).Scan(&id, &origin); {
		case err == nil && origin == chat.FromFile:
			return notNow("the configuration has a schedule of that name (%s); choose another name", id)
		case err == nil:
			return notNow("there is one of that name already (%s); choose another name, or delete that one", id)
		case !errors.Is(err, sql.ErrNoRows):
			return err
		}
		if id, err = q.addSchedule(chat.FromHand, named{spec.Bot, spec.Name}, row, by, now); err != nil {
			return err
		}
		r, err = q.actOn(id, chat.MadeByHand, by, now)
		return err
	})
	return r, err
}

// DeleteSchedule ends a schedule that was made by hand. It stays to be seen while its
// firings are. One of the configuration is [ErrNotNow], as is one that is gone.
func (s *Store) DeleteSchedule(ctx context.Context, id chat.ScheduleID, by chat.By) error {
	return s.asked(ctx, fmt.Sprintf("delete schedule %s", id), func(q *tx, now time.Time) error {
		r, err := q.thereIs(id)
		if err != nil {
			return err
		}
		if r.Origin == chat.FromFile {
			return notNow("it is in the configuration; take it out there and reload, or pause it")
		}
		if _, err := q.exec(endSchedule, micros(now), int64(id)); err != nil {
			return err
		}
		_, err = q.actOn(id, chat.Deleted, by, now)
		return err
	})
}

const (
	pauseSchedule = `UPDATE schedule SET paused = $1, paused_until = $2, paused_by = $3, paused_for = $4, paused_before = $5 WHERE id = $6`
	endPause      = `UPDATE schedule SET paused_until = $1 WHERE id = $2`
)

// PauseSchedule has a schedule leave out its times from now on, until a time or, if
// that is zero, until somebody resumes it. Once it has returned, no time of the pause is
// struck. Of a schedule that is paused already, it changes until when, by whom and why.
// Times of a pause before it that are not decided yet stay left out.
func (s *Store) PauseSchedule(ctx context.Context, id chat.ScheduleID, until time.Time, by chat.By) (r chat.ScheduleRecord, err error) {
	err = s.asked(ctx, fmt.Sprintf("pause schedule %s", id), func(q *tx, now time.Time) error {
		if !until.IsZero() && !until.After(now) {
			return notNow("the pause would end %s, which is over", until.Format(time.RFC3339))
		}
		if r, err = q.thereIs(id); err != nil {
			return err
		}
		since, earlier := now, r.Earlier
		if r.PausedAt(now) {
			since = r.Paused.Since
		} else if r.Paused != nil {
			earlier = append(earlier, chat.SchedulePause{Since: r.Paused.Since, Until: r.Paused.Until})
		}
		before, err := encodePauses(slices.DeleteFunc(earlier, func(p chat.SchedulePause) bool { return !p.Until.After(r.Decided) }))
		if err != nil {
			return err
		}
		if _, err := q.exec(pauseSchedule, micros(since), micros(until), by.Who, by.Reason, before, int64(id)); err != nil {
			return err
		}
		r, err = q.actOn(id, chat.PutOnHold, by, now)
		return err
	})
	return r, err
}

// encodePauses is how pauses are stored of which times may not be decided.
func encodePauses(list []chat.SchedulePause) (string, error) {
	if len(list) == 0 {
		return "", nil
	}
	b, err := json.Marshal(list)
	return string(b), err
}

// ResumeSchedule ends the pause of a schedule now. Times of the pause that are not
// decided yet stay left out. One that is not paused is [ErrNotNow].
func (s *Store) ResumeSchedule(ctx context.Context, id chat.ScheduleID, by chat.By) (r chat.ScheduleRecord, err error) {
	err = s.asked(ctx, fmt.Sprintf("resume schedule %s", id), func(q *tx, now time.Time) error {
		if r, err = q.thereIs(id); err != nil {
			return err
		}
		if !r.PausedAt(now) {
			return notNow("it is not paused")
		}
		if _, err := q.exec(endPause, micros(now), int64(id)); err != nil {
			return err
		}
		r, err = q.actOn(id, chat.WentOn, by, now)
		return err
	})
	return r, err
}

// thereIs reads a schedule that is not gone.
func (q *tx) thereIs(id chat.ScheduleID) (r chat.ScheduleRecord, err error) {
	if err := scanSchedule(q.one(readSchedule, int64(id)), &r); err != nil {
		return r, err
	}
	if !r.Gone.IsZero() {
		return r, notNow("it is gone since %s", r.Gone.Format(time.RFC3339))
	}
	return r, nil
}

// actOn keeps what a person did to a schedule, tells whoever strikes, and returns how
// it is now.
func (q *tx) actOn(id chat.ScheduleID, what chat.Verb, by chat.By, now time.Time) (r chat.ScheduleRecord, err error) {
	q.awake(schedules)
	if err := q.record(deed{By: by, what: what, at: now}, id.String(), chat.Standing{}, ""); err != nil {
		return r, err
	}
	return r, scanSchedule(q.one(readSchedule, int64(id)), &r)
}
