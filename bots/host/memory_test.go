//go:build linux && !race

package host_test

import (
	"strings"
	"testing"
	"time"

	"github.com/botd-chat/botd/bots/host"
)

// A binary that looks for races takes far more memory than it uses, so this is not asked
// of one.
func TestMemoryIsLimited(t *testing.T) {
	s := settings(t)
	hits := make(chan host.Limit, 10)
	s.Observe.Limit = func(l host.Limit) { hits <- l }
	h := handler(t, host.Isolated(wild, host.Command{Memory: 256 << 20, Settings: s}))
	before := answers(t, h)
	began := time.Now()
	_, err := say(t, h, "memory", time.Minute)
	if err == nil || !strings.Contains(err.Error(), "256 MB of memory: exit status 2; it wrote: fatal error: runtime: out of memory") {
		t.Error(err)
	}
	t.Logf("refused after %v", time.Since(began))
	gone(t, before)
	answers(t, h)
	if l := <-hits; l != host.Memory {
		t.Errorf("limit %s was hit", l)
	}
}
