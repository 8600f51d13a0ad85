package plugintest

import (
	"encoding/json"
	"log/slog"
	"os"
	"testing"

	"github.com/botd-chat/botd/bots"
	"github.com/botd-chat/botd/plugins"
)

// Play plays the transcript in file against the plugin and fails the test when
// anything in it, a recipient above all, is not as written there. The plugin is a
// [plugins.Plugin], or one that lives elsewhere; what the transcript's own plugin
// lines name is for "botd test". With UPDATE=1 in the environment the file is
// rewritten for review instead.
func Play(t testing.TB, p bots.Plugin, file string) {
	t.Helper()
	transcript, err := Read(file)
	if err != nil {
		t.Fatalf("%v", err)
	}
	result, err := transcript.Play(t.Context(), p, slog.New(slog.NewTextHandler(t.Output(), nil)))
	switch {
	case err != nil:
		t.Fatalf("%v", err)
	case result.Same():
	case os.Getenv("UPDATE") == "1":
		if err := result.Rewrite(); err != nil {
			t.Fatalf("transcript: %v", err)
		}
		t.Logf("%s: rewritten; read what changed", file)
	default:
		t.Errorf("%s is not what happened (- as written, + as played); UPDATE=1 rewrites it\n%s", file, result.Difference())
	}
}

// PlayHandler is [Play] for a handler alone, which is given no members.
func PlayHandler(t testing.TB, h plugins.Handler, file string) {
	t.Helper()
	Play(t, only{h}, file)
}

// only is a handler as a plugin that has no options.
type only struct{ plugins.Handler }

// Name is what the plugin is called in errors.
func (only) Name() string { return "under test" }

// Version is none.
func (only) Version() string { return "" }

// Needs is nothing.
func (only) Needs(string) bool { return false }

// New is the handler.
func (o only) New(json.RawMessage) (plugins.Handler, error) { return o.Handler, nil }
