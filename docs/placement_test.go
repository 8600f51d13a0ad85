package docs_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/botd-chat/botd/config"
	"github.com/botd-chat/botd/plugins/quiz"
)

// The page's bots are valid as they stand there, and their plugins are in the four places.
func TestThePlacementsOfThePageAreValid(t *testing.T) {
	folder := t.TempDir()
	file, err := os.ReadFile("examples/placement.yaml")
	if err != nil {
		t.Fatal(err)
	}
	script, err := os.ReadFile("examples/homework-python/homework.py")
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"bots.yaml": string(file), "homework.py": string(script),
		"secrets/app.key": strings.Repeat("0", 64), "secrets/quiz-plugin": "whsec_" + strings.Repeat("QUJD", 8),
	} {
		path := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(folder, "bots.yaml")
	if code, out := run(t, "validate", "--config", path); code != 0 || strings.Contains(out, "warning") {
		t.Errorf("exit code %d\n%s", code, out)
	}
	c, err := config.Load(path, config.Options{Plugins: []string{quiz.Plugin.Name()}})
	if err != nil {
		t.Fatal(err)
	}
	var where []string
	for _, b := range c.Bots {
		where = append(where, b.Where())
	}
	if got := strings.Join(where, ", "); got != "compiled in, isolated, a program, an address" {
		t.Errorf("the plugins are %s", got)
	}
	if c.Bots[1].Memory != 256e6 || len(c.Bots[3].Keys) != 1 {
		t.Errorf("memory %d, %d keys", c.Bots[1].Memory, len(c.Bots[3].Keys))
	}
}
