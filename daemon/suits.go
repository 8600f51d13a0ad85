package daemon

import (
	"fmt"
	"log/slog"
	"slices"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/config"
	"github.com/botd-chat/botd/contract"
	"github.com/botd-chat/botd/plugins"
)

// suits holds a bot against what its plugin elsewhere says of itself, which for one
// that is compiled in is done as the configuration is read. Options that the plugin
// would refuse keep events waiting. A trigger that it does not know is told of in the
// log: it may answer all the same, and other triggers are not to wait for it.
func suits(b config.Bot, log *slog.Logger) func(plugins.Manifest) error {
	return func(m plugins.Manifest) error {
		log := log.With("plugin", m.Name, "version", m.Version)
		for _, t := range unknownTriggers(b, m) {
			log.Warn("the plugin does not know a trigger of its bot; its events will come to nothing", "trigger", t, "knows", m.Triggers[:min(len(m.Triggers), 20)])
		}
		err := contract.CheckOptions(m.Config, b.Options)
		if err != nil {
			err = &unsuited{string(b.Name), m.Version, err}
			log.Error("a bot's options do not suit its plugin; its events wait", "error", err)
		}
		return err
	}
}

// unsuited says that the options of a bot are none that its plugin takes.
type unsuited struct {
	bot, version string
	err          error
}

func (u *unsuited) Error() string {
	return fmt.Sprintf("the options of bot %q %s; correct them and reload, and what waits goes on", u.bot, u.what())
}

func (u *unsuited) Unwrap() error { return u.err }

func (u *unsuited) what() string {
	return fmt.Sprintf("do not suit its plugin, version %s: %v", u.version, u.err)
}

// unknownTriggers are those of a bot that its plugin, as it says, does not know.
func unknownTriggers(b config.Bot, m plugins.Manifest) (names []chat.TriggerName) {
	for _, t := range b.Triggers {
		byText := m.Typed && t.Kind() == chat.Typed
		if m.Triggers != nil && !byText && !slices.Contains(m.Triggers, t.Name) {
			names = append(names, t.Name)
		}
	}
	return names
}
