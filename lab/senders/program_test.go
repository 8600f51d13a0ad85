package senders

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"syscall"
	"testing"
	"time"
)

// program is a program of somebody else's that runs.
type program struct {
	log   string
	ended chan struct{} // closed once it is gone
}

// run starts a program, in a folder, which ends with the test.
func run(t *testing.T, folder, path string, arguments ...string) *program {
	t.Helper()
	p := &program{filepath.Join(folder, filepath.Base(path)+".log"), make(chan struct{})}
	log, err := os.Create(p.log)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = log.Close() }()
	c := exec.Command(path, arguments...)
	c.Dir, c.Stdout, c.Stderr = folder, log, log
	c.Env = append(os.Environ(), "HOME="+folder)
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		_ = c.Wait() // that it ended is what says() asks
		close(p.ended)
	}()
	t.Cleanup(func() {
		_ = c.Process.Signal(syscall.SIGTERM)
		late := time.AfterFunc(5*time.Second, func() { _ = c.Process.Kill() })
		<-p.ended
		late.Stop()
		if t.Failed() {
			t.Logf("%s said:\n%s", filepath.Base(path), tail(p.log))
		}
	})
	return p
}

// says waits until the program's log has what is looked for, and returns its
// first group.
func (p *program) says(t *testing.T, what string) string {
	t.Helper()
	var found [][]byte
	await(t, what, func() bool {
		text, err := os.ReadFile(p.log)
		if err != nil {
			t.Fatal(err)
		}
		if found = regexp.MustCompile(what).FindSubmatch(text); found != nil {
			return true
		}
		select {
		case <-p.ended:
			t.Fatalf("it ended and did not say %s", what)
		default:
		}
		return false
	})
	return string(found[len(found)-1])
}
