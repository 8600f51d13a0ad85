package docs_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/config"
)

func TestTheExampleOfCredentialsIsAccepted(t *testing.T) {
	example, err := os.ReadFile("examples/credentials.yaml")
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	if err := os.Mkdir(filepath.Join(folder, "secrets"), 0o700); err != nil {
		t.Fatal(err)
	}
	const apps = "apps: {main: {sdk_app_id: 1400000001, secret_key_file: secrets/key, administrator: administrator, base_url: https://im.example.com}}\n"
	for name, text := range map[string]string{"bots.yaml": apps + string(example), "secrets/key": strings.Repeat("0123456789abcdef", 4),
		"secrets/ci": "a-token-that-nobody-guesses-1", "secrets/cd": "a-token-that-nobody-guesses-2", "secrets/nightly": "a-token-that-nobody-guesses-3"} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c, err := config.Load(filepath.Join(folder, "bots.yaml"), config.Options{
		Plugins: []string{"notice"}, Plugin: func(string, json.RawMessage) error { return nil },
		Trigger: func(string, json.RawMessage, config.Trigger) error { return nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Warnings) > 0 {
		t.Error(c.Warnings)
	}
	said, nightly := c.Bots[0].Triggers[0].Webhook, c.Bots[0].Triggers[1].Webhook
	ci, _ := said.Sender("ci")
	cd, ok := said.Sender("cd")
	own, unnamed := nightly.Sender("")
	if ci.Allow.Recipients != 5 || ci.Allow.PerMinute != 30 || !ci.Allow.Audience.Sender || !ok || cd.Allow.Audience != nil || !unnamed || own.Allow.Audience.Roles[0] != chat.Admin {
		t.Errorf("%+v, %+v, %+v", ci.Allow, cd.Allow, own.Allow)
	}
}
