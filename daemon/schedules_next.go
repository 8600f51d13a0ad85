package daemon

import (
	"fmt"
	"io"
	"net/url"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/console"
	"github.com/botd-chat/botd/schedules"
)

// mostTimes is how many times of a schedule are told at once.
const mostTimes = 1000

func schedulesNext(p Process) *cobra.Command {
	var a adminClient
	var w whenFlags
	var from string
	var count int
	c := &cobra.Command{
		Use: "next [EXPR|SCHEDULE]", Short: "Say when a schedule strikes next, and when clocks change meanwhile", Args: cobra.MaximumNArgs(1),
		Long: `Says when a line would strike, as in a configuration: five fields, a word such as
@daily, or "@every 90m"; or, with --at, at which times. It needs neither a running botd
nor a configuration. Each time is told as clocks show it there, and in UTC; what is not
what the line says has a note, such as a time that is skipped when clocks are put
forward. Dates of a calendar that are left out, and changes of the clocks, have lines of
their own.

SCHEDULE is one that a running botd has: its id, s17, or BOT/NAME.`,
		Example: `  botd schedules next "0 9 * * 1-5" --timezone Asia/Seoul
  botd schedules next "30 2 * * *" --timezone America/New_York --from 2027-03-13 --count 3
  botd schedules next "0 9 * * 1-5" --timezone Asia/Seoul --skip holidays/kr.ics --between 2026-12-01..2026-12-31 --count 30
  botd schedules next --at "2026-12-24 09:00" --timezone Europe/Berlin --json
  botd schedules next standup/reminder`,
		RunE: func(c *cobra.Command, args []string) error {
			if count < 1 || count > mostTimes {
				return usage("--count is 1 to %d", mostTimes)
			}
			arg := strings.Join(args, "")
			x, err := outlookAsked(c, p, &a, &w, arg, from, count)
			if err != nil {
				return err
			}
			if a.json {
				return printJSON(c.OutOrStdout(), x)
			}
			return printOutlook(c.OutOrStdout(), x)
		},
	}
	a.flags(c, p)
	w.flags(c, "the calendar in this file, .ics or .txt with a date a line")
	c.Flags().StringVar(&from, "from", "", "the first time is then or later: 2026-12-01, \"2026-12-01 09:00\" or 2026-12-01T09:00:00Z; now when absent")
	c.Flags().IntVar(&count, "count", 10, fmt.Sprintf("how many times, 1 to %d", mostTimes))
	return c
}

// outlookAsked asks a running botd about one of its schedules, and works out the times of
// a line here.
func outlookAsked(c *cobra.Command, p Process, a *adminClient, w *whenFlags, arg, from string, count int) (x console.Outlook, err error) {
	if isSchedule(arg) {
		for _, name := range []string{"at", "timezone", "between", "skip", "only"} {
			if c.Flags().Changed(name) {
				return x, usage("--%s says when a line strikes, and botd knows that of %s", name, arg)
			}
		}
		return a.outlook(c, p, arg, from, count)
	}
	timing, err := w.given(arg)
	if err != nil {
		return x, err
	}
	now := time.Now().Truncate(time.Second)
	l, err := offline(timing, now)
	if err != nil {
		return x, coded{err, exitUsage}
	}
	if from != "" {
		if now, err = timeIn("from", from, l.schedule.Location()); err != nil {
			return x, err
		}
		if l, err = offline(timing, now); err != nil { // @every counts from there
			return x, coded{err, exitUsage}
		}
	}
	return l.outlook(now, count), nil
}

// isSchedule reports whether an argument means a schedule of a running botd. A line has
// spaces or begins with @.
func isSchedule(arg string) bool {
	_, err := chat.ParseScheduleID(arg)
	return err == nil || byName.MatchString(arg)
}

// offline reads a timing whose calendars are files.
func offline(t chat.Timing, started time.Time) (timeline, error) {
	calendars := schedules.Calendars{}
	for _, list := range [][]string{t.Skip, t.Only} {
		for _, path := range list {
			calendar, err := schedules.LoadCalendar(path)
			if err != nil {
				return timeline{}, err
			}
			calendars[path] = calendar
		}
	}
	return readTimeline(t, started, calendars)
}

// outlook asks a running botd.
func (a *adminClient) outlook(c *cobra.Command, p Process, arg, from string, count int) (x console.Outlook, err error) {
	id, err := a.scheduleID(c.Context(), p, arg)
	if err != nil {
		return x, err
	}
	q := url.Values{"count": {strconv.Itoa(count)}}
	if from != "" {
		t, err := a.timeOf(c.Context(), p, id, "from", from)
		if err != nil {
			return x, err
		}
		q.Set("from", t.Format(time.RFC3339))
	}
	err = a.get(c.Context(), p, "/v1/schedules/"+id.String()+"/next", q, &x)
	return x, err
}

func printOutlook(w io.Writer, x console.Outlook) error {
	_, _ = fmt.Fprintf(w, "%s, from %s\n", x.Schedule, x.From.Format(time.RFC3339))
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	changes := x.Changes
	for _, m := range x.Times {
		for len(changes) > 0 && !changes[0].At.After(m.Meant) {
			printChange(t, changes[0])
			changes = changes[1:]
		}
		printMoment(t, "", m)
	}
	for _, change := range changes {
		printChange(t, change)
	}
	if err := t.Flush(); err != nil || x.Ends == "" {
		return err
	}
	_, err := fmt.Fprintln(w, x.Ends)
	return err
}

// printMoment writes a line of a table.
func printMoment(w io.Writer, whose string, m console.Moment) {
	_, _ = fmt.Fprintf(w, "%s%s\t%s\t%s\n", whose, m.Local, m.Meant.Format(time.RFC3339), knownOf(m))
}

// momentText is a line by itself.
func momentText(m console.Moment) string {
	text := fmt.Sprintf("%s, %s", m.Local, m.Meant.Format(time.RFC3339))
	if more := knownOf(m); more != "" {
		text += "; " + more
	}
	return text
}

// knownOf is what is to be known of a moment.
func knownOf(m console.Moment) string {
	var more []string
	if !m.Due.IsZero() {
		more = append(more, "strikes "+m.Due.Format(time.RFC3339))
	}
	if m.Note != "" {
		more = append(more, m.Note)
	}
	switch {
	case m.Count > 1:
		more = append(more, fmt.Sprintf("left out, with those to %s, %d in all: %s", m.Last.Format(time.RFC3339), m.Count, m.LeftOut))
	case m.LeftOut != "":
		more = append(more, "left out: "+m.LeftOut)
	}
	return strings.Join(more, "; ")
}

func printChange(w io.Writer, c console.ClockChange) {
	_, _ = fmt.Fprintf(w, "-- clocks change in %s: %s is %s, %s\n", c.Zone, c.Before, c.After, c.At.Format(time.RFC3339))
}
