package daemon

import (
	"cmp"
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
)

func schedulesCommand(p Process) *cobra.Command {
	return group("schedules", "See when notices go out by the clock, and do something about it",
		schedulesList(p), schedulesShow(p), schedulesFirings(p), schedulesNext(p), schedulesSimulate(p),
		schedulesPause(p), schedulesResume(p), schedulesRun(p), schedulesBackfill(p), schedulesCreate(p), schedulesDelete(p))
}

func schedulesList(p Process) *cobra.Command {
	var a adminClient
	var bot, groupID, origin, after string
	only := map[string]*bool{"late": new(bool), "paused": new(bool), "gone": new(bool)}
	var limit int
	c := &cobra.Command{
		Use: "list", Short: "List schedules, those of the configuration and those made by hand", Args: cobra.NoArgs,
		Example: "  botd schedules list\n  botd schedules list --bot standup --paused\n  botd schedules list --late --json",
		RunE: func(c *cobra.Command, _ []string) error {
			q := url.Values{"limit": {strconv.Itoa(limit)}}
			narrow(q, map[string]string{"bot": bot, "group": groupID, "origin": origin, "after": after})
			for key, set := range only {
				if *set {
					q.Set(key, "true")
				}
			}
			return shown(c, p, &a, "/v1/schedules", q, printSchedules)
		},
	}
	a.flags(c, p)
	c.Flags().StringVar(&bot, "bot", "", "only of this bot")
	c.Flags().StringVar(&groupID, "group", "", "only those that name this group; others are for what their trigger says")
	oneOfFlag(c, &origin, "origin", "", "only from there: ", string(chat.FromFile), string(chat.FromHand))
	c.Flags().BoolVar(only["late"], "late", false, "only those of which something should be out, and is not")
	c.Flags().BoolVar(only["paused"], "paused", false, "only those that are paused")
	c.Flags().BoolVar(only["gone"], "gone", false, "those that are no more, and no others")
	c.Flags().StringVar(&after, "after", "", "only what comes after this one: the next page")
	c.Flags().IntVar(&limit, "limit", 50, "how many, 1 to 500")
	return c
}

func printSchedules(w io.Writer, page console.SchedulePage) error {
	if len(page.Schedules) == 0 {
		_, err := fmt.Fprintln(w, "no schedules")
		return err
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(t, "ID\tFROM\tSCHEDULE\tTIMES\tNEXT\tLATEST\tSTATE")
	for _, s := range page.Schedules {
		next, latest := "-", "-"
		if s.Coming != nil {
			next = s.Coming.Local
		}
		if f := s.Latest; f != nil {
			latest = fmt.Sprintf("%s %s", f.Last.Format(time.DateTime), f.Outcome)
		}
		_, _ = fmt.Fprintf(t, "%s\t%s\t%s/%s\t%s\t%s\t%s\t%s\n", s.ID, s.Origin, s.Bot, s.Name, timesOf(s.Timing), next, latest, cmp.Or(stateOf(s), "-"))
	}
	if err := t.Flush(); err != nil || page.Next == nil {
		return err
	}
	_, err := fmt.Fprintf(w, "more: --after %s\n", *page.Next)
	return err
}

// timesOf is how a timing is written, in short.
func timesOf(t chat.Timing) string {
	text := t.Line
	if n := len(t.At); n > 0 {
		if text = "at " + t.At[0]; n > 1 {
			text += fmt.Sprintf(" and %d more", n-1)
		}
	}
	return text + " " + cmp.Or(t.Zone, "UTC")
}

// stateOf is what is out of the ordinary.
func stateOf(s console.ToldSchedule) string {
	var all []string
	if s.Late {
		all = append(all, "LATE")
	}
	if p := s.Paused; p != nil {
		text := "PAUSED"
		if !p.Until.IsZero() {
			text += " until " + p.Until.Format(time.RFC3339)
		}
		all = append(all, text)
	}
	if !s.Gone.IsZero() {
		all = append(all, "gone since "+s.Gone.Format(time.RFC3339))
	}
	if s.Fault != "" {
		all = append(all, "does not strike: "+s.Fault)
	}
	return strings.Join(all, ", ")
}

func schedulesShow(p Process) *cobra.Command {
	var a adminClient
	var showText bool
	c := &cobra.Command{
		Use: "show SCHEDULE", Short: "Show a schedule, what is to come of it, and what came", Args: cobra.ExactArgs(1),
		Long:    "Shows one schedule in words. SCHEDULE is its id, s17, or BOT/NAME.",
		Example: "  botd schedules show s17\n  botd schedules show standup/reminder --json",
		RunE: func(c *cobra.Command, args []string) error {
			id, err := a.scheduleID(c.Context(), p, args[0])
			if err != nil {
				return err
			}
			q := url.Values{}
			if showText {
				q.Set("show_text", "true")
			}
			return shown(c, p, &a, "/v1/schedules/"+id.String(), q, printSchedule)
		},
	}
	a.flags(c, p)
	c.Flags().BoolVar(&showText, "show-text", false, "and the payload of one made by hand, which is content")
	return c
}

func printSchedule(w io.Writer, h console.ScheduleHistory) error {
	out := &printer{w: w}
	whence := "of the configuration"
	if h.Origin == chat.FromHand {
		whence = "made by hand"
		if h.Made != nil {
			whence += " by " + h.Made.String()
		}
	}
	out.line(0, "schedule %s, %s/%s, %s", h.ID, h.Bot, h.Name, whence)
	out.line(1, "strikes %s", strings.Join(timingText(h.Timing), ", "))
	if h.Trigger != h.Name || h.Origin == chat.FromHand {
		out.line(1, "its events are of trigger %q of bot %q%s", h.Trigger, h.Bot, forText(h.ScheduleSpec))
	}
	if len(h.Payload) > 0 {
		out.line(1, "with payload %s", h.Payload)
	}
	for _, text := range latenessText(h.Lateness) {
		out.line(1, "%s", text)
	}
	out.line(1, "times count since %s", h.Started.Format(time.RFC3339))
	if h.Paused != nil {
		out.line(1, "%s; its times are left out and recorded", pausedText(*h.Paused))
	}
	if state := stateOf(h.ToldSchedule); state != "" {
		out.line(1, "%s", state)
	}
	if len(h.Outlook.Times) > 0 {
		out.line(0, "to come")
	}
	for _, m := range h.Outlook.Times {
		out.line(1, "%s", momentText(m))
	}
	if h.Outlook.Ends != "" && h.Gone.IsZero() && h.Fault == "" {
		out.line(1, "%s", h.Outlook.Ends)
	}
	for _, change := range h.Outlook.Changes {
		out.line(1, "clocks change: %s is %s", change.Before, change.After)
	}
	if len(h.Firings) > 0 {
		out.line(0, "what came")
	}
	for _, f := range h.Firings {
		out.firing(f)
	}
	for _, act := range h.Acts {
		out.line(0, "%s by %s at %s%s", act.What, chat.By{Who: act.Who, Reason: act.Reason}, act.At.Format(time.RFC3339), madeText(act.Made))
	}
	return out.err
}

func madeText(made string) string {
	if made == "" {
		return ""
	}
	return ", which made " + made
}

func forText(s chat.ScheduleSpec) string {
	text := ""
	if s.Group != "" {
		text += ", in group " + string(s.Group)
	}
	if s.Sender != "" {
		text += ", caused by " + string(s.Sender)
	}
	return text
}

// timingText says when a schedule strikes.
func timingText(t chat.Timing) []string {
	list := []string{fmt.Sprintf("%q in %s", t.Line, cmp.Or(t.Zone, "UTC"))}
	if len(t.At) > 0 {
		list[0] = fmt.Sprintf("at %s in %s", strings.Join(t.At, " and "), cmp.Or(t.Zone, "UTC"))
	}
	if t.From != "" {
		list = append(list, "from "+t.From)
	}
	if t.Until != "" {
		list = append(list, "until "+t.Until)
	}
	if len(t.Skip) > 0 {
		list = append(list, "not on the dates of "+strings.Join(t.Skip, " and "))
	}
	if len(t.Only) > 0 {
		list = append(list, "only on the dates of "+strings.Join(t.Only, " and "))
	}
	if t.Jitter > 0 {
		list = append(list, fmt.Sprintf("put off by up to %s", t.Jitter))
	}
	return list
}

// latenessText says what becomes of times that cannot be kept.
func latenessText(l chat.Lateness) (list []string) {
	age := cmp.Or(l.MaxAge, chat.Duration(chat.DefaultMaxAge))
	switch cmp.Or(l.Missed, chat.MissedOnce) {
	case chat.MissedOnce:
		list = append(list, fmt.Sprintf("of times that were missed the latest is made up, if it is not older than %s", age))
	case chat.MissedAll:
		list = append(list, fmt.Sprintf("times that were missed are made up, if they are not older than %s", age))
	case chat.MissedSkip:
		list = append(list, "times that were missed are left out")
	}
	if l.Overlap == chat.OverlapSkip {
		list = append(list, "a time is left out in groups in which what came of the one before is not over")
	}
	if l.Expires > 0 {
		list = append(list, fmt.Sprintf("what comes of it is worth sending for %s", l.Expires))
	}
	if l.LateAfter > 0 {
		list = append(list, fmt.Sprintf("there is an alarm if it is not out %s after the time meant", l.LateAfter))
	}
	return list
}

// firing shows a time about which something was decided.
func (p *printer) firing(f chat.Firing) {
	text := f.Meant.Format(time.RFC3339)
	if f.Count > 1 {
		text += fmt.Sprintf(" to %s, %d times", f.Last.Format(time.RFC3339), f.Count)
	}
	text += ": " + string(f.Outcome)
	if late := f.Struck.Sub(f.Meant); len(f.Events) > 0 && late >= time.Minute && f.By == nil {
		text += fmt.Sprintf(", struck %s after it was meant", late.Round(time.Second))
	}
	if !f.Late.IsZero() {
		text += ", LATE"
	}
	if len(f.Events) > 0 {
		text += ", " + strings.Trim(fmt.Sprint(f.Events), "[]")
	}
	if f.By != nil {
		text += ", struck by " + f.By.String()
	}
	p.line(1, "%s", text)
	p.because(2, f.Reason)
}

func schedulesFirings(p Process) *cobra.Command {
	var a adminClient
	var outcome, from, to, before string
	var limit int
	c := &cobra.Command{
		Use: "firings SCHEDULE", Short: "List what became of the times of a schedule, newest first", Args: cobra.ExactArgs(1),
		Long:    "Of each time: when it was meant, when it was struck or why it was left out, and what came of it. SCHEDULE is its id, s17, or BOT/NAME.",
		Example: "  botd schedules firings standup/reminder\n  botd schedules firings s17 --outcome missed --from 2026-12-01",
		RunE: func(c *cobra.Command, args []string) error {
			q := url.Values{"limit": {strconv.Itoa(limit)}}
			narrow(q, map[string]string{"outcome": outcome, "before": before})
			id, err := a.scheduleID(c.Context(), p, args[0])
			if err != nil {
				return err
			}
			for key, text := range map[string]string{"from": from, "to": to} {
				if text == "" {
					continue
				}
				t, err := a.timeOf(c.Context(), p, id, key, text)
				if err != nil {
					return err
				}
				q.Set(key, t.Format(time.RFC3339))
			}
			return shown(c, p, &a, "/v1/schedules/"+id.String()+"/firings", q, printFirings)
		},
	}
	a.flags(c, p)
	oneOfFlag(c, &outcome, "outcome", "", "only what ended so: ", texts(chat.FiringOutcomes)...)
	c.Flags().StringVar(&from, "from", "", "only those that were meant then or later: 2026-12-01 or \"2026-12-01 09:00\" by its own clock, or 2026-12-01T09:00:00Z")
	c.Flags().StringVar(&to, "to", "", "only those that were meant before")
	c.Flags().StringVar(&before, "before", "", "the next page: the number that the page before gave")
	c.Flags().IntVar(&limit, "limit", 50, "how many, 1 to 500")
	return c
}

func printFirings(w io.Writer, page console.FiringPage) error {
	out := &printer{w: w}
	if len(page.Firings) == 0 {
		out.line(0, "nothing came of it yet")
	}
	for _, f := range page.Firings {
		out.firing(f)
	}
	if page.Next != 0 {
		out.line(0, "older ones: --before %d", page.Next)
	}
	return out.err
}
