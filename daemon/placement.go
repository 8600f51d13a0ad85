package daemon

import (
	"fmt"

	"github.com/botd-chat/botd/bots"
	"github.com/botd-chat/botd/bots/host"
	"github.com/botd-chat/botd/config"
	"github.com/botd-chat/botd/plugins"
)

// makePlugin is the plugin of a bot, where its operator placed it. A process is
// started when it is first asked something.
func makePlugin(b config.Bot, folder string, known plugins.Registry, s host.Settings) (bots.Plugin, error) {
	switch {
	case b.URL != "":
		return elsewhere(b, s)
	case b.Program != nil:
		return host.Program(host.Command{Args: b.Program, Dir: folder, Memory: b.Memory, Settings: s}), nil
	}
	plugin, err := known.Find(b.Plugin)
	if err != nil || !b.Isolate {
		return plugin, err
	}
	return host.Isolated(plugin, host.Command{Dir: folder, Memory: b.Memory, Settings: s}), nil
}

func elsewhere(b config.Bot, s host.Settings) (bots.Plugin, error) {
	u := host.URL{Address: b.URL, Settings: s}
	for i, secret := range b.Keys {
		key, err := plugins.ParseSigningKey(secret.Reveal())
		switch {
		case err != nil:
			return nil, fmt.Errorf("the key of its plugin %w", err)
		case i == 0:
			u.Key = key
		default:
			u.More = append(u.More, key)
		}
	}
	return host.Remote(u), nil
}
