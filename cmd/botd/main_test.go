package main

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/botd-chat/botd/internal/need"
)

// TestMain is botd itself where no test is asked for, so that the tests can start it
// and it can start itself.
func TestMain(m *testing.M) {
	if !slices.ContainsFunc(os.Args[1:], func(arg string) bool { return strings.HasPrefix(arg, "-test.") }) {
		main()
		return
	}
	goleak.VerifyTestMain(m)
}

// botd runs a verb in the folder of the repository.
func botd(t *testing.T, args ...string) (out string, err error) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(t.Context(), self, args...)
	c.Dir = filepath.Join("..", "..")
	both, err := c.CombinedOutput()
	return string(both), err
}

func TestEveryTranscriptIsAsItIsWritten(t *testing.T) {
	need.Program(t, "python3", "python3")
	out, err := botd(t, "test")
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	walk := func(path string, d fs.DirEntry, err error) error {
		name, _ := filepath.Rel(filepath.Join("..", ".."), path)
		if err == nil && filepath.Ext(path) == ".chat" && !strings.Contains(out, "ok    "+name+"  ") {
			t.Errorf("%s was not played", name)
		}
		return err
	}
	if err := filepath.WalkDir(filepath.Join("..", ".."), walk); err != nil {
		t.Error(err)
	}
}

// What a plugin that comes with botd says is the same in a process of its own.
func TestEveryPluginIsTheSameIsolated(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("..", "..", "plugins", "*", "testdata", "*.chat"))
	if err != nil || len(files) == 0 {
		t.Fatal(err, "there are none")
	}
	tested := map[string]bool{}
	for _, file := range files {
		name := filepath.Base(filepath.Dir(filepath.Dir(file)))
		if tested[name] {
			continue
		}
		tested[name] = true
		out, err := botd(t, "test", filepath.Join("plugins", name), "--plugin", name+" isolate")
		if err != nil || !strings.Contains(out, "  "+name+" isolate  ") {
			t.Errorf("%v\n%s", err, out)
		}
	}
}
