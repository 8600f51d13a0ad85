package daemon

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/botd-chat/botd/chat"
)

func pauseCommand(p Process) *cobra.Command {
	c := brakeCommand(p, "/v1/pause")
	c.Use, c.Short = "pause BOT|all", "Hold a bot, or all of them: nothing is sent, all is kept"
	c.Long = `At once, and until resume, also over a restart: no plugin is run and no attempt to
deliver is begun for that bot. What was begun before comes to its end, within seconds.
Webhooks and schedules are accepted and kept, and go on in their order afterwards;
messages that expire meanwhile are then recorded as expired.`
	c.Example = "  botd pause quiz --reason 'it posts nonsense'\n  botd pause all --as ann"
	return c
}

func resumeCommand(p Process) *cobra.Command {
	c := brakeCommand(p, "/v1/resume")
	c.Use, c.Short = "resume BOT|all", "Let a paused bot go on, or end the pause of all"
	c.Long = `Ends the pause that was made under the same name: a bot that was paused by itself stays
so after resume all.`
	c.Example = "  botd resume quiz\n  botd resume all"
	return c
}

func brakeCommand(p Process, path string) *cobra.Command {
	var o orders
	c := &cobra.Command{
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if o.order.All = args[0] == everyBot; !o.order.All {
				o.order.Bot = chat.BotName(args[0])
			}
			var list []chat.Pause
			if err := o.client.post(c.Context(), p, path, o.order, &list); err != nil {
				return err
			}
			return printPauses(c.OutOrStdout(), list, o.client.json)
		},
	}
	o.flags(c, p)
	return c
}

func pausesCommand(p Process) *cobra.Command {
	var a adminClient
	c := &cobra.Command{
		Use: "pauses", Short: "List the bots that are paused, since when, by whom and why", Args: cobra.NoArgs,
		Example: "  botd pauses",
		RunE: func(c *cobra.Command, _ []string) error {
			var list []chat.Pause
			if err := a.get(c.Context(), p, "/v1/pauses", nil, &list); err != nil {
				return err
			}
			return printPauses(c.OutOrStdout(), list, a.json)
		},
	}
	a.flags(c, p)
	return c
}

func printPauses(w io.Writer, list []chat.Pause, asJSON bool) error {
	if asJSON {
		return printJSON(w, list)
	}
	if len(list) == 0 {
		_, err := fmt.Fprintln(w, "no bot is paused")
		return err
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(t, "PAUSED\tSINCE\tBY\tREASON")
	for _, x := range list {
		_, _ = fmt.Fprintf(t, "%s\t%s\t%s\t%s\n", braked(x.Bot), x.At.Format(time.DateTime), x.Who, x.Reason)
	}
	return t.Flush()
}
