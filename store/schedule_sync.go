package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/botd-chat/botd/chat"
)

const (
	// schedulesOfFile are the latest of each name, also those that are gone: what comes
	// back goes on under the id that it had.
	schedulesOfFile = `
SELECT id, bot, name, gone, trigger_name, group_id, sender, payload, timing, lateness FROM schedule
WHERE id IN (SELECT MAX(id) FROM schedule WHERE origin = 'file' GROUP BY bot, name) ORDER BY id`
	changeSchedule = `
UPDATE schedule SET trigger_name = $1, group_id = $2, sender = $3, payload = $4, timing = $5, lateness = $6, gone = 0 WHERE id = $7`
	beginSchedule = `UPDATE schedule SET started = $1, decided = $1 WHERE id = $2`
)

// SyncSchedules makes the schedules of the configuration what list says: those that
// are new are added, those that are not in it are gone, and those whose times are
// written anew, or that come back, have theirs begin now. What people did to one, a
// pause above all, stays. It returns all that are there, also those made by hand.
func (s *Store) SyncSchedules(ctx context.Context, list []chat.ScheduleSpec) ([]chat.ScheduleRecord, error) {
	wanted, err := wantedOf(list)
	if err == nil {
		err = s.sync(ctx, wanted)
	}
	if err != nil {
		return nil, fmt.Errorf("store the schedules of the configuration: %w", err)
	}
	// They are as list says by now: whoever has gone away meanwhile must not make it seem
	// that nothing was stored.
	return s.Schedules(context.WithoutCancel(ctx))
}

// sync waits for the disk only if something has changed, which is rare.
func (s *Store) sync(ctx context.Context, wanted *wanted) error {
	var changes []change
	err := s.reader.view(ctx, func(v view) (err error) {
		changes, err = wanted.changes(v)
		return err
	})
	if err != nil || len(changes) == 0 {
		return err
	}
	return s.tx(ctx, func(q *tx) error {
		changes, err := wanted.changes(q)
		if err != nil {
			return err
		}
		now := s.now()
		for _, c := range changes {
			if err := q.change(c, now); err != nil {
				return err
			}
		}
		return nil
	})
}

// named is what a schedule of an origin is told by.
type named struct {
	bot  chat.BotName
	name chat.TriggerName
}

// wanted are the schedules of the configuration, in its order.
type wanted struct {
	names []named
	rows  []specRow
	at    map[named]int
}

func wantedOf(list []chat.ScheduleSpec) (*wanted, error) {
	w := &wanted{at: make(map[named]int, len(list))}
	for i, spec := range list {
		n := named{spec.Bot, spec.Name}
		row, err := encodeSpec(spec)
		if err != nil {
			return nil, fmt.Errorf("schedule %s/%s: %w", n.bot, n.name, err)
		}
		if _, twice := w.at[n]; twice {
			return nil, fmt.Errorf("bot %s has two schedules %s", n.bot, n.name)
		}
		w.names, w.rows, w.at[n] = append(w.names, n), append(w.rows, row), i
	}
	return w, nil
}

// change is what becomes of a schedule of the configuration.
type change struct {
	id     chat.ScheduleID // zero: it is new
	name   named
	row    specRow
	gone   bool // it is in the configuration no longer
	begins bool // its times begin now
}

// changes are what it takes to have what is wanted.
func (w *wanted) changes(q asker) (list []change, err error) {
	known := make([]bool, len(w.rows))
	err = q.each(func(row scanner) error {
		var c change
		var had specRow
		var gone int64
		err := row.Scan(&c.id, &c.name.bot, &c.name.name, &gone, &had.trigger, &had.group, &had.sender, &had.payload, &had.timing, &had.lateness)
		if err != nil {
			return err
		}
		i, there := w.at[c.name]
		switch {
		case there:
			known[i] = true
			if c.row = w.rows[i]; gone != 0 || had != c.row {
				c.begins = gone != 0 || !sameTiming(had.timing, c.row.timing)
				list = append(list, c)
			}
		case gone == 0:
			c.gone = true
			list = append(list, c)
		}
		return nil
	}, schedulesOfFile)
	for i, row := range w.rows {
		if !known[i] {
			list = append(list, change{name: w.names[i], row: row})
		}
	}
	return list, err
}

// sameTiming goes by what is meant, in case another botd wrote it otherwise.
func sameTiming(had, row string) bool {
	if had == row {
		return true
	}
	var t chat.Timing
	if err := json.Unmarshal([]byte(had), &t); err != nil {
		return false
	}
	again, err := json.Marshal(t)
	return err == nil && string(again) == row
}

func (q *tx) change(c change, now time.Time) (err error) {
	switch {
	case c.gone:
		_, err = q.exec(endSchedule, micros(now), int64(c.id))
	case c.id == 0:
		_, err = q.addSchedule(chat.FromFile, c.name, c.row, chat.By{}, now)
		return err
	default:
		_, err = q.exec(changeSchedule, c.row.trigger, c.row.group, c.row.sender, c.row.payload, c.row.timing, c.row.lateness, int64(c.id))
		if err == nil && c.begins {
			_, err = q.exec(beginSchedule, micros(now), int64(c.id))
		}
	}
	if err != nil {
		return fmt.Errorf("schedule %s/%s: %w", c.name.bot, c.name.name, err)
	}
	return nil
}
