package plugintest

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// A team's own module, with a plugin and a transcript.
var outside = map[string]string{
	"team.go": `package team

import (
	"context"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/plugins"
)

// Plugin tells the admins what was told.
var Plugin = plugins.Define("team", "1.0.0", func(struct{}) (plugins.Handler, error) {
	m := plugins.NewMux()
	m.On("told", func(_ context.Context, e chat.Event) ([]chat.Message, error) {
		return chat.Admins.Say("%s", e.Payload), nil
	})
	return m, nil
})
`,
	"team_test.go": `package team

import (
	"testing"

	"github.com/botd-chat/botd/plugins/plugintest"
)

func TestTeam(t *testing.T) { plugintest.Play(t, Plugin, "team.chat") }
`,
	"team.chat": "group ann owner, bo admin, cy\n> told [1]\n< ann bo: [1]\n",
}

// outsideModule writes the module, which takes this one from its folder and all else
// from the cache of modules.
func outsideModule(t *testing.T) (folder string) {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	read := func(name string) string {
		raw, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			t.Fatal(err)
		}
		return string(raw)
	}
	_, needs, _ := strings.Cut(read("go.mod"), "\n")
	files := map[string]string{"go.sum": read("go.sum"),
		"go.mod": "module example.com/team\n" + needs + "\nrequire github.com/botd-chat/botd v0.0.0\nreplace github.com/botd-chat/botd => " + root + "\n"}
	folder = t.TempDir()
	for _, list := range []map[string]string{files, outside} {
		for name, text := range list {
			if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	return folder
}

func TestPlayWorksInAModuleElsewhere(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds a test of another module")
	}
	folder := outsideModule(t)
	test := func() (string, error) {
		c := exec.CommandContext(t.Context(), "go", "test", "-mod=mod", "-count=1", ".")
		c.Dir, c.Env = folder, append(os.Environ(), "GOPROXY=off", "GOWORK=off", "UPDATE=")
		out, err := c.CombinedOutput()
		return string(out), err
	}
	if out, err := test(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	leak := strings.Replace(outside["team.chat"], "< ann bo", "< ann", 1)
	if err := os.WriteFile(filepath.Join(folder, "team.chat"), []byte(leak), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := test(); err == nil || !strings.Contains(out, "*       bo saw this and must not") {
		t.Errorf("%v\n%s", err, out)
	}
}
