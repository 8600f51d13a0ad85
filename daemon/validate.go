package daemon

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/botd-chat/botd/plugins"
)

func validateCommand(p Process, known plugins.Registry) *cobra.Command {
	var path string
	c := &cobra.Command{
		Use: "validate", Aliases: []string{"check-config"}, Args: cobra.NoArgs,
		Short:   "Check a configuration and say all that is wrong with it",
		Long:    "Reads the configuration as serve would, secrets included, and starts nothing. Exits 3 when something is wrong.",
		Example: "  botd validate --config config/bots.yaml",
		RunE: func(c *cobra.Command, _ []string) error {
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
