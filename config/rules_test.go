package config

import (
	"strings"
	"testing"
)

// Rules 13 and 14 of package im are about callbacks: nothing answers them late
// or relays what they show, since no trigger that reads one can be written down
// yet.
func TestRule13And14_NoTriggerReadsCallbacks(t *testing.T) {
	inFolder(t)
	for _, key := range []string{"command", "message", "pattern", "hold", "callback", "member_joined", "direct"} {
		text := strings.Replace(string(Sample), "webhook: quiz ", key+": quiz ", 1)
		if text == string(Sample) {
			t.Fatal("the sample has no webhook: quiz any more")
		}
		problems := problemsOf(t, []byte(text), fakes())
		if !strings.Contains(problems.Error(), key) {
			t.Errorf("a trigger with %s: is taken", key)
		}
	}
}
