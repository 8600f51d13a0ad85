package daemon

import (
	"cmp"
	"context"
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
	"github.com/botd-chat/botd/store"
)

// Leaks lists what members saw although it was to be held.
func (b backend) Leaks(ctx context.Context, q console.LeakQuery) (page console.LeakPage, err error) {
	list, next, err := b.store.Leaks(ctx, store.LeakQuery{Bot: q.Bot, Group: q.Group, Open: q.Open, After: q.Before, Limit: q.Limit})
	for _, l := range list {
		page.Leaks = append(page.Leaks, console.ToldLeak{Leak: l, Visible: l.Visible(b.clock.Now()).Seconds()})
	}
	if next != 0 {
		page.Next = &next
	}
	return page, err
}

func leaksCommand(p Process) *cobra.Command {
	return group("leaks", "See what others saw although it was to be held", leaksList(p))
}

func leaksList(p Process) *cobra.Command {
	var a adminClient
	var bot, groupID, before string
	var open bool
	var limit int
	c := &cobra.Command{
		Use: "list", Short: "List messages that others saw although they were to be held, newest first", Args: cobra.NoArgs,
		Long: `A trigger with hold: true takes what a member writes out of the group before anybody
sees it. What slipped through, because botd did not answer in time, was down, or was
not asked, is found in the group's history, and taken back. What it said is not shown.`,
		Example: "  botd leaks list\n  botd leaks list --open --json",
		RunE: func(c *cobra.Command, _ []string) error {
			q := url.Values{"limit": {strconv.Itoa(limit)}}
			narrow(q, map[string]string{"bot": bot, "group": groupID, "before": before})
			if open {
				q.Set("open", "true")
			}
			return shown(c, p, &a, "/v1/leaks", q, printLeaks)
		},
	}
	a.flags(c, p)
	c.Flags().StringVar(&bot, "bot", "", "only of this bot")
	c.Flags().StringVar(&groupID, "group", "", "only in this group")
	c.Flags().BoolVar(&open, "open", false, "only those whose message others can still see")
	c.Flags().StringVar(&before, "before", "", "only older than this leak: the next page")
	c.Flags().IntVar(&limit, "limit", 50, "how many, 1 to 500")
	return c
}

func printLeaks(w io.Writer, page console.LeakPage) error {
	if len(page.Leaks) == 0 {
		_, err := fmt.Fprintln(w, "no leaks")
		return err
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(t, "LEAK\tSHOWN\tGROUP\tNUMBER\tSENDER\tVISIBLE\tFOUND BY\tRESULT\tEVENTS")
	for _, l := range page.Leaks {
		visible := time.Duration(l.Visible * float64(time.Second))
		_, _ = fmt.Fprintf(t, "%s\t%s\t%s\t%d\t%s\t%s\t%s\t%s\t%s\n",
			l.ID, l.Shown.Format(time.DateTime), l.Group, l.MsgSeq, cmp.Or(l.Sender, "-"), visible, l.FoundBy, leakResult(l.Leak), became(l.Leak))
	}
	if err := t.Flush(); err != nil || page.Next == nil {
		return err
	}
	_, err := fmt.Fprintf(w, "older ones: --before %s\n", *page.Next)
	return err
}

// leakResult is what came of taking a message back, in a few words.
func leakResult(l chat.Leak) string {
	if l.Result == "" {
		return fmt.Sprintf("being taken back, %v so far", count(l.Attempts, "attempt"))
	}
	if l.Error != "" && l.Result != chat.Recalled {
		return string(l.Result) + ": " + l.Error
	}
	return string(l.Result)
}

// became names what a leak became.
func became(l chat.Leak) string { return cmp.Or(strings.Trim(fmt.Sprint(l.Events), "[]"), "-") }
