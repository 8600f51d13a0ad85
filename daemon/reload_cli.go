package daemon

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/botd-chat/botd/config"
	"github.com/botd-chat/botd/console"
	"github.com/botd-chat/botd/problem"
)

func reloadCommand(p Process) *cobra.Command {
	var o orders
	c := &cobra.Command{
		Use: "reload", Short: "Have a running botd read its configuration again", Args: cobra.NoArgs,
		Long: `All of the configuration takes effect or none of it; what is wrong with it is printed,
and botd goes on as it was. Secrets are read from their files again, too. No request
is refused or lost meanwhile, and what has begun ends as it began. The store, the
addresses that are listened on and the sdk_app_id of an application stay as they are
until botd is started anew; if they are different in the file, nothing is reloaded.
Exits 3 when something is wrong.`,
		Example: "  botd reload\n  botd reload --as ann --reason 'a new bot for class 4c'",
		RunE: func(c *cobra.Command, _ []string) error {
			var done console.Reloaded
			if err := o.client.post(c.Context(), p, "/-/reload", o.order, &done); err != nil {
				return err
			}
			for _, w := range done.Warnings {
				_, _ = fmt.Fprintln(c.ErrOrStderr(), "warning:", config.Problem(w))
			}
			if o.client.json {
				return printJSON(c.OutOrStdout(), done)
			}
			return printReloaded(c.OutOrStdout(), done)
		},
	}
	o.flags(c, p)
	return c
}

func printReloaded(w io.Writer, done console.Reloaded) error {
	if len(done.Changed) == 0 {
		_, err := fmt.Fprintln(w, "reloaded; nothing is different")
		return err
	}
	_, err := fmt.Fprintln(w, "reloaded; what is different now:")
	for _, what := range done.Changed {
		if err == nil {
			_, err = fmt.Fprintln(w, "  "+what)
		}
	}
	return err
}

// notTaken is what a running botd said of a file with mistakes that it was to take
// up.
type notTaken struct {
	mistakes config.Problems
	detail   string
}

func (n *notTaken) Error() string { return n.detail + "\n" + n.mistakes.Error() }

func refusedFile(d problem.Details) error {
	n := &notTaken{detail: d.Detail}
	for _, m := range d.Mistakes {
		n.mistakes = append(n.mistakes, config.Problem(m))
	}
	return coded{n, exitConfig}
}
