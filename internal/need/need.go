// Package need finds programs that tests use and that a machine may lack.
package need

import (
	"os"
	"os/exec"
	"testing"
)

// Program returns the path of the first of these programs that is there. Without
// any the test is skipped, saying which of Debian's packages has it; with CI=true
// in the environment it fails, for there a skipped test is one that nobody
// notices.
func Program(t testing.TB, debian string, names ...string) string {
	t.Helper()
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	Skip(t, "no "+names[0]+" on this machine; to run this test install Debian's package "+debian)
	return ""
}

// Skip skips the test, or fails it where CI=true.
func Skip(t testing.TB, why string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatal(why)
	}
	t.Skip(why)
}
