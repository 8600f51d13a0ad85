package daemon

import (
	"context"
	"fmt"
	"io"
	"net/url"
	"strconv"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/botd-chat/botd/bots"
	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/console"
	"github.com/botd-chat/botd/store"
)

// makeAlarm makes what turns timers into events.
func (s *system) makeAlarm() {
	s.alarm = bots.Alarm{Store: s.store, Wake: s.store.TimersReady(), Clock: s.clock, Log: s.log, Fired: s.metrics.came}
}

// came counts a timer that became an event.
func (m *metrics) came(t chat.TimerRecord, late time.Duration) {
	m.received(chat.Timer, t.Bot, 1)
	m.timerSeconds.Observe(late.Seconds())
}

// Timers lists what plugins asked for and what has not come.
func (o operator) Timers(ctx context.Context, q console.TimerQuery) (console.TimerPage, error) {
	list, next, err := o.store.Timers(ctx, store.PendingTimers{Bot: q.Bot, Group: q.Group, After: q.After, Limit: q.Limit})
	page := console.TimerPage{Timers: list}
	if next != 0 {
		page.Next = &next
	}
	return page, told(err)
}

// CancelTimer forgets a timer.
func (o operator) CancelTimer(ctx context.Context, id chat.TimerID, by chat.By) (console.Done, error) {
	if err := o.store.CancelTimer(ctx, id, by); err != nil {
		return console.Done{}, told(err)
	}
	d := console.Done{Target: id.String()}
	o.acted("timer cancelled", by, d)
	return d, nil
}

func timersCommand(p Process) *cobra.Command {
	return group("timers", "See what plugins asked to have later, and call it off", timersList(p), timersCancel(p))
}

func timersList(p Process) *cobra.Command {
	var a adminClient
	var bot, groupID, after string
	var limit int
	c := &cobra.Command{
		Use: "list", Short: "List the timers that have not come yet, the next one first", Args: cobra.NoArgs,
		Example: "  botd timers list\n  botd timers list --bot quiz --group '@TGS#2QUIZROOM1' --json",
		RunE: func(c *cobra.Command, _ []string) error {
			q := url.Values{"limit": {strconv.Itoa(limit)}}
			narrow(q, map[string]string{"bot": bot, "group": groupID, "after": after})
			return shown(c, p, &a, "/v1/timers", q, printTimers)
		},
	}
	a.flags(c, p)
	c.Flags().StringVar(&bot, "bot", "", "only of this bot")
	c.Flags().StringVar(&groupID, "group", "", "only for this group")
	c.Flags().StringVar(&after, "after", "", "only what comes after this one: the next page")
	c.Flags().IntVar(&limit, "limit", 50, "how many, 1 to 500")
	return c
}

func printTimers(w io.Writer, page console.TimerPage) error {
	if len(page.Timers) == 0 {
		_, err := fmt.Fprintln(w, "no timer is pending")
		return err
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(t, "TIMER\tDUE\tBOT\tNAME\tGROUP\tSET BY")
	for _, x := range page.Timers {
		_, _ = fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\n", x.ID, x.Due.Format(time.DateTime), x.Bot, x.Label(), x.Group, x.Event)
	}
	if err := t.Flush(); err != nil || page.Next == nil {
		return err
	}
	_, err := fmt.Fprintf(w, "later ones: --after %s\n", *page.Next)
	return err
}

func timersCancel(p Process) *cobra.Command {
	var o orders
	c := &cobra.Command{
		Use: "cancel TIMER", Short: "Call off a timer that has not come yet", Args: cobra.ExactArgs(1),
		Long: `The plugin that asked for it is not told, and does not get it. If it waits for it to
go on, as a quiz does that closes by a timer, strike its schedule or post its webhook.`,
		Example: "  botd timers cancel t17 --reason 'the round goes on'",
		RunE: func(c *cobra.Command, args []string) error {
			id, err := chat.ParseTimerID(args[0])
			if err != nil {
				return usage("%w", err)
			}
			return o.do(c, p, "/v1/timers/"+id.String()+"/cancel", "is cancelled")
		},
	}
	o.flags(c, p)
	return c
}

// timer shows in the history of an event a timer that it set.
func (p *printer) timer(t chat.TimerRecord) {
	switch {
	case t.Status == chat.Ready:
		p.line(1, "timer %s, %s: comes %s", t.ID, t.Label(), t.Due.Format(time.RFC3339))
	case t.Outcome == chat.Fired:
		p.line(1, "timer %s, %s: came %s as event %s", t.ID, t.Label(), t.Ended.Format(time.RFC3339), t.Made)
	default:
		p.line(1, "timer %s, %s: %s", t.ID, t.Label(), t.Outcome)
	}
	p.because(2, t.Reason)
}

// laters shows the timers that an event would set or cancel.
func (p *printer) laters(list []chat.Later) {
	for _, l := range list {
		if l.Cancel {
			p.line(1, "timer %s would be cancelled, if it is pending", l.Label())
			continue
		}
		p.line(1, "timer %s would come after %v", l.Label(), time.Duration(l.After))
	}
}
