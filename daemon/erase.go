package daemon

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/console"
)

func eraseCommand(p Process) *cobra.Command {
	var a adminClient
	var in console.Order
	c := &cobra.Command{
		Use: "erase USER", Short: "Take one user's data out of all that is over, or look what was", Args: cobra.ExactArgs(1),
		Long: `Puts a token in the place of the user's id wherever something is over: as the one who
caused an event, as recipient, in rules and in readings of groups; and empties the
payloads of events that the user caused and the text of what came of them. That it was
done is kept, with a hash of the id. There is no way back.

Take the user out of the groups first. Events in which something is still ready or held
are printed: what is on its way goes to the others only, and the rest is left; erase
again when they are over. What bots remember that names the user is printed, too.

A user whose id is list or check is named after two dashes: botd erase -- list.`,
		Example: "  botd erase carol --reason 'asked for it on 3 March' --as ann\n  botd erase carol --app main --json",
		RunE: func(c *cobra.Command, args []string) error {
			in.User = chat.UserID(args[0])
			if err := in.User.Validate(); err != nil {
				return usage("%w", err)
			}
			var e chat.Erasure
			if err := a.post(c.Context(), p, "/v1/erasures", in, &e); err != nil {
				return err
			}
			if a.json {
				return printJSON(c.OutOrStdout(), e)
			}
			return printErasure(c.OutOrStdout(), e)
		},
	}
	a.flags(c, p)
	c.Flags().StringVar((*string)(&in.App), "app", "", "the application; may be left out if there is only one")
	c.Flags().StringVar(&in.As, "as", "", "who does it, for the record; else it is whoever has the admin token")
	c.Flags().StringVar(&in.Reason, "reason", "", "why, for the record; without the user's id")
	c.AddCommand(eraseList(p), eraseCheck(p))
	return c
}

func eraseList(p Process) *cobra.Command {
	var a adminClient
	c := &cobra.Command{
		Use: "list", Short: "List what was erased, without saying of whom", Args: cobra.NoArgs,
		Long:    "Lists when a user was erased, by whom and why, and what stands in the place of the id. Of whom it was is not kept.",
		Example: "  botd erase list\n  botd erase list --json",
		RunE: func(c *cobra.Command, _ []string) error {
			var list []chat.Erasure
			if err := a.get(c.Context(), p, "/v1/erasures", nil, &list); err != nil {
				return err
			}
			if a.json {
				return printJSON(c.OutOrStdout(), list)
			}
			if len(list) == 0 {
				_, err := fmt.Fprintln(c.OutOrStdout(), "nobody was erased")
				return err
			}
			return printErasures(c.OutOrStdout(), list)
		},
	}
	a.flags(c, p)
	return c
}

func eraseCheck(p Process) *cobra.Command {
	var a adminClient
	var in console.Order
	c := &cobra.Command{
		Use: "check USER", Short: "Say whether a user was erased, and when", Args: cobra.ExactArgs(1),
		Long: `Compares the hash of the id, under the key that only this store has, with those that
were kept. The exit code is 1 if the user was not erased. That a user was erased does
not mean that nothing came since: erase again for that.`,
		Example: "  botd erase check carol\n  botd erase check carol --app main --json",
		RunE: func(c *cobra.Command, args []string) error {
			in.User = chat.UserID(args[0])
			if err := in.User.Validate(); err != nil {
				return usage("%w", err)
			}
			var found chat.ErasureCheck
			if err := a.post(c.Context(), p, "/v1/erasures/check", in, &found); err != nil {
				return err
			}
			return printCheck(c.OutOrStdout(), found, a.json)
		},
	}
	a.flags(c, p)
	c.Flags().StringVar((*string)(&in.App), "app", "", "the application; may be left out if there is only one")
	return c
}

// printCheck is an error too if the user was not erased.
func printCheck(w io.Writer, c chat.ErasureCheck, asJSON bool) (err error) {
	switch {
	case asJSON:
		err = printJSON(w, c)
	case len(c.Erasures) > 0:
		err = printErasures(w, c.Erasures)
	}
	if err == nil && len(c.Erasures) == 0 {
		err = fmt.Errorf("this user was not erased from application %q", c.App)
	}
	return err
}

func printErasures(w io.Writer, list []chat.Erasure) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(t, "ERASURE\tAT\tAPP\tBY\tIN THE ID'S PLACE\tEVENTS\tMESSAGES\tLISTS\tREADINGS\tON THE WAY")
	for _, e := range list {
		_, _ = fmt.Fprintf(t, "%d\t%s\t%s\t%s\t%s\t%d\t%d\t%d\t%d\t%d\n", e.ID, e.At.Format(time.DateTime), e.App, e.By, e.Token,
			e.Counts.Events, e.Counts.Messages, e.Counts.Parts, e.Counts.Snapshots, e.Counts.Dropped)
	}
	return t.Flush()
}

func printErasure(w io.Writer, e chat.Erasure) error {
	out := &printer{w: w}
	out.line(0, "erased from application %q: %v caused, %v, %v, %v, %v, %v, %v, %v and %v; in the place of the id stands %s", e.App,
		count(e.Counts.Events, "event"), count(e.Counts.Messages, "message"), count(e.Counts.Parts, "delivery list"),
		count(e.Counts.Timers, "timer"), count(e.Counts.Sessions, "session"), count(e.Counts.Schedules, "schedule"), count(e.Counts.Leaks, "leak"), count(e.Counts.Snapshots, "reading"), count(e.Counts.Receipts, "receipt"), e.Token)
	if e.Counts == (chat.Erased{}) && len(e.Waiting)+len(e.States)+len(e.Schedules) == 0 {
		out.line(1, "nothing of this user was found, and that it was looked for is kept: is the id right, and spelt as the chat service spells it?")
	}
	if e.Counts.Dropped > 0 {
		out.line(1, "%v on the way will not reach the user", count(e.Counts.Dropped, "message"))
	}
	for _, id := range e.Waiting {
		out.line(1, "not over yet: event %s, of which something is ready or held, or a timer is pending; erase again when it is over", id)
	}
	for _, id := range e.Schedules {
		out.line(1, "left as it is: schedule %s goes on with this user in it; delete it, or take the user out of the configuration", id)
	}
	for _, s := range e.States {
		of := fmt.Sprintf("group %s", s.Group)
		if s.User != "" {
			of = fmt.Sprintf("%s in group %s, in a session", s.User, s.Group)
		}
		out.line(1, "left as it is: %q in what bot %q remembers about %s", s.Key, s.Bot, of)
	}
	return out.err
}
