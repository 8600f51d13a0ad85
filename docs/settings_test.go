package docs_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/config"
)

func TestTheExampleOfSettingsIsAcceptedAndSaysTheDefaults(t *testing.T) {
	example, err := os.ReadFile("examples/settings.yaml")
	if err != nil {
		t.Fatal(err)
	}
	const before = `
apps: {main: {sdk_app_id: 1400000001, secret_key_file: key, administrator: administrator, base_url: https://im.example.com}}
bots:
  b:
    account: bot
    groups: [room]
    on: {now: {webhook: now, verify: {bearer: {token_file: key}}}}
    plugin: notice
    audience: {everyone: true}
`
	folder := t.TempDir()
	load := func(settings string) config.Bot {
		t.Helper()
		for name, text := range map[string]string{"bots.yaml": before + settings, "key": strings.Repeat("0123456789abcdef", 4)} {
			if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		c, err := config.Load(filepath.Join(folder, "bots.yaml"), config.Options{
			Plugins:    []string{"notice"},
			Plugin:     func(string, json.RawMessage) error { return nil },
			Trigger:    func(string, json.RawMessage, config.Trigger) error { return nil },
			Expression: func(string) error { return nil },
		})
		if err != nil {
			t.Fatal(err)
		}
		if len(c.Warnings) > 0 {
			t.Errorf("warnings: %v", c.Warnings)
		}
		return c.Bots[0]
	}
	plain, set := load(""), load(string(example))
	if set.Limits != plain.Limits || set.Newcomers != plain.Newcomers || set.Surge != chat.SurgeHold || plain.Surge != chat.SurgeSend || plain.Limits.RoleMaxAge != 5*time.Second {
		t.Errorf("by default %+v, and as the example says %+v", plain, set)
	}
}
