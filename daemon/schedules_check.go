package daemon

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/console"
	"github.com/botd-chat/botd/schedules"
	"github.com/botd-chat/botd/store"
)

// scheduleName is what a schedule may be called, like a trigger.
var scheduleName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$`)

// checkSchedule says all that is wrong with one that is to be made by hand, whatever its
// events.
func (o operator) checkSchedule(ctx context.Context, r chat.ScheduleRecord) error {
	bot := o.bot(r.Bot)
	if bot == nil {
		return o.noBot(r.Bot)
	}
	var mistakes []error
	if !scheduleName.MatchString(string(r.Name)) {
		mistakes = append(mistakes, fmt.Errorf("name: %.70q is none; it begins with a letter or a digit, and has up to 64 letters, digits, - and _", r.Name))
	}
	if _, err := schedules.Read(r.Timing, r.Started, o.now().config.Calendars); err != nil {
		mistakes = append(mistakes, err)
	}
	if err := errors.Join(append(mistakes, checkLateness(r)...)...); err != nil {
		return fmt.Errorf("%w: %s", console.ErrUnfit, strings.ReplaceAll(err.Error(), "\n", "; "))
	}
	taken, _, err := o.store.ListSchedules(ctx, store.ScheduleQuery{Bot: r.Bot, Name: r.Name, Limit: 1})
	if err == nil && len(taken) > 0 {
		err = fmt.Errorf("%w: bot %q has a schedule of that name, %s; choose another name", console.ErrConflict, r.Bot, taken[0].ID)
	}
	return err
}

func checkLateness(r chat.ScheduleRecord) (mistakes []error) {
	l := r.Lateness
	wrong := func(format string, args ...any) { mistakes = append(mistakes, fmt.Errorf(format, args...)) }
	if l.Missed != "" && !slices.Contains(chat.MissedRules, l.Missed) {
		wrong("missed: no rule %.20q; have %s", l.Missed, strings.Join(texts(chat.MissedRules), ", "))
	}
	if l.Overlap != "" && !slices.Contains(chat.OverlapRules, l.Overlap) {
		wrong("overlap: no rule %.20q; have %s", l.Overlap, strings.Join(texts(chat.OverlapRules), ", "))
	}
	if l.Missed == chat.MissedSkip && l.MaxAge > 0 {
		wrong("max_age: nothing is made up with missed: skip; leave one of them out")
	}
	if l.Expires > 0 && l.LateAfter > l.Expires {
		wrong("late_after: %s is when it is not worth sending any more (expires: %s); make it shorter", time.Duration(l.LateAfter), time.Duration(l.Expires))
	}
	if r.Jitter > chat.Duration(schedules.MostJitter) {
		wrong("jitter: %s is out of range; write up to %s", time.Duration(r.Jitter), schedules.MostJitter)
	}
	if l.Expires > 0 && r.Jitter >= l.Expires {
		wrong("jitter: %s can be longer than it is worth sending (expires: %s); make it shorter", time.Duration(r.Jitter), time.Duration(l.Expires))
	}
	if l.LateAfter > 0 && r.Jitter >= l.LateAfter {
		wrong("late_after: %s is no longer than the jitter of %s, so it would be late as a rule; make it longer", time.Duration(l.LateAfter), time.Duration(r.Jitter))
	}
	return mistakes
}
