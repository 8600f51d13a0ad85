package daemon

import (
	"github.com/spf13/cobra"

	"github.com/botd-chat/botd/plugins"
)

func pluginCommand(p Process, known plugins.Registry) *cobra.Command {
	return group("plugin", "Begin a plugin, try it, and see which are there", pluginNew(), pluginCheckCommand(p, known), pluginList(p))
}
