//go:build linux && !race

package daemon_test

import (
	"testing"

	"github.com/botd-chat/botd/chat"
)

// A binary that looks for races takes far more memory than it uses, and a process of a
// plugin may have only so much.
func TestWallsOfAnIsolatedPlugin(t *testing.T) {
	walled(t, "wild\n    isolate: true", []wall{
		{"a panic", "panic", chat.Ready, "run 1 of 5 failed: panic: on purpose", []string{`events_total{outcome="failed"}`}, "the plugin panicked"},
		{"a panic in a goroutine", "panic beside", chat.Ready, "it wrote: panic: beside it", []string{`events_total{outcome="failed"}`, "restarts_total{}"}, "a plugin's process ended"},
		{"an endless loop", "loop", chat.Ready, "did not answer within 1s", []string{`events_total{outcome="late"}`, `limit_hits_total{limit="timeout"}`, "restarts_total{}"}, "a plugin's process ended"},
		{"2 GB of memory", "memory", chat.Ready, "which could have 256 MB of memory", []string{`limit_hits_total{limit="memory"}`, "restarts_total{}"}, "a plugin's process ended"},
		{"an exit", "exit", chat.Ready, "exit status 3", []string{`events_total{outcome="failed"}`, "restarts_total{}"}, "a plugin's process ended"},
		{"an error", "fail", chat.Ready, "run 1 of 5 failed: not now", []string{`events_total{outcome="failed"}`}, "event will be tried again"},
		{"a flood on standard output", "shout", chat.Done, "", []string{`events_total{outcome="answered"}`, `limit_hits_total{limit="output"}`}, "the plugin wrote"},
		{"more messages than an event may make", "flood", chat.Dead, "it has 6 messages, and bot \"wild\" may send 5 for one event", []string{`events_total{outcome="refused"}`, `limit_hits_total{limit="messages_per_event"}`}, "event given up"},
		{"more people than a message may have", "crowd", chat.Dead, "it is for 4 members, and bot \"wild\" may address 3 with one message", []string{`limit_hits_total{limit="recipients"}`}, "message ended"},
		{"a state that is too large", "state", chat.Dead, "more belongs in a database", []string{`events_total{outcome="refused"}`, `limit_hits_total{limit="state"}`}, "event given up"},
	})
}
