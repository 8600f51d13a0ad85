//go:build linux && !race

package host_test

import (
	"strings"
	"testing"
	"time"

	"github.com/botd-chat/botd/bots"
	"github.com/botd-chat/botd/bots/host"
)

// A binary that looks for races takes far more memory than it uses, so this is not asked
// of one.
func TestMemoryIsLimited(t *testing.T) {
	s := settings(t)
	hits := make(chan bots.Limit, 10)
	s.Observe.Limit = func(l bots.Limit) { hits <- l }
	h := handler(t, host.Isolated(wild, host.Command{Memory: 256e6, Settings: s}))
	before := answers(t, h)
	began := time.Now()
	_, err := say(t, h, "memory", time.Minute)
	if err == nil || !strings.Contains(err.Error(), "256 MB of memory: exit status 2; it wrote: fatal error: ") || !strings.Contains(err.Error(), "out of memory") {
		t.Error(err)
	}
	t.Logf("refused after %v", time.Since(began))
	gone(t, before)
	answers(t, h)
	if l := <-hits; l != bots.LimitMemory {
		t.Errorf("limit %s was hit", l)
	}
}

func TestAProgramThatSurvivesWantOfMemorySaysSo(t *testing.T) {
	hits := make(chan bots.Limit, 10)
	h := python(t, server+`
def handle(e):
    if e["payload"] == "memory": x = [bytearray(1 << 20) for _ in range(4096)]
    return say(os.getpid())
serve()
`, func(c *host.Command) {
		c.Memory = 256e6
		c.Observe.Limit = func(l bots.Limit) { hits <- l }
	})
	before := answers(t, h)
	_, err := say(t, h, "memory", time.Minute)
	if err == nil || !strings.Contains(err.Error(), "(it can have 256 MB of memory); it wrote: MemoryError") {
		t.Error(err)
	}
	if l := <-hits; l != bots.LimitMemory {
		t.Errorf("limit %s was hit", l)
	}
	if after := answers(t, h); after != before {
		t.Errorf("process %s answered before, %s after", before, after)
	}
}
