package daemon

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/botd-chat/botd/config"
	"github.com/botd-chat/botd/plugins"
)

func validateCommand(p Process, known plugins.Registry) *cobra.Command {
	var path string
	var ask, there bool
	c := &cobra.Command{
		Use: "validate [FILE]", Aliases: []string{"check-config"}, Args: cobra.MaximumNArgs(1),
		Short: "Check a configuration and say all that is wrong with it",
		Long: `Reads the configuration as serve would, secrets included, and starts nothing. Exits 3
when something is wrong. Of each schedule it shows the next times, and those of the next
year that fall on a change of clocks and are not what was written.

--plugins also asks the plugins that live elsewhere what they are, and holds the bots'
options and triggers against that. It starts the programs and isolated plugins for it,
and ends them. No event is handed to any.

--accounts also asks the chat service whether the bots' accounts exist. Without it
nobody is asked anything.`,
		Example: "  botd validate bots.yaml\n  botd validate --plugins --accounts --config config/bots.yaml",
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) == 1 {
				if c.Flags().Changed("config") {
					return usage("the file is named twice: as %q and by --config", args[0])
				}
				path = args[0]
			}
			cfg, err := load(path, configOptions(p, known))
			if err != nil {
				return err
			}
			for _, w := range cfg.Warnings {
				_, _ = fmt.Fprintln(c.ErrOrStderr(), "warning:", w)
			}
			if ask {
				if err := answer(c.Context(), cfg, known, c.OutOrStdout()); err != nil {
					return err
				}
			}
			if there {
				if err := existing(c.Context(), cfg); err != nil {
					return err
				}
			}
			if err := upcoming(c.OutOrStdout(), cfg, time.Now()); err != nil {
				return err
			}
			_, err = fmt.Fprintf(c.OutOrStdout(), "%s is valid: %v, %v\n", path,
				count(len(cfg.Apps), "application"), count(len(cfg.Bots), "bot"))
			return err
		},
	}
	configFlag(c, p, &path)
	c.Flags().BoolVar(&ask, "plugins", false, "ask the plugins that live elsewhere, too, and start those that botd starts")
	c.Flags().BoolVar(&there, "accounts", false, "ask the chat service whether the bots' accounts exist, too")
	return c
}

// existing is what is wrong with the accounts of a configuration.
func existing(ctx context.Context, c *config.Config) error {
	wrong, err := missingAccounts(ctx, c)
	if err == nil && len(wrong) > 0 {
		err = coded{wrong, exitConfig}
	}
	return err
}

// answer prints what the plugins that live elsewhere are, and is all that is wrong with
// them.
func answer(ctx context.Context, c *config.Config, known plugins.Registry, w io.Writer) error {
	list, err := askPlugins(ctx, c, known)
	if err != nil {
		return err
	}
	var wrong config.Problems
	for _, a := range list {
		if wrong = append(wrong, a.problems...); len(a.problems) > 0 {
			continue
		}
		if _, err := fmt.Fprintln(w, a); err != nil {
			return err
		}
	}
	if len(wrong) > 0 {
		return coded{wrong, exitConfig}
	}
	return nil
}
