package daemon

import (
	"github.com/spf13/cobra"

	"github.com/botd-chat/botd/plugins"
)

func pluginCommand(p Process, known plugins.Registry) *cobra.Command {
	return group("plugin", "For those who write plugins", pluginNew(), pluginCheckCommand(p, known))
}
