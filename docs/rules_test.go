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
	for bot, file := range map[string]string{"oncall": "bots", "quiz-answers": "bots", "team": "bots", "standup": "bots", "facts": "facts", "answers": "facts"} {
		if !strings.Contains(out, "ok    "+filepath.Join("examples", "rules", bot+".chat")+"  bot "+bot+" of "+file+".yaml  ") {
			t.Errorf("bot %s was not tested:\n%s", bot, out)
		}
	}
}

func TestTheConfigurationsWithoutCodeAreValid(t *testing.T) {
	folder := t.TempDir()
	if err := os.CopyFS(folder, os.DirFS("examples/rules")); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"secrets/app.key": "5bd2850fff3ecb11d7c805251c51ee463a25727bddc2385f3fa8bfee1bb93b5e",
		"secrets/alerts":  "the-first-token-of-some-length", "secrets/answers": "the-second-token-of-some-length", "secrets/code": "the-third-token-of-some-length",
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
	for _, file := range []string{"bots.yaml", "facts.yaml"} {
		if code, out := run(t, "validate", "--config", filepath.Join(folder, file)); code != 0 {
			t.Error(out)
		}
	}
}
