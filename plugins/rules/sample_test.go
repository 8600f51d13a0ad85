package rules

import (
	"encoding/json"
	"os"
	"testing"

	"gopkg.in/yaml.v3"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/plugins"
)

func TestSampleLoads(t *testing.T) {
	raw, err := os.ReadFile("sample.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var sample struct {
		Bots map[string]struct {
			On          map[chat.TriggerName]map[string]any
			Vars, Rules any
			Audience    chat.Audience
		}
	}
	if err := yaml.Unmarshal(raw, &sample); err != nil {
		t.Fatal(err)
	}
	bot := sample.Bots["oncall"]
	if err := bot.Audience.Validate(); err != nil {
		t.Error(err)
	}
	options, err := json.Marshal(map[string]any{"vars": bot.Vars, "rules": bot.Rules})
	if err != nil {
		t.Fatal(err)
	}
	h := handler(t, string(options))
	for name, trigger := range bot.On {
		kind := chat.Webhook
		if trigger["schedule"] != nil {
			kind = chat.Schedule
		}
		if err := plugins.CheckTrigger(h, name, kind); err != nil {
			t.Error(err)
		}
	}
	if len(bot.On) == 0 {
		t.Error("the sample has no triggers")
	}
}
