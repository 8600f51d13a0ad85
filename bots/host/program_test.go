package host_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jonboulle/clockwork"

	"github.com/botd-chat/botd/bots"
	"github.com/botd-chat/botd/bots/host"
	"github.com/botd-chat/botd/internal/need"
	"github.com/botd-chat/botd/plugins"
)

// server is the part of a Python plugin that is the same in all tests: handle answers an
// event with a reply.
const server = `
import json, os, sys, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

class Plugin(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def log_message(self, *a): pass
    def answer(self, body):
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def do_GET(self): self.answer(b'{"botd":1,"name":"quiz","version":"1.2.0"}')
    def do_POST(self): self.answer(json.dumps(handle(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))).encode())

def serve(): ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Plugin).serve_forever()
def say(text): return {"messages": [{"to": {"everyone": True}, "text": str(text)}]}
`

// echo answers with the number of its process.
const echo = server + `
def handle(e): return say(os.getpid())
serve()
`

// script writes a program into a folder and returns the folder.
func script(t *testing.T, name, text string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o700); err != nil {
		t.Fatal(err)
	}
	return dir
}

// python is a program in Python.
func python(t *testing.T, text string, edits ...func(*host.Command)) bots.Distant {
	t.Helper()
	c := host.Command{Args: []string{need.Program(t, "python3", "python3"), "plugin.py"}, Dir: script(t, "plugin.py", text), Settings: settings(t)}
	for _, edit := range edits {
		edit(&c)
	}
	return handler(t, host.Program(c))
}

// shell is a program for the shell.
func shell(t *testing.T, text string, edits ...func(*host.Command)) bots.Distant {
	t.Helper()
	c := host.Command{Args: []string{"sh", "-c", text}, Settings: settings(t)}
	for _, edit := range edits {
		edit(&c)
	}
	return handler(t, host.Program(c))
}

func TestAProgramOfAnyLanguageAnswersOnItsPort(t *testing.T) {
	h := python(t, echo)
	pid := answers(t, h)
	m, err := h.Manifest(t.Context())
	if err != nil || m.Name != "quiz" || m.Version != "1.2.0" {
		t.Errorf("%+v, %v", m, err)
	}
	if again := answers(t, h); again != pid {
		t.Errorf("process %s answered, and then %s", pid, again)
	}
}

func TestAProgramFindsNothingOfBotdsInItsEnvironment(t *testing.T) {
	t.Setenv("BOTD_SECRET_KEY", "hush")
	t.Setenv("AWS_SECRET", "hush")
	h := python(t, server+`
def handle(e): return say(" ".join(sorted(os.environ)))
serve()
`, func(c *host.Command) { c.Env = []string{"LEVEL=3", "PORT=1", "BOTD_KEY=mine"} })
	names := " " + answers(t, h) + " "
	for _, want := range []string{"PATH", "PORT", "BOTD_KEY", "LEVEL", "HOME"} {
		if !strings.Contains(names, " "+want+" ") {
			t.Errorf("%s is not in%s", want, names)
		}
	}
	for _, never := range []string{"SECRET", "BOTD_KEEPER", "BOTD_PLUGIN"} {
		if strings.Contains(names, never) {
			t.Errorf("%s is in%s", never, names)
		}
	}
}

func TestAProgramThatListensForOtherMachinesIsWarnedOf(t *testing.T) {
	addresses, err := net.InterfaceAddrs()
	if err != nil || !slices.ContainsFunc(addresses, func(a net.Addr) bool { n, ok := a.(*net.IPNet); return ok && n.IP.IsGlobalUnicast() }) {
		t.Skip("this machine has no address that another could reach")
	}
	const warning = "listens for other machines"
	for at, want := range map[string]int{"0.0.0.0": 1, "127.0.0.1": 0} {
		log := new(record)
		h := python(t, strings.Replace(echo, "127.0.0.1", at, 1), func(c *host.Command) { c.Log = log.logger() })
		answers(t, h)
		if err := h.(io.Closer).Close(); err != nil {
			t.Error(err)
		}
		if n := log.count(warning); n != want {
			t.Errorf("at %s it is warned of %d times", at, n)
		}
	}
}

func TestAProgramThatCannotBeStartedSaysWhy(t *testing.T) {
	for _, c := range []struct {
		command host.Command
		want    string
	}{
		{host.Command{}, "no program is given"},
		{host.Command{Args: []string{"no-such-program"}}, `there is no program "no-such-program" to start`},
		{host.Command{Args: []string{"./plugin"}, Dir: t.TempDir()}, `there is no program "./plugin" to start`},
		{host.Command{Args: []string{"sh"}, Memory: 1 << 20}, "hardly a program starts with less than 16 MB"},
	} {
		if _, err := host.Program(c.command).New(nil); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: %v", c.command.Args, err)
		}
	}
	h := handler(t, host.Program(host.Command{Args: []string{"./plugin"}, Dir: script(t, "plugin", "this is no program"), Settings: settings(t)}))
	if _, err := h.Manifest(t.Context()); !errors.Is(err, bots.ErrAway) || !strings.Contains(err.Error(), "exec format error") {
		t.Error(err)
	}
}

// A program that is ./plugin of the folder botd was started in is that one, and not a
// plugin somewhere on PATH.
func TestAProgramIsFoundInTheFolderItself(t *testing.T) {
	dir, other := script(t, "plugin", "#!/bin/sh\n"), script(t, "plugin", "#!/bin/sh\n")
	t.Chdir(dir)
	t.Setenv("PATH", other)
	for _, folder := range []string{".", "", dir} {
		if got, err := host.Find(folder, "./plugin"); err != nil || got != filepath.Join(dir, "plugin") {
			t.Errorf("./plugin in %q is %q, %v", folder, got, err)
		}
		if got, err := host.Find(folder, "plugin"); err != nil || got != filepath.Join(other, "plugin") {
			t.Errorf("plugin in %q is %q, %v", folder, got, err)
		}
		if got, err := host.Find(folder, "./other"); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("./other in %q is %q, %v", folder, got, err)
		}
	}
}

// Its name is in logs and in labels of metrics, and what it is given may be a secret.
func TestAProgramIsCalledByWhatCanBeNoSecret(t *testing.T) {
	folder := script(t, "quiz.py", echo)
	if err := os.Mkdir(filepath.Join(folder, "hush"), 0o700); err != nil {
		t.Fatal(err)
	}
	for want, args := range map[string][]string{
		"":                {},
		"quiz":            {"./bin/quiz", "--token=hush"},
		"node":            {"node", "hush.js"},
		"sh":              {"/bin/sh", "-c", "TOKEN=hush exec python3 quiz.py"},
		"ruby":            {"ruby", "hush", "quiz.py"},
		"python3":         {"python3"},
		"python3 quiz.py": {"python3", "quiz.py", "--token=hush"},
		"deno quiz.py":    {"deno", "--allow-env=hush", filepath.Join(folder, "quiz.py"), "hush"},
	} {
		if name := host.Program(host.Command{Args: args, Dir: folder}).Name(); name != want {
			t.Errorf("%q is called %q; want %q", args, name, want)
		}
	}
}

func TestAnEventWaitsForAProgramThatDoesNotAnswer(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"it exits at once":                   {"echo 'Error: no database' >&2; exit 4", "ended before it answered: exit status 4; it wrote: Error: no database"},
		"it is TypeScript for a Node of old": {"echo 'TypeError [ERR_UNKNOWN_FILE_EXTENSION]: Unknown file extension \".ts\" for /quiz.ts' >&2; exit 1", "for /quiz.ts (TypeScript as it is wants Node 22.18 or newer)"},
		"it is another service":              {"exec python3 -c 'import http.server,os; http.server.test(http.server.SimpleHTTPRequestHandler, port=int(os.environ[\"PORT\"]), bind=\"127.0.0.1\")'", "HTML"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := shell(t, c.text)
			var err error
			for end := time.Now().Add(20 * time.Second); time.Now().Before(end); {
				if _, err = h.Manifest(t.Context()); !errors.Is(err, bots.ErrAway) || strings.Contains(err.Error(), c.want) {
					break
				}
				time.Sleep(10 * time.Millisecond)
			}
			if !errors.Is(err, bots.ErrAway) || !strings.Contains(err.Error(), c.want) {
				t.Error(err)
			}
		})
	}
}

func TestWaitingForAProgramThatNeverListensTakesNoLongerThanItsPatience(t *testing.T) {
	h := shell(t, "exec sleep 1000")
	began := time.Now()
	_, err := h.Manifest(t.Context())
	if took := time.Since(began); !errors.Is(err, bots.ErrAway) || took > 10*time.Second || !strings.Contains(err.Error(), "is being started") {
		t.Errorf("after %v: %v", took, err)
	}
	if until(err).Before(time.Now()) {
		t.Errorf("it is to be looked at again at %v", until(err))
	}
}

func TestAProgramThatEndsAgainAndAgainIsToldOnceAndLeftInPeace(t *testing.T) {
	log, clock, ends := new(record), clockwork.NewFakeClock(), make(chan struct{}, 100)
	h := shell(t, "exit 1", func(c *host.Command) {
		c.Log, c.Clock = log.logger(), clock
		c.Observe.Ended = func() { ends <- struct{}{} }
	})
	_, _ = h.Manifest(t.Context())
	<-ends // the second is begun at once
	for i, pause := range []time.Duration{200 * time.Millisecond, time.Second, 5 * time.Second, 15 * time.Second, 30 * time.Second, 30 * time.Second} {
		<-ends
		_, err := h.Manifest(t.Context())
		if got := until(err).Sub(clock.Now()); !errors.Is(err, bots.ErrAway) || got != pause || !strings.Contains(err.Error(), "exit status 1") {
			t.Fatalf("after %d ends the next is begun in %v, want %v: %v", i+2, got, pause, err)
		}
		clock.Advance(pause - time.Millisecond)
		_, _ = h.Manifest(t.Context())
		if len(ends) != 0 {
			t.Fatal("the next was begun too soon")
		}
		clock.Advance(time.Millisecond)
		_, _ = h.Manifest(t.Context())
	}
	if n := log.count("again and again"); n != 1 {
		t.Errorf("that was told %d times", n)
	}
}

func TestAProcessThatLivedLongBeforeItEndedIsReplacedAtOnce(t *testing.T) {
	clock, ends := clockwork.NewFakeClock(), make(chan struct{}, 100)
	h := handler(t, host.Isolated(wild, host.Command{Settings: host.Settings{Clock: clock, Observe: host.Observer{Ended: func() { ends <- struct{}{} }}}}))
	for range 5 {
		if _, err := h.Manifest(t.Context()); err != nil {
			t.Fatal(err)
		}
		clock.Advance(11 * time.Second)
		if _, err := say(t, h, "exit", 10*time.Second); err == nil || errors.Is(err, bots.ErrAway) {
			t.Fatal(err)
		}
		<-ends
	}
}

func TestWhatAProgramStartsEndsWithIt(t *testing.T) {
	for name, text := range map[string]string{
		"in its process group":    "sleep 1000 & echo $! > pid; exec python3 plugin.py",
		"in a session of its own": "setsid sh -c 'echo $$ > pid; exec sleep 1000' & exec python3 plugin.py",
		"left by its parent":      "sh -c 'setsid sleep 1000 & echo $! > pid'; exec python3 plugin.py",
		"it is what answers":      "python3 plugin.py & echo $! > pid; wait",
		"deaf to signals":         "sh -c 'trap \"\" TERM INT HUP; echo $$ > pid; while :; do sleep 1; done' & exec python3 plugin.py",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := script(t, "plugin.py", echo)
			p := host.Program(host.Command{Args: []string{"sh", "-c", text}, Dir: dir, Settings: settings(t)})
			h, err := p.New(nil)
			if err != nil {
				t.Fatal(err)
			}
			pid := answers(t, h)
			raw, err := os.ReadFile(filepath.Join(dir, "pid"))
			if err != nil {
				t.Fatal(err)
			}
			if err := h.(io.Closer).Close(); err != nil {
				t.Error(err)
			}
			gone(t, pid)
			gone(t, strings.TrimSpace(string(raw)))
		})
	}
}

func TestAProgramIsAskedToEndAndThenEnded(t *testing.T) {
	for name, c := range map[string]struct{ text, wrote string }{
		"it heeds":         {"import signal\nsignal.signal(signal.SIGTERM, lambda *a: (print('goodbye'), os._exit(0)))\n", "goodbye"},
		"it does not heed": {"import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			log := new(record)
			p := host.Program(host.Command{Args: []string{"python3", "plugin.py"}, Dir: script(t, "plugin.py", server+c.text+"def handle(e): return say(os.getpid())\nserve()"),
				Settings: host.Settings{Log: log.logger()}})
			h, err := p.New(nil)
			if err != nil {
				t.Fatal(err)
			}
			pid := answers(t, h)
			began := time.Now()
			if err := h.(io.Closer).Close(); err != nil || time.Since(began) > 10*time.Second {
				t.Errorf("after %v: %v", time.Since(began), err)
			}
			gone(t, pid)
			if c.wrote != "" && log.count(c.wrote) != 1 {
				t.Errorf("its last word is not in the log:\n%s", log)
			}
			if _, err := h.Handle(t.Context(), event("say", `""`)); !errors.Is(err, bots.ErrAway) {
				t.Errorf("after its end: %v", err)
			}
		})
	}
}

func TestADeadlineEndsAProcessAndHoldsItAgainstNoOtherEvent(t *testing.T) {
	h := python(t, server+`
def handle(e):
    if e["payload"] == "hang":
        while True: pass
    if e["payload"] == "slow": time.sleep(30)
    return say(os.getpid())
serve()
`)
	before := answers(t, h)
	other := make(chan error, 1)
	go func() {
		_, err := say(t, h, "slow", time.Minute)
		other <- err
	}()
	began := time.Now()
	_, err := say(t, h, "hang", 500*time.Millisecond)
	if err == nil || errors.Is(err, bots.ErrAway) || !strings.Contains(err.Error(), "its process was ended") {
		t.Error(err)
	}
	t.Logf("the error came %v after the deadline", time.Since(began)-500*time.Millisecond)
	if err := <-other; !errors.Is(err, bots.ErrAway) || !strings.Contains(err.Error(), "for another event's sake") || until(err).IsZero() {
		t.Errorf("the other event: %v", err)
	}
	gone(t, before)
	answers(t, h)
}

func TestManyGroupsAreAnsweredAtATimeByOneProcess(t *testing.T) {
	h := python(t, server+fmt.Sprintf(`
import threading
all = threading.Barrier(%d)
def handle(e):
    if e["payload"] == "together": all.wait(30)
    return say(os.getpid())
serve()
`, bots.AtATime))
	pid := answers(t, h)
	var all sync.WaitGroup
	for range bots.AtATime {
		all.Go(func() {
			if got, err := say(t, h, "together", time.Minute); err != nil || got != pid {
				t.Errorf("%s, want %s: %v", got, pid, err)
			}
		})
	}
	all.Wait()
}

func TestWhatAProgramWritesIsInTheLogAndNeverTooMuchOfIt(t *testing.T) {
	log := new(record)
	hits := make(chan bots.Limit, 1)
	h := python(t, server+`
def handle(e):
    if e["payload"] == "flood":
        for i in range(100000): print("line", i)
    else:
        print("\x1b[2J" + "x" * 1000000)
        sys.stdout.buffer.write(b"\x00\xff\xfe\n")
        print("  hello ", file=sys.stderr)
    return say(os.getpid())
serve()
`, func(c *host.Command) {
		c.Log = log.logger()
		c.Observe.Limit = func(l bots.Limit) {
			select {
			case hits <- l:
			default: // there were enough
			}
		}
	})
	if _, err := say(t, h, "garbage", 30*time.Second); err != nil {
		t.Fatal(err)
	}
	log.wait(t, `line="  hello"`)
	if _, err := say(t, h, "flood", 30*time.Second); err != nil {
		t.Fatal(err)
	}
	if l := <-hits; l != bots.LimitOutput {
		t.Errorf("limit %s was hit", l)
	}
	answers(t, h)
	text := log.String()
	if n := len(text); n > 200_000 {
		t.Errorf("the log has %d bytes", n)
	}
	if strings.ContainsAny(text, "\x1b\x00") {
		t.Error("the log has control characters")
	}
}

func TestABrokenConnectionOfALivingProcessIsAFailureOfTheEvent(t *testing.T) {
	h := python(t, server+`
class Rude(Plugin):
    def do_POST(self):
        e = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if e["payload"] == "hang up": self.close_connection = True; self.connection.close(); return
        if e["payload"] == "garbage": self.answer(b"\x00\x01{{{"); return
        if e["payload"] == "huge": self.answer(b'"' + b"x" * 3000000 + b'"'); return
        if e["payload"] == "raise": raise ValueError("of the event")
        self.answer(json.dumps(say(os.getpid())).encode())
ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Rude).serve_forever()
`)
	before := answers(t, h)
	for _, c := range []struct{ does, want string }{
		{"raise", "answered nothing: EOF; it wrote: ValueError: of the event"},
		{"garbage", "answers no JSON"},
		{"huge", "more than 1024 KB"},
		{"hang up", "broke the connection off"},
	} {
		_, err := say(t, h, c.does, 10*time.Second)
		if err == nil || errors.Is(err, bots.ErrAway) || errors.Is(err, plugins.ErrPermanent) != (c.does == "huge") || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", c.does, err)
		}
	}
	if after := answers(t, h); after != before {
		t.Errorf("process %s answered before, %s after", before, after)
	}
}

func TestSlowHeadersAreCutOffAtTheDeadline(t *testing.T) {
	h := python(t, server+`
class Slow(Plugin):
    def do_POST(self):
        self.connection.sendall(b"HTTP/1.1 200 OK\r\n")
        for i in range(1000): self.connection.sendall(b"X-%d: y\r\n" % i); time.sleep(0.02)
ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Slow).serve_forever()
`)
	if _, err := h.Manifest(t.Context()); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	_, err := say(t, h, "", 300*time.Millisecond)
	if err == nil || !strings.Contains(err.Error(), "its process was ended") || time.Since(began) > 5*time.Second {
		t.Errorf("after %v: %v", time.Since(began), err)
	}
}

func TestAProcessThatNoLongerListensIsReplaced(t *testing.T) {
	h := python(t, server+`
import threading
s = None
def handle(e):
    if e["payload"] == "deaf": threading.Thread(target=lambda: (s.shutdown(), s.server_close())).start()
    return say(os.getpid())
class Once(Plugin): protocol_version = "HTTP/1.0"
s = ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Once)
s.daemon_threads = True
s.serve_forever()
time.sleep(1000)
`)
	before := answers(t, h)
	if _, err := say(t, h, "deaf", 10*time.Second); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		after, err := say(t, h, "", 10*time.Second)
		if err == nil && after != before {
			break
		}
		if err != nil && !errors.Is(err, bots.ErrAway) && !strings.Contains(err.Error(), "broke") || time.Now().After(end) {
			t.Fatal(after, err)
		}
	}
	gone(t, before)
}

func TestAnEventOfABotThatIsStoppedIsHeldAgainstNobody(t *testing.T) {
	h := python(t, server+`
def handle(e):
    if e["payload"] == "slow": time.sleep(30)
    return say(os.getpid())
serve()
`)
	before := answers(t, h)
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(50*time.Millisecond, cancel)
	if _, err := h.Handle(ctx, event("say", `"slow"`)); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if after := answers(t, h); after != before {
		t.Errorf("its process was ended: %s, %s", before, after)
	}
}
