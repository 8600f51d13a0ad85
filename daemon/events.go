package daemon

import (
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"strconv"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/console"
)

func eventsCommand(p Process) *cobra.Command {
	return group("events", "See what became of events, and have them handled again", eventsList(p), eventsShow(p), eventsReplay(p))
}

func eventsList(p Process) *cobra.Command {
	var a adminClient
	var bot, groupID, status, outcome, before string
	var limit int
	c := &cobra.Command{
		Use: "list", Short: "List events, newest first", Args: cobra.NoArgs,
		Example: "  botd events list --status dead\n  botd events list --bot quiz --limit 20 --json",
		RunE: func(c *cobra.Command, _ []string) error {
			q := url.Values{"limit": {strconv.Itoa(limit)}}
			narrow(q, map[string]string{"bot": bot, "group": groupID, "status": status, "outcome": outcome, "before": before})
			return shown(c, p, &a, "/v1/events", q, printEvents)
		},
	}
	a.flags(c, p)
	c.Flags().StringVar(&bot, "bot", "", "only of this bot")
	c.Flags().StringVar(&groupID, "group", "", "only for this group")
	oneOfFlag(c, &status, "status", "", "only these: ", "ready", "held", "done", "dead")
	oneOfFlag(c, &outcome, "outcome", "", "only what ended so: ", "handled", "dropped", "expired", "refused", "failed", "retried", "voided")
	c.Flags().StringVar(&before, "before", "", "only older than this event: the next page")
	c.Flags().IntVar(&limit, "limit", 50, "how many, 1 to 500")
	return c
}

func printEvents(w io.Writer, page console.EventPage) error {
	if len(page.Events) == 0 {
		_, err := fmt.Fprintln(w, "no events")
		return err
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(t, "EVENT\tACCEPTED\tBOT\tTRIGGER\tGROUP\tSTATUS\tREASON")
	for _, e := range page.Events {
		_, _ = fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", e.ID, e.Accepted.Format(time.DateTime), e.Bot, e.Trigger, e.Group, e.Now, e.Reason)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	if page.Next != nil {
		_, err := fmt.Fprintf(w, "older ones: --before %s\n", *page.Next)
		return err
	}
	return nil
}

// standing is a status with its outcome, for people: "done: handled".
func standing(s chat.Status, o chat.Outcome) string {
	return chat.Stand{Status: s, Outcome: o}.String()
}

func eventsShow(p Process) *cobra.Command {
	var a adminClient
	c := &cobra.Command{
		Use: "show EVENT", Short: "Show one event and all that came of it", Args: cobra.ExactArgs(1),
		Long:    "Shows an event from its acceptance to what became of each batch of recipients, with every attempt. The content of messages is not shown.",
		Example: "  botd events show e17",
		RunE: func(c *cobra.Command, args []string) error {
			id, err := chat.ParseEventID(args[0])
			if err != nil {
				return usage("%w", err)
			}
			return showHistory(c, p, &a, id)
		},
	}
	a.flags(c, p)
	return c
}

func showHistory(c *cobra.Command, p Process, a *adminClient, id chat.EventID) error {
	return shown(c, p, a, "/v1/events/"+id.String(), nil, printHistory)
}

func printHistory(w io.Writer, h chat.EventHistory) error {
	out := &printer{w: w}
	e := h.Event
	out.line(0, "event %s: %s", e.ID, e.Now)
	out.line(1, "accepted %s from %s %q of bot %q for group %s", e.Accepted.Format(time.RFC3339), e.Kind, e.Trigger, e.Bot, e.Group)
	if e.Sender != "" {
		out.line(1, "caused by %s", e.Sender)
	}
	if e.ReplayOf != 0 {
		out.line(1, "event %s handled again", e.ReplayOf)
	}
	if e.TimerOf != 0 {
		out.line(1, "timer of %s, for %s", e.TimerOf, e.Time.Format(time.RFC3339))
	}
	if e.ReportOf != 0 {
		out.line(1, "tells how message %s ended", e.ReportOf)
	}
	out.origin(e.Origin)
	out.heard(e.Heard)
	out.because(1, e.Reason)
	if e.Status == chat.Ready && !e.Due.IsZero() {
		out.line(1, "next try %s, %v so far", e.Due.Format(time.RFC3339), count(e.Attempts, "run"))
	}
	if len(h.Messages) == 0 && e.Outcome == chat.Handled {
		out.line(1, "the plugin had nothing to say")
	}
	for _, m := range h.Messages {
		out.message(m)
	}
	for _, t := range h.Timers {
		out.timer(t)
	}
	for _, l := range h.Leaks {
		out.leak(l)
	}
	for _, act := range h.Acts {
		out.act(act)
	}
	return out.err
}

// printer writes indented lines and remembers the first error.
type printer struct {
	w   io.Writer
	err error
}

func (p *printer) line(depth int, format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, "%*s%s\n", 2*depth, "", fmt.Sprintf(format, args...))
	}
}

func (p *printer) because(depth int, reason string) {
	if reason != "" {
		p.line(depth, "because %s", reason)
	}
}

func (p *printer) message(m chat.MessageHistory) {
	p.line(1, "message %s: %s", m.ID, m.Now)
	rule, _ := json.Marshal(m.To) // an audience is plain data
	p.line(2, "to %s", rule)
	p.renderings(m.Renderings)
	if m.ReplayOf != 0 {
		p.line(2, "message %s sent again%s", m.ReplayOf, onlyTo(m.Only))
	}
	p.because(2, m.Reason)
	if m.Status == chat.Ready && !m.Due.IsZero() {
		p.line(2, "next try %s at the earliest, when its turn comes", m.Due.Format(time.RFC3339))
	}
	if m.ReportedBy != 0 {
		p.line(2, "event %s tells the plugin how it ended", m.ReportedBy)
	}
	if !m.ReadAt.IsZero() {
		p.line(2, "resolved against the group as read %s", m.ReadAt.Format(time.RFC3339Nano))
	}
	for _, d := range m.Deliveries {
		p.delivery(d)
	}
}

// renderings shows whom the other texts of a message are for.
func (p *printer) renderings(list []chat.Audience) {
	for i, a := range list {
		if i == manyNames {
			p.line(2, "and %d more texts", len(list)-i)
			return
		}
		rule, _ := json.Marshal(a)
		p.line(2, "text %d to %s", i+1, rule)
	}
}

// onlyTo says how many a message is limited to.
func onlyTo(only *chat.Recipients) string {
	if only == nil {
		return ""
	}
	return fmt.Sprintf(" to %d whom that one did not reach", only.Len())
}

func (p *printer) act(a chat.Act) {
	made := ""
	if a.Made != "" {
		made = " as " + a.Made
	}
	before := ""
	if a.Before.Status != "" {
		before = "; before: " + standing(a.Before.Status, a.Before.Outcome)
	}
	p.line(1, "%s: %s was %s%s by %s%s", a.At.Format(time.RFC3339), a.Target, a.What, made, chat.By{Who: a.Who, Reason: a.Reason}, before)
	p.because(2, a.Before.Reason)
}

func (p *printer) delivery(d chat.DeliveryHistory) {
	text := ""
	if d.Rendering > 0 {
		text = fmt.Sprintf(", text %d", d.Rendering)
	}
	p.line(2, "delivery %s, part %d%s: %s", d.ID, d.Part, text, d.Now)
	p.line(3, "to %v", d.Recipients.IDs())
	for _, lost := range d.Lost {
		p.line(3, "not to %s: %s", lost.User, lost.Reason)
	}
	p.because(3, d.Reason)
	for _, t := range d.Tries {
		text := "running"
		if t.Result != "" {
			text = string(t.Result)
		}
		if t.Error != "" {
			text += ": " + t.Error
		}
		p.line(3, "attempt %d at %s to %v: %s", t.N, t.Began.Format(time.RFC3339Nano), count(t.People, "recipient"), text)
	}
	p.recalls(d.Recalls)
}

func printJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(v)
}
