package store

import (
	"bufio"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// child is this test binary run again as another process.
type child struct {
	cmd   *exec.Cmd
	lines chan string
	in    io.WriteCloser
}

// startChild runs a child on a store. through is a command to run it under,
// such as strace with its arguments.
func startChild(t *testing.T, mode, path string, through ...string) *child {
	t.Helper()
	args := append(through, os.Args[0], path)
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Env = append(os.Environ(), childMode+"="+mode)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	must(t, err)
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	c := &child{cmd: cmd, lines: make(chan string, 1<<16), in: in}
	go func() {
		defer close(c.lines)
		// A line without its end was cut off by the kill and says nothing.
		for r := bufio.NewReader(out); ; {
			line, err := r.ReadString('\n')
			if err != nil {
				return
			}
			c.lines <- strings.TrimSuffix(line, "\n")
		}
	}()
	return c
}

// next is the child's next line, "" when it has ended.
func (c *child) next(t *testing.T) string {
	t.Helper()
	select {
	case line := <-c.lines:
		return line
	case <-time.After(30 * time.Second):
		_ = c.cmd.Process.Kill()
		t.Fatal("the child says nothing")
		return ""
	}
}

// kill ends the child as a power switch would, but for what the system still
// writes, and returns all that it had said.
func (c *child) kill(t *testing.T) []string {
	t.Helper()
	must(t, c.cmd.Process.Kill())
	return c.wait()
}

// stop lets the child end by itself.
func (c *child) stop() []string {
	_ = c.in.Close()
	return c.wait()
}

func (c *child) wait() []string {
	var said []string
	for line := range c.lines {
		said = append(said, line)
	}
	_ = c.cmd.Wait() // how it ended is not the question
	return said
}
