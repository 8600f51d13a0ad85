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

	"github.com/botd-chat/botd/console"
)

func schedulesSimulate(p Process) *cobra.Command {
	var a adminClient
	var from, to, bot string
	var which []string
	var each, show bool
	var limit int
	c := &cobra.Command{
		Use: "simulate", Short: "Say when schedules would strike in a time, and whom they would reach", Args: cobra.NoArgs,
		Long: `Goes through all schedules, or those that are chosen, from one moment to another, in
order: each time that strikes, each that is left out and why, and each change of the
clocks. The first firing of each schedule and group is held against the members of the
group as it is today, by the code that really sends; with --each all are, up to 400.
Nothing is stored and nothing is sent.`,
		Example: `  botd schedules simulate
  botd schedules simulate --from 2026-12-01 --to 2027-12-01 --bot standup
  botd schedules simulate --schedule standup/reminder --to 2026-12-31 --each --show`,
		RunE: func(c *cobra.Command, _ []string) error {
			q := url.Values{"limit": {strconv.Itoa(limit)}, "each": {strconv.FormatBool(each)}, "show": {strconv.FormatBool(show)}}
			if bot != "" {
				q.Set("bot", bot)
			}
			for key, text := range map[string]string{"from": from, "to": to} {
				if text == "" {
					continue
				}
				t, err := timeIn(key, text, time.UTC)
				if err != nil {
					return err
				}
				q.Set(key, t.Format(time.RFC3339))
			}
			for _, arg := range which {
				id, err := a.scheduleID(c.Context(), p, arg)
				if err != nil {
					return err
				}
				q.Add("schedule", id.String())
			}
			return shown(c, p, &a, "/v1/schedules/simulate", q, printSimulation)
		},
	}
	a.flags(c, p)
	c.Flags().StringVar(&from, "from", "", "from then on: 2026-12-01 or \"2026-12-01 09:00\", in UTC, or 2026-12-01T09:00:00+09:00; now when absent")
	c.Flags().StringVar(&to, "to", "", "and before this; a week later when absent")
	c.Flags().StringVar(&bot, "bot", "", "only of this bot")
	c.Flags().StringArrayVar(&which, "schedule", nil, "only this one, s17 or BOT/NAME; may stand more than once")
	c.Flags().BoolVar(&each, "each", false, "hold each firing against the members, up to 400, and not only the first of each schedule and group")
	c.Flags().BoolVar(&show, "show", false, "show the members, and why they are in or out")
	c.Flags().IntVar(&limit, "limit", 1000, "how many lines, 1 to 10000")
	return c
}

func printSimulation(w io.Writer, s console.Simulation) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	changes := s.Changes
	for _, x := range s.Steps {
		for len(changes) > 0 && !changes[0].At.After(x.Meant) {
			printChange(t, changes[0])
			changes = changes[1:]
		}
		printMoment(t, fmt.Sprintf("%s/%s\t", x.Bot, x.Name), x.Moment)
		for _, r := range x.Reach {
			printReach(t, r)
		}
	}
	for _, change := range changes {
		printChange(t, change)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	out := &printer{w: w}
	out.line(0, "from %s to %s", s.From.Format(time.RFC3339), s.To.Format(time.RFC3339))
	for _, x := range s.Schedules {
		text := fmt.Sprintf("strikes %d times, %d are left out", x.Strikes, x.LeftOut)
		if x.Fault != "" {
			text = "does not strike: " + x.Fault
		}
		out.line(1, "%s %s/%s: %s", x.Schedule, x.Bot, x.Name, text)
	}
	if s.Ends != "" {
		out.line(0, "%s", s.Ends)
	}
	return out.err
}

// printReach says whom a firing would reach, in lines without columns.
func printReach(w io.Writer, r console.Reach) {
	text := fmt.Sprintf("%v to %v", count(r.Messages, "message"), count(r.People, "recipient"))
	if r.Reason != "" {
		text += ": " + r.Reason
	}
	_, _ = fmt.Fprintf(w, "     in group %s: %s\n", r.Group, text)
	if r.Shown == nil {
		return
	}
	for i, m := range r.Shown.Messages {
		for _, v := range m.Audience.Verdicts {
			sees := "does not see"
			if v.In {
				sees = "sees"
			}
			_, _ = fmt.Fprintf(w, "       %s %s message %d: %s\n", v.User, sees, i+1, strings.TrimSpace(v.Reason))
		}
	}
}
