package plugins

import (
	"fmt"
	"strings"

	"github.com/botd-chat/botd/nearest"
)

// suggest ends a sentence about an unknown name: with the known one it was
// probably meant to be, and with all that there are.
func suggest(name string, known []string) string {
	have := "have " + strings.Join(known, ", ")
	if len(known) == 0 {
		have = "there are none"
	}
	if best := nearest.Name(name, known); best != "" {
		return fmt.Sprintf("did you mean %s? %s", best, have)
	}
	return have
}
