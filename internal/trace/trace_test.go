package trace_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/internal/trace"
	"github.com/botd-chat/botd/plugins"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// caught is what is told of a panic of f, which a plugin's handler calls.
func caught(t *testing.T, f func()) (at, stack string) {
	t.Helper()
	m := plugins.NewMux()
	plugins.On(m, "x", func(context.Context, chat.Event, struct{}) ([]chat.Message, error) { f(); return nil, nil })
	defer func() {
		if recover() == nil {
			t.Fatal("it did not panic")
		}
		at, stack = trace.Panic()
	}()
	_, _ = m.Handle(t.Context(), chat.Event{Name: "x", Kind: chat.Webhook, Payload: json.RawMessage(`{}`)})
	return at, stack
}

func nothing() *int { return nil }

func TestWhereAPluginPanickedIsItsOwnLine(t *testing.T) {
	for name, f := range map[string]func(){
		"a panic":                 func() { panic("boom") },
		"a nil pointer":           func() { *nothing() = 1 },
		"an index":                func() { var l []int; _ = l[len(l)] },
		"in the standard library": func() { _ = strings.Repeat("x", -1) },
		"a panic while it panics": func() { defer func() { panic("again") }(); panic("boom") },
	} {
		t.Run(name, func(t *testing.T) {
			at, stack := caught(t, f)
			lines := strings.Split(stack, "\n")
			if !strings.HasPrefix(at, "trace_test.go:") {
				t.Errorf("it was at %s", at)
			}
			if strings.Contains(stack, "botd/plugins.") || strings.Contains(stack, "runtime/") || strings.Contains(stack, "testing") || strings.Contains(stack, "trace.go:") || !strings.Contains(lines[len(lines)-1], "trace_test.caught.func1") {
				t.Errorf("the frames are\n%s", stack)
			}
		})
	}
}
