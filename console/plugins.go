package console

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/openapi"
)

// Plugin is the plugin of a bot, where it runs, and whether it is there.
type Plugin struct {
	Bot     chat.BotName `json:"bot"`
	Plugin  string       `json:"plugin"`            // its name
	Version string       `json:"version,omitempty"` // as it says itself
	Where   string       `json:"where"`             // such as "compiled in", "isolated", "a program" or "an address"
	There   bool         `json:"there"`             // it would get an event
	Reason  string       `json:"reason,omitempty"`  // why not; events wait
}

// PluginList is the answer of GET /v1/plugins.
type PluginList struct {
	Plugins []Plugin `json:"plugins"` // in the order of the configuration
}

func plugins(b Backend) []route {
	return []route{{"GET", "/v1/plugins", func(c echo.Context) error {
		return c.JSON(http.StatusOK, PluginList{b.Plugins()})
	}, openapi.Operation{
		Does: "Lists the plugin of each bot, and whether it is there", Tag: aboutBots,
		More:    "One that botd does not run inside its own process is looked for every 15 seconds.",
		Answers: gives("All of them.", PluginList{}),
	}}}
}

// absent names the bots whose plugins are not there, in a line; empty if all are. Why
// is for those who have the token.
func absent(all []Plugin) string {
	gone := slices.DeleteFunc(slices.Clone(all), func(p Plugin) bool { return p.There })
	if len(gone) == 0 {
		return ""
	}
	names := make([]string, len(gone))
	for i, p := range gone {
		names[i] = string(p.Bot)
	}
	return fmt.Sprintf("plugins are not there for %d of %d bots, whose events wait: %s\n", len(gone), len(all), strings.Join(names, ", "))
}
