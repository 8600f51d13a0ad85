package build_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/botd-chat/botd/author"
	"github.com/botd-chat/botd/author/build"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// team writes a module with a package for each name, whose plugin is called so, and
// returns its folder.
func team(t *testing.T, plugins map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "go.mod"), "module example.com/team/bots\n\ngo 1.26\n\nrequire "+author.Module+" v0.0.0\n")
	for folder, plugin := range plugins {
		write(t, filepath.Join(dir, folder, "it.go"), strings.ReplaceAll(`package it

import (
	"context"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/plugins"
)

var `+plugin+` = plugins.Define("NAME", "1.0.0", func(struct{}) (plugins.Handler, error) {
	return plugins.Func(func(context.Context, chat.Event) ([]chat.Message, error) { return nil, nil }), nil
})
`, "NAME", folder))
	}
	return dir
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// with builds a botd with those folders of a team.
func with(t *testing.T, keep, dir string, folders ...string) (string, error) {
	t.Helper()
	from, err := author.FindBotd("")
	if err != nil {
		t.Fatal(err)
	}
	b := build.Botd{From: from, Out: filepath.Join(t.TempDir(), "botd"), Keep: keep}
	for _, f := range folders {
		w, err := build.ParseWith(filepath.Join(dir, f))
		if err != nil {
			t.Fatal(err)
		}
		b.With = append(b.With, w)
	}
	return b.Build(t.Context())
}

func TestABotdHasItsOwnPluginsAndThoseOfATeam(t *testing.T) {
	if testing.Short() {
		t.Skip("links a whole botd")
	}
	keep := filepath.Join(t.TempDir(), "mybotd")
	program, err := with(t, keep, team(t, map[string]string{"ours": "Plugin", "x/quiz-v2": "Plugin"}), "ours", "x/quiz-v2")
	if err == nil || !strings.Contains(err.Error(), `"x/quiz-v2" is no name for a plugin`) {
		t.Fatalf("%s, %v", program, err) // which says that it was built, and started
	}
	text, err := os.ReadFile(filepath.Join(keep, "main.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`ours "example.com/team/bots/ours"`, `quizv2 "example.com/team/bots/x/quiz-v2"`, `"github.com/botd-chat/botd/plugins/quiz"`, "\t\tquizv2.Plugin,\n"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("main.go has no %s:\n%s", want, text)
		}
	}
	if _, err := with(t, keep, team(t, map[string]string{"ours": "Plugin"}), "ours"); err == nil || !strings.Contains(err.Error(), "is not empty") {
		t.Errorf("what was kept is written over: %v", err)
	}
}

func TestTheBotdThatIsBuiltRuns(t *testing.T) {
	if testing.Short() {
		t.Skip("links a whole botd")
	}
	program, err := with(t, "", team(t, map[string]string{"ours": "Plugin"}), "ours")
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "bots.yaml")
	write(t, file, "bots: {one: {account: x, groups: ['@TGS#1'], audience: {roles: [owner]}, on: {a: {schedule: '0 9 * * *'}}, plugin: unheard-of}}")
	text, _ := exec.CommandContext(t.Context(), program, "validate", "--config", file).CombinedOutput()
	for _, want := range []string{"notice", "ours", "quiz", "rules"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("it does not know %s:\n%s", want, text)
		}
	}
}

func TestAPackageWithoutAPluginIsToldByItsName(t *testing.T) {
	_, err := with(t, "", team(t, map[string]string{"ours": "Other"}), "ours")
	if err == nil || !strings.Contains(err.Error(), "undefined: ours.Plugin") || !strings.Contains(err.Error(), "var Plugin = plugins.Define(…); asked for was example.com/team/bots/ours") {
		t.Errorf("told: %v", err)
	}
	_, err = with(t, "", team(t, nil), "nothing")
	if err == nil || !strings.Contains(err.Error(), "nothing holds no Go package") {
		t.Errorf("told: %v", err)
	}
}

func TestWhatIsNoPackageIsRefused(t *testing.T) {
	for _, text := range []string{"quiz", "bots/quiz@v1", ""} {
		if w, err := build.ParseWith(text); err == nil || !strings.Contains(err.Error(), "example.com/team/bots/quiz, or ./") {
			t.Errorf("%q is %+v, %v", text, w, err)
		}
	}
	if w, err := build.ParseWith("example.com/team/bots/quiz@v1.2.0"); err != nil || w != (build.With{Package: "example.com/team/bots/quiz", Version: "v1.2.0"}) {
		t.Errorf("%+v, %v", w, err)
	}
}
