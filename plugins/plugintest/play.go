package plugintest

import (
	"os"
	"testing"

	"github.com/botd-chat/botd/bots"
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
	result, err := transcript.Play(t.Context(), p, Log(t.Output()))
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
