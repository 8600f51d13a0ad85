package daemon

import (
	"github.com/spf13/cobra"

	"github.com/botd-chat/botd/config"
	"github.com/botd-chat/botd/plugins"
)

func schemaCommand(p Process, known plugins.Registry) *cobra.Command {
	return &cobra.Command{
		Use: "schema", Args: cobra.NoArgs,
		Short: "Print the JSON Schema of a configuration, for editors",
		Long: `Prints the JSON Schema (2020-12) of a configuration with the plugins of this botd. An
editor that knows it completes keys, shows what they mean, and marks mistakes while
they are made. It does not replace validate, which also looks up what a file refers to.`,
		Example: "  botd schema > bots.schema.json",
		RunE: func(c *cobra.Command, _ []string) error {
			_, err := c.OutOrStdout().Write(config.Schema(configOptions(p, known)))
			return err
		},
	}
}
