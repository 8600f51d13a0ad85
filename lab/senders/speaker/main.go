// Command speaker is a botd whose one plugin says what it was posted.
package main

import (
	"bytes"
	"context"
	"encoding/json"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/daemon"
	"github.com/botd-chat/botd/plugins"
)

type options struct {
	To chat.Audience `json:"to"`
}

func main() {
	daemon.Main(plugins.Define("speaker", "1.0.0", func(o options) (plugins.Handler, error) { return speaker{o}, nil }))
}

type speaker struct{ options }

// Handle says the payload.
func (s speaker) Handle(_ context.Context, e chat.Event) ([]chat.Message, error) {
	var short bytes.Buffer
	if err := json.Compact(&short, e.Payload); err != nil {
		return nil, plugins.Permanent(err)
	}
	return s.To.Say("%s %.6000s", e.Origin.Type, short.String()), nil
}
