package delivery

import (
	"testing"

	"github.com/jonboulle/clockwork"
)

// Rule 8 of package im: no Random from a fixed seed or a counter. After a
// restart it would be one that the service still remembers, and a message that
// nobody sees.
func TestRule08_ARestartDrawsOtherRandoms(t *testing.T) {
	seen := map[uint32]bool{}
	for range 4 {
		r := newRandoms(clockwork.NewFakeClock())
		for range 64 {
			n := r.draw("main", "g")
			if seen[n] {
				t.Fatalf("%d was drawn before", n)
			}
			seen[n] = true
		}
	}
	high := 0
	for n := range seen {
		if n >= 1<<31 {
			high++
		}
	}
	if high < 64 || high > 192 {
		t.Errorf("%d of %d are in the upper half", high, len(seen))
	}
}
