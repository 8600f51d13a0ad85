package daemon

import (
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"os"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/console"
)

func audienceCommand(p Process) *cobra.Command {
	return group("audience", "See who would receive a message, and why", audienceExplain(p))
}

func audienceExplain(p Process) *cobra.Command {
	var a adminClient
	var groupID, rule, sender string
	var x rehearsal
	c := &cobra.Command{
		Use: "explain BOT", Short: "Say of each member of a group whether a message would reach them, and by which rule", Args: cobra.ExactArgs(1),
		Long: `Reads the group now and holds an audience against it, by the code that really
sends. Without --rule it is the bot's own audience: the widest it can ever reach.

With --event the payload in that file goes through the bot's trigger and its plugin,
and each message that the plugin answers is held against the group. Nothing is stored
and nothing is sent.`,
		Example: `  botd audience explain quiz --group @TGS#2QUIZROOM1
  botd audience explain quiz --group @TGS#2QUIZROOM1 --sender carol --rule '{"sender":true}'
  botd audience explain quiz --event answer.json`,
		RunE: func(c *cobra.Command, args []string) error {
			if x.file != "" {
				if groupID+rule+sender != "" {
					return usage("with --event the trigger says the group and the sender, and the plugin the rule; leave out --group, --rule and --sender")
				}
				return x.run(c, p, &a, args[0])
			}
			if x.trigger != "" || x.showText {
				return usage("--trigger and --show-text go with --event")
			}
			q := url.Values{}
			narrow(q, map[string]string{"group": groupID, "rule": rule, "sender": sender})
			return shown(c, p, &a, "/v1/bots/"+url.PathEscape(args[0])+"/audience", q, printExplanation)
		},
	}
	a.flags(c, p)
	c.Flags().StringVar(&groupID, "group", "", "the group; not needed for a bot with one")
	c.Flags().StringVar(&rule, "rule", "", `an audience as JSON, such as {"roles":["owner","admin"]}`)
	c.Flags().StringVar(&sender, "sender", "", "the member who is the event's sender")
	c.Flags().StringVar(&x.file, "event", "", `a file with the payload of an event, as it would be posted; "-" is standard input`)
	c.Flags().StringVar(&x.trigger, "trigger", "", "with --event: the trigger it comes by; not needed for a bot with one")
	c.Flags().BoolVar(&x.showText, "show-text", false, "with --event: show the content of the messages, too")
	return c
}

// rehearsal is an event that is tried without being stored.
type rehearsal struct {
	file, trigger string
	showText      bool
}

func (x *rehearsal) run(c *cobra.Command, p Process, a *adminClient, bot string) error {
	payload, err := x.payload(p)
	if err != nil {
		return err
	}
	var list []console.Rehearsal
	order := console.Order{Trigger: chat.TriggerName(x.trigger), Payload: payload, ShowText: x.showText}
	if err := a.post(c.Context(), p, "/v1/bots/"+url.PathEscape(bot)+"/rehearse", order, &list); err != nil {
		return err
	}
	if a.json {
		return printJSON(c.OutOrStdout(), list)
	}
	for _, r := range list {
		if err := printRehearsal(c.OutOrStdout(), r); err != nil {
			return err
		}
	}
	return nil
}

func (x *rehearsal) payload(p Process) (json.RawMessage, error) {
	text, err := readAll(p, x.file)
	if err != nil {
		return nil, fmt.Errorf("reading the payload: %w", err)
	}
	if !json.Valid(text) {
		return nil, fmt.Errorf("the payload in %s is not JSON", x.file)
	}
	return text, nil
}

func readAll(p Process, file string) ([]byte, error) {
	if file == "-" {
		return io.ReadAll(p.Stdin)
	}
	return os.ReadFile(file) //nolint:gosec // the operator names the file
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
