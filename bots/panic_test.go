package bots

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/plugins"
)

// Who looks for the cause of a panic is told the line of the plugin, and not ours.
func TestAPanicIsToldWithTheLineOfThePlugin(t *testing.T) {
	var err error
	func() {
		defer func() { err = caught(recover()) }()
		var answer *chat.Message
		answer.Text = answer.To.Where
	}()
	work := chat.EventWork{Event: chat.EventRecord{Attempts: 1}}
	end := conclude(work, answer{}, err, 0, false, time.Now())
	if !strings.HasPrefix(end.Reason, "run 1 of 5 failed: panic: runtime error: invalid memory address or nil pointer dereference, at panic_test.go:") {
		t.Errorf("the reason is %q", end.Reason)
	}
	if end := conclude(work, answer{}, elsewhere{errors.New("panic: a nil map")}, 0, false, time.Now()); end.Reason != "run 1 of 5 failed: panic: a nil map, at quiz.go:12" {
		t.Errorf("the reason is %q", end.Reason)
	}
	if end := conclude(work, answer{}, context.DeadlineExceeded, 0, false, time.Now()); end.Reason != "run 1 of 5 failed: context deadline exceeded" {
		t.Errorf("the reason is %q", end.Reason)
	}
}

// elsewhere is an error of a plugin in another process that knows its line.
type elsewhere struct{ error }

func (elsewhere) At() string { return "quiz.go:12" }

// Who looks at a plugin with a debugger has a day, whatever the bot's limit.
func TestABotThatIsLookedAtWithADebuggerHasADay(t *testing.T) {
	spec := Spec{Name: "one", Account: "bot", Groups: []chat.GroupID{"@TGS#1"}, Audience: chat.Admins, Untimed: true, Limits: Limits{Timeout: time.Second},
		Plugin: plugins.Define("one", "1", func(struct{}) (plugins.Handler, error) { return plugins.NewMux(), nil })}
	b, err := New(spec)
	if err != nil {
		t.Fatal(err)
	}
	if b.Limits.Timeout != 24*time.Hour || LongLease < b.Limits.Timeout {
		t.Errorf("it may take %v, and its lane is leased for %v", b.Limits.Timeout, LongLease)
	}
	spec.Limits.Timeout = time.Hour
	if _, err := New(spec); err == nil {
		t.Error("a limit that no configuration may have is taken")
	}
}
