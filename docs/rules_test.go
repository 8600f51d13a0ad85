package docs_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/botd-chat/botd/config"
	"github.com/botd-chat/botd/plugins/plugintest"
	"github.com/botd-chat/botd/plugins/rules"
)

// Each bot of the page's configuration says what the transcript beside it shows.
func TestTheBotsWithoutCodeSayWhatThePageShows(t *testing.T) {
	c, err := config.Load("examples/rules/bots.yaml", config.Options{
		Lookup:     func(string) (string, bool) { return "1400000000", true },
		ReadSecret: func(config.SecretRef) (config.Secret, error) { return config.NewSecret("a-secret-of-some-length"), nil },
		Plugins:    []string{"rules"},
		Plugin:     func(_ string, options json.RawMessage) error { return rules.Plugin.Check(options) },
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, bot := range c.Bots {
		t.Run(string(bot.Name), func(t *testing.T) {
			h, err := rules.Plugin.New(bot.Options)
			if err != nil {
				t.Fatal(err)
			}
			plugintest.PlayHandler(t, h, filepath.Join("examples", "rules", string(bot.Name)+".chat"))
		})
	}
	if transcripts, _ := filepath.Glob("examples/rules/*.chat"); len(transcripts) != len(c.Bots) {
		t.Errorf("%d transcripts for %d bots", len(transcripts), len(c.Bots))
	}
}

func TestTheConfigurationWithoutCodeIsValid(t *testing.T) {
	file, err := os.ReadFile("examples/rules/bots.yaml")
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	for name, text := range map[string]string{
		"bots.yaml": string(file), "secrets/app.key": "5bd2850fff3ecb11d7c805251c51ee463a25727bddc2385f3fa8bfee1bb93b5e",
		"secrets/alerts": "the-first-token-of-some-length", "secrets/answers": "the-second-token-of-some-length", "secrets/code": "the-third-token-of-some-length",
		"secrets/standup": "the-fourth-token-of-some-length",
	} {
		path := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if code, out := run(t, "validate", "--config", filepath.Join(folder, "bots.yaml")); code != 0 {
		t.Error(out)
	}
}
