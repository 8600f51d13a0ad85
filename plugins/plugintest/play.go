package plugintest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/botd-chat/botd/bots"
	"github.com/botd-chat/botd/plugins"
)

// Play plays the transcript in file against the plugin and fails the test when
// anything in it, a recipient above all, is not as written there. The plugin is a
// [plugins.Plugin], or one that lives elsewhere.
func Play(t testing.TB, p bots.Plugin, file string) {
	t.Helper()
	written, err := os.ReadFile(file) //nolint:gosec // a test names its own file
	if err != nil {
		t.Fatalf("transcript: %v", err)
	}
	want := lines(string(written))
	w := newWorld(p, filepath.Dir(file), slog.New(slog.NewTextHandler(t.Output(), nil)))
	got, err := w.run(t.Context(), want)
	switch {
	case err != nil:
		t.Fatalf("%s: %v", file, err)
	case slices.Equal(want, got):
	case os.Getenv("UPDATE") == "1":
		if err := os.WriteFile(file, []byte(strings.Join(got, "\n")+"\n"), 0o600); err != nil { //nolint:gosec // a test names its own file
			t.Fatalf("transcript: %v", err)
		}
		t.Logf("%s: rewritten; read what changed", file)
	default:
		t.Errorf("%s is not what happened (- as written, + as played); UPDATE=1 rewrites it\n%s", file, diff(want, got))
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

// lines splits a file, without blanks at the ends of lines and of the file,
// which nobody sees and editors remove.
func lines(text string) []string {
	all := strings.Split(text, "\n")
	for i, l := range all {
		all[i] = strings.TrimRight(l, " \t\r")
	}
	for len(all) > 0 && all[len(all)-1] == "" {
		all = all[:len(all)-1]
	}
	return all
}

// run plays a transcript and returns it as it should have been: the same lines
// with what really came of each event.
func (w *world) run(ctx context.Context, written []string) (played []string, err error) {
	steps, err := parse(written)
	if err != nil {
		return nil, err
	}
	defer func() {
		if w.host != nil {
			err = errors.Join(err, w.host.bot.Close())
		}
	}()
	for _, s := range steps {
		answer, err := w.step(ctx, s)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", s.line, err)
		}
		played = append(played, s.raw...)
		for _, text := range answer {
			played = append(played, lines(text)...)
		}
	}
	switch {
	case w.events == 0:
		return nil, errors.New("nothing happens: there is no line that begins with >")
	case w.fate != "":
		return nil, fmt.Errorf("no message came of which \"%% next %s\" could be true", w.fate)
	}
	return played, nil
}
