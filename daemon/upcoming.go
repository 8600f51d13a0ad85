package daemon

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/config"
	"github.com/botd-chat/botd/schedules"
)

// upcoming prints when the schedules of a configuration strike next, and where a time of
// the next year is not what was written because clocks are changed.
func upcoming(w io.Writer, c *config.Config, now time.Time) error {
	for _, b := range c.Bots {
		var hours *schedules.QuietHours
		if b.Quiet != nil {
			var err error
			if hours, err = schedules.ReadQuiet(*b.Quiet); err != nil {
				return fmt.Errorf("bot %q: %w", b.Name, err)
			}
		}
		for _, t := range b.Triggers {
			if t.Schedule == nil {
				continue
			}
			s, err := schedules.Read(t.Schedule.Timing, now, c.Calendars)
			if _, past := errors.AsType[*schedules.PastError](err); err != nil && !past {
				return fmt.Errorf("bot %q, trigger %q: %w", b.Name, t.Name, err)
			}
			if _, err := fmt.Fprintf(w, "%s/%s: %v: %s\n%s", b.Name, t.Name, s, nextTimes(s, hours, b.Quiet, now), turnedClocks(s, now)); err != nil {
				return err
			}
		}
	}
	return nil
}

// nextShown is how many times of a schedule are shown.
const nextShown = 3

// aTime is how a time is shown, in the zone of its schedule, which is told beside it.
const aTime = "Mon 2006-01-02 15:04"

// nextTimes are the next times of a schedule, and what becomes of those in quiet hours.
func nextTimes(s schedules.Schedule, hours *schedules.QuietHours, q *chat.Quiet, now time.Time) string {
	var all []string
	for t := s.Next(now); !t.IsZero() && len(all) < nextShown; t = s.Next(t) {
		text := t.Format(aTime)
		switch _, in := hours.Over(t); {
		case in && q.Then == chat.QuietSkip:
			text += " (left out: quiet hours)"
		case in:
			text += " (waits until " + q.Until + ": quiet hours)"
		}
		all = append(all, text)
	}
	switch {
	case len(all) == 0:
		return "strikes no more"
	case len(all) < nextShown:
		return strings.Join(all, ", ") + ", and no more"
	}
	return strings.Join(all, ", ")
}

// turnedClocks tells of the times of the next year that are not what was written, each in
// a line.
func turnedClocks(s schedules.Schedule, now time.Time) string {
	const around = 24 * time.Hour // a change moves no time further
	var told strings.Builder
	for _, change := range schedules.Changes(s.Location(), now, now.AddDate(1, 0, 0)) {
		for t := s.Next(change.At.Add(-around)); !t.IsZero() && t.Before(change.At.Add(around)); t = s.Next(t) {
			if note := s.Note(t); note != "" && t.After(now) {
				fmt.Fprintf(&told, "  %s: %s\n", t.Format(aTime), note)
				break // the others of that day are alike
			}
		}
	}
	return told.String()
}
