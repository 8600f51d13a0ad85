package bots

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/botd-chat/botd/chat"
)

// Who looks for the cause of a panic is told the line of the plugin, and not ours.
func TestAPanicIsToldWithTheLineOfThePlugin(t *testing.T) {
	var err error
	func() {
		defer func() { err = caught(recover()) }()
		var answers map[string]int
		answers["cy"] = 1
	}()
	work := chat.EventWork{Event: chat.EventRecord{Attempts: 1}}
	end := conclude(work, answer{}, err, 0, false, time.Now())
	if !strings.HasPrefix(end.Reason, "run 1 of 5 failed: panic: assignment to entry in nil map, at panic_test.go:") {
		t.Errorf("the reason is %q", end.Reason)
	}
	if end := conclude(work, answer{}, context.DeadlineExceeded, 0, false, time.Now()); end.Reason != "run 1 of 5 failed: context deadline exceeded" {
		t.Errorf("the reason is %q", end.Reason)
	}
}
