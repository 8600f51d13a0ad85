package daemon

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/config"
	"github.com/botd-chat/botd/plugins"
)

func TestTriggersThatAPluginDoesNotKnowAreTold(t *testing.T) {
	b := config.Bot{Name: "quiz", Options: []byte("{}"), Triggers: []config.Trigger{{Name: "answers", Webhook: &config.Webhook{}}, {Name: "evening", Schedule: &config.Schedule{}}}}
	for _, test := range []struct {
		name     string
		manifest plugins.Manifest
		told     bool
	}{
		{"it knows both", plugins.Manifest{Triggers: []chat.TriggerName{"answers", "evening", "morning"}}, false},
		{"it does not say", plugins.Manifest{}, false},
		{"it knows one", plugins.Manifest{Triggers: []chat.TriggerName{"answers"}}, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			var log bytes.Buffer
			if err := suits(b, slog.New(slog.NewTextHandler(&log, nil)))(test.manifest); err != nil {
				t.Error(err)
			}
			if told := strings.Contains(log.String(), "does not know a trigger of its bot") && strings.Contains(log.String(), "trigger=evening"); told != test.told {
				t.Errorf("the log has %s", log.String())
			}
		})
	}
}
