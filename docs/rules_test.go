package docs_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Each bot of the page's configuration says what the transcript beside it shows.
func TestTheBotsWithoutCodeSayWhatThePageShows(t *testing.T) {
	code, out := run(t, "test", "examples/rules")
	if code != 0 {
		t.Error(out)
	}
	for _, bot := range []string{"oncall", "quiz-answers", "team", "standup"} {
		if !strings.Contains(out, "ok    "+filepath.Join("examples", "rules", bot+".chat")+"  bot "+bot+" of bots.yaml  ") {
			t.Errorf("bot %s was not tested:\n%s", bot, out)
		}
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
		"secrets/standup": "the-fourth-token-of-some-length", "secrets/typed": "the-fifth-token-of-some-length",
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
