package plugintest

import (
	"bytes"
	"errors"
	"testing"
)

func TestTheLogOfAFailureReadsAsAPage(t *testing.T) {
	var b bytes.Buffer
	log := Log(&b)
	log.With("event", "e1").Error("a plugin panicked", "plugin", "quiz", "version", "1.0.0", "error", errors.New("at the disco"), "stack", "one\n\ttwo\n")
	log.WithGroup("g").Info("the plugin wrote", "line", "hello")
	log.Info("the plugin wrote", "line", "hello")
	log.Debug("not for whoever tests")
	if got, want := b.String(), "error: a plugin panicked event=e1 error=at the disco\nstack:\n  one\n  \ttwo\ninfo: the plugin wrote line=hello\n"; got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
}
