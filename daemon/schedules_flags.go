package daemon

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/console"
)

// whenFlags say when a schedule strikes, beside its line.
type whenFlags struct {
	timing  chat.Timing
	between string
}

// flags adds them; calendar is what a calendar is named by.
func (w *whenFlags) flags(c *cobra.Command, calendar string) {
	f := c.Flags()
	f.StringArrayVar(&w.timing.At, "at", nil, `in place of EXPR: a time such as "2026-12-24 09:00", as clocks show it in --timezone; may stand more than once`)
	f.StringVar(&w.timing.Zone, "timezone", "", "a name of the IANA database, such as Asia/Seoul; UTC when absent")
	f.StringVar(&w.between, "between", "", "only from one date to another, such as 2026-12-01..2026-12-31; one of them may be left out")
	f.StringArrayVar(&w.timing.Skip, "skip", nil, "leave out the dates of "+calendar+"; may stand more than once")
	f.StringArrayVar(&w.timing.Only, "only", nil, "only on the dates of "+calendar+"; may stand more than once")
}

// given is the timing with its line, which is empty where --at is used.
func (w *whenFlags) given(line string) (chat.Timing, error) {
	t := w.timing
	t.Line = line
	if w.between != "" {
		from, until, ok := strings.Cut(w.between, "..")
		if !ok || from+until == "" {
			return t, usage("--between %q is no pair of dates; write 2026-12-01..2026-12-31, or 2026-12-01.. for no end", w.between)
		}
		t.From, t.Until = from, until
	}
	return t, nil
}

// timeIn reads a time as somebody writes it: as in RFC 3339, or as clocks show it in a
// place, with or without the time of the day.
func timeIn(flag, text string, loc *time.Location) (time.Time, error) {
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return t, nil
	}
	for _, layout := range []string{time.DateOnly, "2006-01-02 15:04", "2006-01-02T15:04", time.DateTime} {
		if t, err := time.ParseInLocation(layout, text, loc); err == nil {
			return t, nil
		}
	}
	return time.Time{}, usage("--%s %q is no time; write 2026-12-01, \"2026-12-01 09:00\" or 2026-12-01T09:00:00Z", flag, text)
}

// timeOf reads a time as clocks show it where a schedule counts, unless it says where.
func (a *adminClient) timeOf(ctx context.Context, p Process, id chat.ScheduleID, flag, text string) (time.Time, error) {
	if t, err := timeIn(flag, text, time.UTC); err != nil || strings.ContainsAny(text, "Zz") {
		return t, err
	}
	var h console.ScheduleHistory
	if err := a.get(ctx, p, "/v1/schedules/"+id.String(), nil, &h); err != nil {
		return time.Time{}, err
	}
	loc, err := time.LoadLocation(h.Zone)
	if err != nil {
		return time.Time{}, fmt.Errorf("--%s: the time zone %q of schedule %s is not known here; write the time as 2026-12-01T09:00:00Z", flag, h.Zone, id)
	}
	return timeIn(flag, text, loc)
}

// byName is how the schedule of a bot can be written in place of its id.
var byName = regexp.MustCompile(`^([\w.-]+)/([\w.-]+)$`)

// scheduleID finds a schedule by its id, or by its bot and name.
func (a *adminClient) scheduleID(ctx context.Context, p Process, arg string) (chat.ScheduleID, error) {
	if id, err := chat.ParseScheduleID(arg); err == nil {
		return id, nil
	}
	name := byName.FindStringSubmatch(arg)
	if name == nil {
		return 0, usage("%.60q is neither the id of a schedule, s17, nor BOT/NAME", arg)
	}
	var found []console.ToldSchedule
	for _, gone := range []string{"false", "true"} {
		var page console.SchedulePage
		if err := a.get(ctx, p, "/v1/schedules", url.Values{"bot": {name[1]}, "name": {name[2]}, "gone": {gone}}, &page); err != nil {
			return 0, err
		}
		if found = page.Schedules; len(found) > 0 {
			break
		}
	}
	switch len(found) {
	case 0:
		return 0, errors.New("bot " + name[1] + " has no schedule " + name[2] + "; botd schedules list shows which there are")
	case 1:
		return found[0].ID, nil
	}
	var ids []string
	for _, s := range found {
		ids = append(ids, s.ID.String())
	}
	return 0, usage("%s is the name of more than one schedule: say which of %s is meant", arg, strings.Join(ids, ", "))
}
