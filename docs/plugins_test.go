package docs_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// header is what a sample leaves to the file that it is put into.
const header = `apps: {main: {sdk_app_id: 1400000000, secret_key_file: secrets/app, administrator: administrator, region: singapore, callbacks: {token_file: secrets/callback}}}
`

var secretFile = regexp.MustCompile(`\bsecrets/[a-z-]+`)

// Each sample of a plugin is valid, also as to its options and triggers, and says so to
// whoever copies it.
func TestTheSampleOfEachPluginIsValid(t *testing.T) {
	for _, p := range comeWithBotd {
		t.Run(p.Name(), func(t *testing.T) {
			text, err := os.ReadFile(filepath.Join("../plugins", p.Name(), "sample.yaml"))
			if err != nil {
				t.Fatal(err)
			}
			if asks := "\n    plugin: " + p.Name() + "\n"; p.Name() != "rules" && !strings.Contains(string(text), asks) {
				t.Error("it is a sample of another plugin")
			}
			file := filepath.Join(t.TempDir(), "bots.yaml")
			all := header + string(text)
			write(t, file, all)
			for _, name := range secretFile.FindAllString(all, -1) {
				sum := sha256.Sum256([]byte(name))
				secret := "whsec_" + base64.StdEncoding.EncodeToString(sum[:])
				if name == "secrets/app" {
					secret = hex.EncodeToString(sum[:])
				}
				write(t, filepath.Join(filepath.Dir(file), name), secret)
			}
			if code, out := run(t, "validate", "--config", file); code != 0 || strings.Contains(out, "warning") {
				t.Error(out)
			}
		})
	}
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// The page has all plugins, and the whole sample of each.
func TestThePageOfPluginsHasAllOfThem(t *testing.T) {
	page := pages(t)["plugins.md"]
	settings, err := os.ReadFile("reference/settings.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range comeWithBotd {
		name := p.Name()
		sample, err := os.ReadFile(filepath.Join("../plugins", name, "sample.yaml"))
		if err != nil {
			t.Fatal(err)
		}
		_, bots, _ := strings.Cut(string(sample), "bots:\n")
		for what, want := range map[string]string{
			"a section": "\n## " + name + "\n", "a row": "| [" + name + "](#" + name + ") |",
			"its options": "reference/settings.md#options-of-the-plugin-" + name, "its sample": "```yaml\n" + bots + "```",
		} {
			if !strings.Contains(page, want) {
				t.Errorf("%s lacks %s", name, what)
			}
		}
		if !strings.Contains(string(settings), "\n## Options of the plugin "+name+"\n") {
			t.Errorf("the settings lack the options of %s", name)
		}
	}
}
