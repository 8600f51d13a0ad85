package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/botd-chat/botd/chat"
)

const scheduleColumns = `schedule.id, schedule.origin, schedule.bot, schedule.name, schedule.trigger_name, schedule.group_id, schedule.sender,
	schedule.payload, schedule.timing, schedule.lateness, schedule.made_by, schedule.made_for, schedule.created, schedule.started, schedule.decided,
	schedule.paused, schedule.paused_until, schedule.paused_by, schedule.paused_for, schedule.paused_before, schedule.gone`

// scanSchedule reads scheduleColumns.
func scanSchedule(row scanner, r *chat.ScheduleRecord) error {
	var payload, timing, lateness, earlier []byte
	var made chat.By
	var pause chat.SchedulePause
	var created, started, decided, paused, until, gone int64
	err := row.Scan(&r.ID, &r.Origin, &r.Bot, &r.Name, &r.Trigger, &r.Group, &r.Sender, &payload, &timing, &lateness,
		&made.Who, &made.Reason, &created, &started, &decided, &paused, &until, &pause.Who, &pause.Reason, &earlier, &gone)
	if err != nil {
		return err
	}
	if len(payload) > 0 {
		r.Payload = payload
	}
	r.Created, r.Started, r.Decided, r.Gone = fromMicros(created), fromMicros(started), fromMicros(decided), fromMicros(gone)
	if made.Who != "" {
		r.Made = &made
	}
	if paused != 0 {
		pause.Since, pause.Until = fromMicros(paused), fromMicros(until)
		r.Paused = &pause
	}
	err = errors.Join(json.Unmarshal(timing, &r.Timing), json.Unmarshal(lateness, &r.Lateness))
	if len(earlier) > 0 {
		err = errors.Join(err, json.Unmarshal(earlier, &r.Earlier))
	}
	if err != nil {
		return fmt.Errorf("%w: schedule %s: %w", errDamaged, r.ID, err)
	}
	return nil
}

const (
	schedulesThere = `SELECT ` + scheduleColumns + ` FROM schedule WHERE gone = 0 ORDER BY id`
	insertSchedule = `
INSERT INTO schedule (origin, bot, name, trigger_name, group_id, sender, payload, timing, lateness, made_by, made_for,
	created, started, decided, paused, paused_until, paused_by, paused_for, paused_before, gone)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12, $12, 0, 0, '', '', '', 0)`
	endSchedule = `UPDATE schedule SET gone = $1 WHERE id = $2 AND gone = 0`
)

// Schedules returns all schedules that are there and not gone.
func (s *Store) Schedules(ctx context.Context) (list []chat.ScheduleRecord, err error) {
	err = s.reader.view(ctx, func(v view) error { return v.each(rowsInto(&list, scanSchedule), schedulesThere) })
	if err != nil {
		return nil, fmt.Errorf("read the schedules: %w", err)
	}
	return list, nil
}

// SchedulesChanged has a value after schedules were made, deleted, paused or resumed,
// or the clock was set back.
func (s *Store) SchedulesChanged() <-chan struct{} { return s.ready[schedules] }

// specRow is a specification as it is stored, without what tells one from another.
type specRow struct{ trigger, group, sender, payload, timing, lateness string }

func encodeSpec(spec chat.ScheduleSpec) (r specRow, err error) {
	switch {
	case spec.Bot == "" || spec.Name == "" || spec.Trigger == "":
		return r, errors.New("a schedule names its bot, itself and its trigger")
	case len(spec.Payload) > 0 && !json.Valid(spec.Payload):
		return r, errors.New("the payload is not JSON")
	}
	timing, err := json.Marshal(spec.Timing)
	if err != nil {
		return r, err
	}
	lateness, err := json.Marshal(spec.Lateness)
	if err != nil {
		return r, err
	}
	return specRow{string(spec.Trigger), string(spec.Group), string(spec.Sender), string(spec.Payload), string(timing), string(lateness)}, nil
}

// addSchedule adds one whose times begin now.
func (q *tx) addSchedule(origin chat.ScheduleOrigin, n named, r specRow, by chat.By, now time.Time) (chat.ScheduleID, error) {
	id, err := q.insert(insertSchedule, string(origin), string(n.bot), string(n.name), r.trigger, r.group, r.sender, r.payload, r.timing, r.lateness,
		by.Who, by.Reason, micros(now))
	if err != nil {
		return 0, fmt.Errorf("store schedule %s/%s: %w", n.bot, n.name, err)
	}
	return chat.ScheduleID(id), nil
}
