package plugintest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/botd-chat/botd/plugins"
)

// longest is how long a plugin may take for one event.
const longest = 10 * time.Second

// Play plays the transcript in file against the plugin and fails the test when
// anything in it, a recipient above all, is not as written there.
func Play(t testing.TB, p plugins.Plugin, file string) {
	t.Helper()
	play(t, file, &world{build: p.New, members: p.Needs(plugins.Members)})
}

// PlayHandler is [Play] for a handler alone, which is given no members.
func PlayHandler(t testing.TB, h plugins.Handler, file string) {
	t.Helper()
	play(t, file, &world{build: func(json.RawMessage) (plugins.Handler, error) { return h, nil }})
}

func play(t testing.TB, file string, w *world) {
	t.Helper()
	written, err := os.ReadFile(file) //nolint:gosec // a test names its own file
	if err != nil {
		t.Fatalf("transcript: %v", err)
	}
	w.dir = filepath.Dir(file)
	want := lines(string(written))
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
		if c, ok := w.handler.(io.Closer); ok {
			err = errors.Join(err, c.Close())
		}
	}()
	w.now = time.Date(2026, time.January, 5, 9, 0, 0, 0, time.UTC)
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
	if w.events == 0 {
		return nil, errors.New("nothing happens: there is no line that begins with >")
	}
	return played, nil
}
