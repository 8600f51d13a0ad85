//go:build linux && !race

package daemon_test

import (
	"strings"
	"testing"
)

// As with the walls: a binary that looks for races takes more memory than a plugin may.
func TestToEachMemberTheirOwnTextByAnIsolatedPlugin(t *testing.T) {
	each(t, strings.Replace(ownTexts(t), "{{ fields.points }} points this week.\"\n", "{{ fields.points }} points this week.\"\n    isolate: true\n", 1))
}
