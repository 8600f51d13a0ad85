// Package need finds programs that tests use and that a machine may lack.
package need

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
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

// Node returns the path of a node that runs TypeScript as it is, which 22.18 and
// newer do: that of the machine, or else the one that scripts/need-tools put into
// the module's bin/tests. It goes first on the PATH of the test, so that what the test
// starts as "node" is this one. Without any it is as in [Program].
func Node(t testing.TB) string {
	t.Helper()
	_, here, _, _ := runtime.Caller(0)
	for _, name := range []string{"node", filepath.Join(filepath.Dir(here), "..", "..", "bin", "tests", "node")} {
		path, err := exec.LookPath(name)
		if err != nil {
			continue
		}
		out, err := exec.CommandContext(t.Context(), path, "-p", "process.features.typescript").Output() //nolint:gosec // node, found above
		if err == nil && strings.TrimSpace(string(out)) == "strip" {
			t.Setenv("PATH", filepath.Dir(path)+string(filepath.ListSeparator)+os.Getenv("PATH"))
			return path
		}
	}
	Skip(t, "no node on this machine that runs TypeScript; to run this test install node 22.18 or newer, or run scripts/need-tools")
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
