package daemon

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/botd-chat/botd/plugins"
)

func validateCommand(p Process, known plugins.Registry) *cobra.Command {
	var path string
	c := &cobra.Command{
		Use: "validate [FILE]", Aliases: []string{"check-config"}, Args: cobra.MaximumNArgs(1),
		Short:   "Check a configuration and say all that is wrong with it",
		Long:    "Reads the configuration as serve would, secrets included, and starts nothing. Exits 3 when something is wrong.",
		Example: "  botd validate bots.yaml\n  botd validate --config config/bots.yaml",
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
			_, err = fmt.Fprintf(c.OutOrStdout(), "%s is valid: %v, %v\n", path,
				count(len(cfg.Apps), "application"), count(len(cfg.Bots), "bot"))
			return err
		},
	}
	configFlag(c, p, &path)
	return c
}
