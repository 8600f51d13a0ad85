package daemon

import (
	"fmt"

	"github.com/botd-chat/botd/bots"
	"github.com/botd-chat/botd/config"
	"github.com/botd-chat/botd/plugins"
)

// makePlugin is the plugin of a bot, where its operator placed it.
func makePlugin(b config.Bot, known plugins.Registry) (bots.Plugin, error) {
	if !b.Inside() {
		return nil, fmt.Errorf("plugin %s is %s, which this botd does not run", b.PluginName(), b.Where())
	}
	return known.Find(b.Plugin)
}
