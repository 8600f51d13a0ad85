package docs_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
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

// class does what the page about what members write says, up to where it goes on with the
// real service, in a new folder and at ports of its own.
type class struct {
	reader
	ports   *strings.Replacer
	sim     string
	listen  string // what the configuration has to say for these ports
	running map[string]*process
	last    string // the command before, which is asked again until it shows what the page shows
}

// process is something that the page leaves running.
type process struct {
	mu   sync.Mutex
	told bytes.Buffer
	end  func()
}

func (p *process) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.told.Write(b)
}

func (p *process) String() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.told.String()
}

func TestThePageOnWhatMembersWriteIsFollowedToTheLetter(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a botd")
	}
	need.Program(t, "curl", "curl")
	need.Program(t, "openssl", "openssl")
	bin := t.TempDir()
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", filepath.Join(bin, "botd"), "../cmd/botd").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	page, err := os.ReadFile("hold-what-members-write.md")
	if err != nil {
		t.Fatal(err)
	}
	simulated, _, ok := strings.Cut(string(page), "\n## 5. ")
	if !ok {
		t.Fatal("the page has no fifth part, where the real service begins")
	}
	c := newClass(t, bin)
	for _, found := range block.FindAllStringSubmatch(simulated, -1) {
		c.block(found[1], found[2], found[3])
	}
	c.othersSaw("/answer C") // and /answer B never
	for name, p := range c.running {
		c.ends(name)
		if strings.Contains(p.String(), "answer C") || strings.Contains(p.String(), "panic") {
			t.Errorf("%s wrote:\n%s", name, p)
		}
	}
}

func TestWhatThePageSaysCanStandUnderOnIsValid(t *testing.T) {
	whole, err := os.ReadFile("examples/hold/more.yaml")
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	for name, text := range map[string]string{"bots.yaml": string(whole), "secrets/app.key": strings.Repeat("0", 64), "secrets/callback": strings.Repeat("c", 32), "secrets/path": strings.Repeat("d", 32)} {
		path := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if code, out := run(t, "validate", "--config", filepath.Join(folder, "bots.yaml")); code != 0 || strings.Contains(out, "warning") {
		t.Errorf("exit code %d\n%s", code, out)
	}
}

func newClass(t *testing.T, bin string) *class {
	t.Helper()
	public, admin, sim := freePort(t), freePort(t), freePort(t)
	c := &class{
		reader: reader{t: t, bin: bin, dir: t.TempDir()}, running: map[string]*process{},
		sim:    sim,
		ports:  strings.NewReplacer("127.0.0.1:8080", public, "127.0.0.1:8082", sim),
		listen: fmt.Sprintf("listen: {public: %s, admin: %s}\n", public, admin),
	}
	t.Cleanup(func() {
		for name := range c.running {
			c.ends(name)
		}
	})
	return c
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func (c *class) block(source, language, text string) {
	c.t.Helper()
	switch {
	case language == "sh":
		for line := range strings.Lines(text) {
			c.does(strings.TrimSpace(line))
		}
	case source != "":
		whole, err := os.ReadFile(source) //nolint:gosec // one of the examples
		c.must(err)
		text := string(whole)
		if filepath.Base(source) == "bots.yaml" {
			text = c.ports.Replace(text) + c.listen
		}
		c.must(os.WriteFile(filepath.Join(c.dir, filepath.Base(source)), []byte(text), 0o600))
	case language == "text":
		c.shows(text)
	}
}

// enters is how a page makes the folder that it works in.
var enters = regexp.MustCompile(`^mkdir (\w+) && cd \w+$`)

// does runs a command, or leaves it running, or ends one that runs.
func (c *class) does(line string) {
	c.t.Helper()
	line = c.ports.Replace(line)
	switch {
	case strings.HasPrefix(line, "# Ctrl-C where botd serve runs"):
		c.ends("botd serve")
	case strings.HasPrefix(line, "botd sim "):
		c.starts("botd sim", line+" --listen "+c.sim, "simulator: ")
	case strings.HasPrefix(line, "botd serve "):
		c.starts("botd serve", line, `"msg":"botd runs"`)
	default:
		c.out = ""
		if found := enters.FindStringSubmatch(line); found != nil {
			c.must(os.Mkdir(filepath.Join(c.dir, found[1]), 0o700))
			c.dir = filepath.Join(c.dir, found[1])
			return
		}
		if c.last = line; !strings.Contains(line, "botd doctor") { // which is judged by what it shows
			c.run(line)
		}
	}
}

// othersSaw holds what Dave received to what he may have seen for a moment, which must be
// taken back.
func (c *class) othersSaw(text string) {
	c.t.Helper()
	request, err := http.NewRequestWithContext(c.t.Context(), http.MethodGet, "http://"+c.sim+"/sim/inbox/dave", nil)
	c.must(err)
	answer, err := http.DefaultClient.Do(request)
	c.must(err)
	defer http.DefaultClient.CloseIdleConnections()
	defer answer.Body.Close()
	var box struct {
		Messages []struct {
			Text     string
			Recalled time.Time
		}
	}
	c.must(json.NewDecoder(answer.Body).Decode(&box))
	if len(box.Messages) != 1 || box.Messages[0].Text != text || box.Messages[0].Recalled.IsZero() {
		c.t.Errorf("Dave received %+v", box.Messages)
	}
}

func (c *class) starts(name, line, ready string) {
	c.t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	p := &process{}
	cmd := c.command(ctx, "exec "+line)
	cmd.Stdout, cmd.Stderr = p, p
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	c.must(cmd.Start())
	p.end = func() { stop(); _ = cmd.Wait() }
	c.running[name] = p
	for deadline := time.Now().Add(20 * time.Second); !strings.Contains(p.String(), ready); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			c.t.Fatalf("%s does not run:\n%s", name, p)
		}
	}
}

func (c *class) ends(name string) {
	if p := c.running[name]; p != nil {
		p.end()
		delete(c.running, name)
	}
}

// shows asks the last command again until it shows all lines of the page, where … stands
// for what differs each time.
func (c *class) shows(text string) {
	c.t.Helper()
	var out []byte
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(100 * time.Millisecond) {
		out, _ = c.command(c.t.Context(), c.last).CombinedOutput()
		missing := ""
		for line := range strings.Lines(text) {
			if !shown(line).Match(out) {
				missing = line
			}
		}
		if missing == "" {
			return
		}
		if time.Now().After(deadline) {
			c.t.Fatalf("%s does not show %q:\n%s\nbotd wrote:\n%s", c.last, missing, out, c.running["botd serve"])
		}
	}
}

// number is one that stands for itself: a time, an age, or how many.
var number = regexp.MustCompile(`\b(\d+T)?\d+`)

// shown is a line with whatever stands in place of …, and any blanks in place of blanks.
func shown(line string) *regexp.Regexp {
	words := strings.Fields(regexp.QuoteMeta(strings.TrimSpace(line)))
	pattern := strings.ReplaceAll(strings.Join(words, `\s+`), "…", `.*`)
	return regexp.MustCompile(number.ReplaceAllString(pattern, `(\d+T)?\d+`))
}
