package store

import (
	"flag"
	"os"
	"testing"

	"go.uber.org/goleak"
)

// childMode, in the environment, makes the test binary one of the children
// that a test starts: something to kill, or to starve.
const childMode = "STORE_TEST_CHILD"

var children = map[string]func(path string) error{
	"work":   work,     // kill_test.go
	"drain":  drain,    // kill_test.go
	"strike": strikeOn, // strike_kill_test.go
	"hold":   hold,     // open_test.go
	"fill":   fill,     // fault_test.go

	"migrate": halfway, // schemas_test.go

	"die late":  dieLate,  // acceptby_fault_test.go
	"die noted": dieNoted, // late_test.go
	"full late": fullLate, // acceptby_fault_test.go
}

func TestMain(m *testing.M) {
	flag.Parse()
	if child, ok := children[os.Getenv(childMode)]; ok {
		if err := child(flag.Arg(0)); err != nil {
			os.Stderr.WriteString(err.Error() + "\n")
			os.Exit(1)
		}
		os.Exit(0)
	}
	goleak.VerifyTestMain(m)
}
