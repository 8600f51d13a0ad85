package docs_test

import (
	"bytes"
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/botd-chat/botd/internal/need"
)

// reader does what a page says, in a new folder: runs its commands, writes what it has
// written, and types what it types. What the page shows must come of it.
type reader struct {
	t      *testing.T
	bin    string // where botd is
	dir    string
	env    []string
	out    string // of the last block of commands
	dev    *session
	edited bool // the transcript was edited as the page says
}

// session is a botd dev that runs.
type session struct {
	typing io.Writer
	mu     sync.Mutex
	told   bytes.Buffer
	read   int
	end    func()
}

func (s *session) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.told.Write(p)
}

func (s *session) rest() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.told.String()[s.read:]
}

// Who follows a tutorial to the letter comes to its end.
func TestTheTutorialsAreFollowedToTheLetter(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a botd and a plugin")
	}
	bin := t.TempDir()
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", filepath.Join(bin, "botd"), "../cmd/botd").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for page, needs := range map[string]func(*testing.T){
		"write-a-plugin-go.md":         func(*testing.T) {},
		"write-a-plugin-python.md":     func(t *testing.T) { need.Program(t, "python3", "python3") },
		"write-a-plugin-typescript.md": func(t *testing.T) { need.Node(t) },
	} {
		t.Run(page, func(t *testing.T) {
			needs(t)
			text, err := os.ReadFile(page) //nolint:gosec // one of the pages
			if err != nil {
				t.Fatal(err)
			}
			r := &reader{t: t, bin: bin, dir: t.TempDir()}
			defer r.stop()
			for _, found := range block.FindAllStringSubmatch(string(text), -1) {
				r.block(found[1], found[2], found[3])
			}
			if !r.edited || r.dev == nil {
				t.Error("the page did not have the transcript edited, or the plugin run")
			}
		})
	}
}

func (r *reader) block(source, language, text string) {
	r.t.Helper()
	switch {
	case language == "sh":
		r.runs(text)
	case strings.HasPrefix(source, "examples/"):
		whole, err := os.ReadFile(source) //nolint:gosec // one of the examples
		r.must(err)
		r.must(os.WriteFile(filepath.Join(r.dir, filepath.Base(source)), whole, 0o600))
	case source != "" || language != "text":
	case r.dev != nil && strings.HasPrefix(text, "> "):
		r.talks(text)
	case strings.HasPrefix(text, "< "):
		r.edits(text)
	default:
		for line := range strings.Lines(text) {
			if !strings.Contains(r.out, strings.TrimSpace(line)) {
				r.t.Errorf("no %q in\n%s", line, r.out)
			}
		}
	}
}

func (r *reader) must(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

// edits has the line of the transcript that is as long say what the page says.
func (r *reader) edits(line string) {
	path := filepath.Join(r.dir, "diary.chat")
	text, err := os.ReadFile(path) //nolint:gosec // in a folder of the test
	r.must(err)
	before := strings.TrimSuffix(strings.TrimSpace(line), " (1 so far)")
	if !strings.Contains(string(text), before+"\n") {
		r.t.Fatalf("the transcript has no line %q", before)
	}
	r.must(os.WriteFile(path, []byte(strings.Replace(string(text), before+"\n", line, 1)), 0o600)) //nolint:gosec // the same
	r.edited = true
}

// runs runs commands, one after the other. One that is said to be red has to fail.
func (r *reader) runs(commands string) {
	r.t.Helper()
	r.out = ""
	for line := range strings.Lines(commands) {
		line = strings.TrimSpace(line)
		switch command, _, _ := strings.Cut(line, "  "); {
		case strings.HasPrefix(line, "cd "):
			r.dir = filepath.Join(r.dir, strings.TrimPrefix(line, "cd "))
		case command == "botd dev":
			r.starts()
		default:
			if command == "go mod tidy" {
				sums, err := os.ReadFile("../go.sum")
				r.must(err)
				r.must(os.WriteFile(filepath.Join(r.dir, "go.sum"), sums, 0o600))
			}
			r.run(line)
		}
	}
}

func (r *reader) run(line string) {
	r.t.Helper()
	out, err := r.command(r.t.Context(), line).CombinedOutput()
	r.out += string(out)
	if red := strings.Contains(line, "is red"); (err != nil) != red {
		r.t.Fatalf("%s: %v\n%s", line, err, out)
	}
}

func (r *reader) command(ctx context.Context, line string) *exec.Cmd {
	c := exec.CommandContext(ctx, "sh", "-c", line) //nolint:gosec // what the page says
	c.Dir = r.dir
	c.Env = append(os.Environ(), "PATH="+r.bin+string(filepath.ListSeparator)+os.Getenv("PATH"), "GOPROXY=off", "GOFLAGS=-mod=mod", "GOWORK=off")
	c.Env = append(c.Env, r.env...)
	return c
}

var exports = regexp.MustCompile(`export (BOTD_\S+=\S+) (BOTD_\S+=\S+) (BOTD_\S+=\S+)`)

// starts runs botd dev until the page ends, and remembers what it says to export.
func (r *reader) starts() {
	r.t.Helper()
	ctx, stop := context.WithCancel(r.t.Context())
	c := r.command(ctx, "exec botd dev")
	typing, err := c.StdinPipe()
	r.must(err)
	r.dev = &session{typing: typing}
	c.Stdout, c.Stderr = r.dev, r.dev
	c.Cancel = func() error { return c.Process.Signal(os.Interrupt) }
	r.must(c.Start())
	r.dev.end = func() { stop(); _ = c.Wait() }
	r.waits("Type what happens")
	r.env = exports.FindStringSubmatch(r.dev.told.String())[1:]
}

// talks types the lines of a transcript that begin with >, and waits for the others.
func (r *reader) talks(text string) {
	r.t.Helper()
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "> ") {
			_, err := io.WriteString(r.dev.typing, line+"\n")
			r.must(err)
			continue
		}
		r.waits(line)
	}
}

func (r *reader) waits(line string) {
	r.t.Helper()
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		rest := r.dev.rest()
		if i := strings.Index(rest, line); i >= 0 {
			r.dev.read += i + len(line)
			return
		}
		if time.Now().After(deadline) {
			r.t.Fatalf("botd dev does not tell %q:\n%s", line, rest)
		}
	}
}

func (r *reader) stop() {
	if r.dev != nil {
		r.dev.end()
	}
}
