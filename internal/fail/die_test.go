//go:build failpoints

package fail

import (
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
)

func TestAProcessKillsItselfWhereItsEnvironmentSays(t *testing.T) {
	if os.Getenv("BOTD_TEST_CHILD") != "" {
		for range 3 {
			Here(Received)
			Here(Stored)
			_, _ = os.Stdout.WriteString("stored\n")
		}
		return
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	run := func(at string) (string, *os.ProcessState) {
		child := exec.CommandContext(t.Context(), self, "-test.run", t.Name())
		child.Env = append(os.Environ(), "BOTD_TEST_CHILD=1")
		if at != "" {
			child.Env = append(child.Env, Variable+"="+at)
		}
		out, _ := child.CombinedOutput() //nolint:errcheck // how it ended is looked at
		return string(out), child.ProcessState
	}
	out, state := run("stored:2")
	if status, ok := state.Sys().(syscall.WaitStatus); !ok || status.Signal() != syscall.SIGKILL {
		t.Errorf("it ended with %v", state)
	}
	if n := strings.Count(out, "stored"); n != 1 {
		t.Errorf("it went on %d times:\n%s", n, out)
	}
	if out, state := run("stored:4"); !state.Success() {
		t.Errorf("a step that is not reached so often ended it: %v\n%s", state, out)
	}
	if out, state := run("storred:1"); state.ExitCode() != 2 || !strings.Contains(out, "storred") {
		t.Errorf("a step that does not exist: %v\n%s", state, out)
	}
}
