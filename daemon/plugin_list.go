package daemon

import (
	"cmp"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/botd-chat/botd/console"
)

func pluginList(p Process) *cobra.Command {
	var a adminClient
	c := &cobra.Command{
		Use: "list", Short: "List the plugin of each bot, and whether it is there", Args: cobra.NoArgs,
		Long: `Asks the botd that runs for the plugin of each bot: where it runs, its version, and
whether it would get an event now. Events of one that would not wait, and the reason is told.`,
		Example: "  botd plugin list\n  botd plugin list --json",
		RunE: func(c *cobra.Command, _ []string) error {
			var list console.PluginList
			if err := a.get(c.Context(), p, "/v1/plugins", nil, &list); err != nil {
				return err
			}
			if a.json {
				return printJSON(c.OutOrStdout(), list)
			}
			return printPlugins(c.OutOrStdout(), list.Plugins)
		},
	}
	a.flags(c, p)
	return c
}

func printPlugins(w io.Writer, list []console.Plugin) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(t, "BOT\tPLUGIN\tVERSION\tWHERE\tSTATE")
	for _, p := range list {
		state := "there"
		if !p.There {
			state = "away: " + p.Reason
		}
		_, _ = fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\n", p.Bot, p.Plugin, cmp.Or(p.Version, "-"), p.Where, state)
	}
	return t.Flush()
}
