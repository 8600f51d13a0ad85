package daemon

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"

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
	read, err := schedules.Read(r.Timing, r.Started, o.now().config.Calendars)
	if err != nil {
		mistakes = append(mistakes, err)
	}
	for _, m := range read.Judge(r.Timing, r.Lateness, r.Started) {
		mistakes = append(mistakes, m)
	}
	if err := errors.Join(mistakes...); err != nil {
		return fmt.Errorf("%w: %s", console.ErrUnfit, strings.ReplaceAll(err.Error(), "\n", "; "))
	}
	taken, _, err := o.store.ListSchedules(ctx, store.ScheduleQuery{Bot: r.Bot, Name: r.Name, Limit: 1})
	if err == nil && len(taken) > 0 {
		err = fmt.Errorf("%w: bot %q has a schedule of that name, %s; choose another name", console.ErrConflict, r.Bot, taken[0].ID)
	}
	return err
}
