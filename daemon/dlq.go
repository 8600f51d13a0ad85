package daemon

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/console"
)

func dlqCommand(p Process) *cobra.Command {
	return group("dlq", "See what waits for a person, and do something about it", dlqList(p), dlqShow(p), dlqRetry(p), dlqApprove(p), dlqDrop(p))
}

func dlqList(p Process) *cobra.Command {
	var a adminClient
	var f selection
	var before string
	var limit int
	c := &cobra.Command{
		Use: "list", Short: "List events and messages that are held or dead", Args: cobra.NoArgs,
		Long: `Lists what goes on only when a person decides: what is held, and what was given up
(dead letters). Events come first, then messages, both newest first.`,
		Example: "  botd dlq list\n  botd dlq list --bot quiz --outcome unknown",
		RunE: func(c *cobra.Command, _ []string) error {
			q, err := f.query(time.Now())
			if err != nil {
				return err
			}
			if q.Set("limit", strconv.Itoa(limit)); before != "" {
				q.Set("before", before)
			}
			return shown(c, p, &a, "/v1/dead-letters", q, printLetters)
		},
	}
	a.flags(c, p)
	f.letterFlags(c)
	c.Flags().StringVar(&before, "before", "", "only what comes after this one: the next page")
	c.Flags().IntVar(&limit, "limit", 50, "how many, 1 to 500")
	return c
}

func printLetters(w io.Writer, page console.LetterPage) error {
	if len(page.Letters) == 0 {
		_, err := fmt.Fprintln(w, "nothing waits for a person")
		return err
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(t, "ID\tSINCE\tBOT\tGROUP\tSTATUS\tPROGRESS\tREASON")
	for _, x := range page.Letters {
		progress := x.Progress.String()
		if progress == "" {
			progress = "-"
		}
		_, _ = fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", x.ID, x.Ended.Format(time.DateTime), x.Bot, x.Group, standing(x.Status, x.Outcome), progress, x.Reason)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	for _, x := range page.Letters {
		for _, d := range x.Unclear {
			_, _ = fmt.Fprintf(w, "%s of %s may or may not have been delivered: botd deliveries answer %s sent|resend|drop\n", d, x.ID, d)
		}
	}
	if page.Next != "" {
		_, err := fmt.Fprintf(w, "more: --before %s\n", page.Next)
		return err
	}
	return nil
}

func dlqShow(p Process) *cobra.Command {
	var a adminClient
	c := &cobra.Command{
		Use: "show EVENT|MESSAGE", Short: "Show an event or a message and what became of it", Args: cobra.ExactArgs(1),
		Example: "  botd dlq show m17",
		RunE: func(c *cobra.Command, args []string) error {
			event, message, err := letterID(args[0])
			if err != nil {
				return err
			}
			if event != 0 {
				return showHistory(c, p, &a, event)
			}
			var m chat.MessageHistory
			if err := a.get(c.Context(), p, "/v1/messages/"+message.String(), nil, &m); err != nil {
				return err
			}
			if a.json {
				return printJSON(c.OutOrStdout(), m)
			}
			out := &printer{w: c.OutOrStdout()}
			out.line(0, "of event %s by bot %q in group %s", m.Event, m.Bot, m.Group)
			out.message(m)
			return out.err
		},
	}
	a.flags(c, p)
	return c
}

// letterID reads the id of what can wait for a person; one of the two is zero.
func letterID(s string) (event chat.EventID, message chat.MessageID, err error) {
	if event, err = chat.ParseEventID(s); err == nil {
		return event, 0, nil
	}
	if message, err = chat.ParseMessageID(s); err == nil {
		return 0, message, nil
	}
	return 0, 0, usage("%.40q is neither the id of an event, e17, nor of a message, m17", s)
}

func dlqRetry(p Process) *cobra.Command {
	var all many
	var o orders
	c := &cobra.Command{
		Use: "retry [EVENT|MESSAGE ...]", Short: "Try again what is held or dead",
		Long: `A message is sent again, as a new one at the end of its lane, to those who certainly
did not get it. With --resend it also goes to those who may have got it, and then
they may see it twice. Who of them may still see it is found out when its turn comes.

An event is handled again, as a new one (see events replay).

Without ids it is all that the flags select, events before messages and the oldest
first. How many that are is said first, and asked about, unless there is --yes. Each is
an act of its own; what somebody else saw to meanwhile is skipped and named. When it is
interrupted, run it again: what was done is not selected any more.

--dry-run says what would come of it: the plugin is run, and the groups are read, and
nothing is stored or sent.`,
		Example: "  botd dlq retry m17 --dry-run\n  botd dlq retry m17 --reason 'the account was imported'\n  botd dlq retry --bot quiz --outcome failed --since 2h",
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				return all.act(c, p, &o, deadLetters, "retry")
			}
			return all.named(c, args, func(id string) error { return o.retry(c, p, id) })
		},
	}
	c.Args = cobra.ArbitraryArgs
	o.flags(c, p)
	o.dryFlags(c)
	c.Flags().BoolVar(&o.order.Resend, "resend", false, "send a message also to those who may have got it: they may see it twice")
	all.letterFlags(c)
	all.flags(c, "all that waits for a person")
	return c
}

func dlqDrop(p Process) *cobra.Command {
	var all many
	var o orders
	c := &cobra.Command{
		Use: "drop [EVENT|MESSAGE ...]", Short: "Give up what is held or dead",
		Long: `Nothing more comes of it then. What of a message was sent stays sent. Without ids it
is all that the flags select: how many that are is said first, and asked about, unless
there is --yes. What somebody else saw to meanwhile is skipped and named.`,
		Example: "  botd dlq drop m17 --reason 'the quiz is over'\n  botd dlq drop --kind event --bot old --dry-run\n  botd dlq drop --because 10007 --until 24h --yes",
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				return all.act(c, p, &o, deadLetters, "drop")
			}
			if o.order.DryRun {
				return usage("--dry-run says what flags select; you name what is to be dropped")
			}
			return all.named(c, args, func(id string) error { return o.drop(c, p, id) })
		},
	}
	c.Args = cobra.ArbitraryArgs
	o.flags(c, p)
	c.Flags().BoolVar(&o.order.DryRun, "dry-run", false, "say what the flags select, and drop nothing")
	all.letterFlags(c)
	all.flags(c, "all that waits for a person")
	return c
}

func forEach(c *cobra.Command, ids []string, f func(string) error) error {
	if len(ids) == 1 {
		return f(ids[0])
	}
	failed := 0
	for _, id := range ids {
		err := f(id)
		if err != nil && (c.Context().Err() != nil || exitCode(err) == exitUsage) {
			return err
		}
		if err != nil {
			failed++
			_, _ = fmt.Fprintf(c.ErrOrStderr(), "%s: %v\n", id, err)
		}
	}
	if failed > 0 {
		return errors.New(fmt.Sprint(failed, " of ", count(len(ids), "thing"), " could not be done"))
	}
	return nil
}
