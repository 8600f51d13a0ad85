package daemon

import (
	"fmt"
	"io"
	"net/url"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/botd-chat/botd/console"
)

func audienceCommand(p Process) *cobra.Command {
	return group("audience", "See who would receive a message, and why", audienceExplain(p))
}

func audienceExplain(p Process) *cobra.Command {
	var a adminClient
	var groupID, rule, sender string
	c := &cobra.Command{
		Use: "explain BOT", Short: "Say of each member of a group whether a message would reach them, and by which rule", Args: cobra.ExactArgs(1),
		Long: `Reads the group now and holds an audience against it, by the code that really
sends. Without --rule it is the bot's own audience: the widest it can ever reach.`,
		Example: `  botd audience explain quiz --group @TGS#2QUIZROOM1
  botd audience explain quiz --group @TGS#2QUIZROOM1 --sender carol --rule '{"sender":true}'`,
		RunE: func(c *cobra.Command, args []string) error {
			q := url.Values{}
			for key, value := range map[string]string{"group": groupID, "rule": rule, "sender": sender} {
				if value != "" {
					q.Set(key, value)
				}
			}
			var x console.Explanation
			if err := a.get(c.Context(), p, "/v1/bots/"+url.PathEscape(args[0])+"/audience", q, &x); err != nil {
				return err
			}
			if a.json {
				return printJSON(c.OutOrStdout(), x)
			}
			return printExplanation(c.OutOrStdout(), x)
		},
	}
	a.flags(c, p)
	c.Flags().StringVar(&groupID, "group", "", "the group; not needed for a bot with one")
	c.Flags().StringVar(&rule, "rule", "", `an audience as JSON, such as {"roles":["owner","admin"]}`)
	c.Flags().StringVar(&sender, "sender", "", "the member who is the event's sender")
	return c
}

func printExplanation(w io.Writer, x console.Explanation) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(t, "MEMBER\tROLE\tSEES IT\tWHY")
	for _, v := range x.Verdicts {
		sees := "no"
		if v.In {
			sees = "yes"
		}
		role := string(v.Role)
		if role == "" {
			role = "-"
		}
		_, _ = fmt.Fprintf(t, "%s\t%s\t%s\t%s\n", v.User, role, sees, v.Reason)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	if x.Refusal != "" {
		if _, err := fmt.Fprintln(w, "nothing would be sent:", x.Refusal); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(w, "%d of %d in %s would see it, as read %s\n", x.Reached, len(x.Verdicts), x.Group, x.ReadAt.Format("15:04:05 MST"))
	return err
}
