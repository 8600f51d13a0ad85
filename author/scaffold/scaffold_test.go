package scaffold_test

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/botd-chat/botd/author"
	"github.com/botd-chat/botd/author/scaffold"
	"github.com/botd-chat/botd/bots/host"
	"github.com/botd-chat/botd/contract"
	"github.com/botd-chat/botd/internal/need"
	"github.com/botd-chat/botd/plugins"
	"github.com/botd-chat/botd/plugins/plugintest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// key is one of the contract's vectors.
var key = contract.Signatures()[0].Key

// written is a plugin in a new folder.
func written(t *testing.T, lang scaffold.Lang) scaffold.Plugin {
	t.Helper()
	p := scaffold.Plugin{Name: "quiz-night", Lang: lang, Dir: filepath.Join(t.TempDir(), "quiz-night")}
	var err error
	if p.From, err = author.FindBotd(""); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Write(t.Context()); err != nil {
		t.Fatal(err)
	}
	return p
}

// run runs a command in the plugin's folder, without asking anybody for modules.
func run(t *testing.T, p scaffold.Plugin, command ...string) {
	t.Helper()
	c := exec.CommandContext(t.Context(), command[0], command[1:]...)
	c.Dir, c.Env = p.Dir, append(os.Environ(), "GOPROXY=off", "GOFLAGS=-mod=mod", "GOWORK=off")
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", strings.Join(command, " "), err, out)
	}
}

// program is the plugin as it is started, once it was made.
func program(t *testing.T, p scaffold.Plugin) []string {
	t.Helper()
	switch p.Lang {
	case scaffold.Python:
		return []string{need.Program(t, "python3", "python3"), p.File()}
	case scaffold.TypeScript:
		return []string{need.Node(t), p.File()}
	case scaffold.Go:
	}
	sums(t, p)
	run(t, p, "go", "build", "-o", "bin/"+p.Name, "./cmd/"+p.Name)
	return []string{"bin/" + p.Name}
}

// sums are those of botd, which go mod tidy would download.
func sums(t *testing.T, p scaffold.Plugin) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(p.From.Dir, "go.sum"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(p.Dir, "go.sum"), text, 0o600); err != nil {
		t.Fatal(err)
	}
}

// started runs the plugin until the end of the test, and returns where it answers and
// what it writes.
func started(t *testing.T, p scaffold.Plugin) (address string, wrote func() string) {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().String()[len("127.0.0.1:"):]
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	args := program(t, p)
	if !filepath.IsAbs(args[0]) {
		args[0] = filepath.Join(p.Dir, args[0])
	}
	log, err := os.Create(filepath.Join(t.TempDir(), "log"))
	if err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(t.Context(), args[0], args[1:]...)
	c.Dir, c.Env, c.Stdout, c.Stderr = p.Dir, append(os.Environ(), "PORT="+port, "BOTD_KEY="+key), log, log
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Wait(); _ = log.Close() }) // t.Context ended before, and with it the program
	wrote = func() string { text, _ := os.ReadFile(log.Name()); return string(text) }
	address = "http://127.0.0.1:" + port
	answers(t, address, wrote)
	return address, wrote
}

func answers(t *testing.T, address string, wrote func() string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	for ctx.Err() == nil {
		if status, _ := ask(t, address, nil); status == http.StatusOK {
			return
		}
	}
	t.Fatalf("it does not answer:\n%s", wrote())
}

// ask posts an event that is signed, or gets the manifest; status 0 is no answer.
func ask(t *testing.T, address string, event []byte) (status int, body string) {
	t.Helper()
	method := http.MethodGet
	if event != nil {
		method = http.MethodPost
	}
	r, err := http.NewRequestWithContext(t.Context(), method, address, bytes.NewReader(event))
	if err != nil {
		t.Fatal(err)
	}
	k, err := plugins.ParseSigningKey(key)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	r.Header.Set(plugins.HeaderID, "e1")
	r.Header.Set(plugins.HeaderTimestamp, unix(now))
	r.Header.Set(plugins.HeaderSignature, k.Sign("e1", now, event))
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	res, err := client.Do(r)
	if err != nil {
		return 0, ""
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(text)
}

func unix(at time.Time) string { return strconv.FormatInt(at.Unix(), 10) }

func TestWhatIsWrittenPassesItsOwnTranscriptAndKeepsTheContract(t *testing.T) {
	for _, lang := range scaffold.Langs {
		t.Run(string(lang), func(t *testing.T) {
			p := written(t, lang)
			address, _ := started(t, p)
			k, err := plugins.ParseSigningKey(key)
			if err != nil {
				t.Fatal(err)
			}
			plugintest.Play(t, host.Remote(host.URL{Address: address, Key: k}), filepath.Join(p.Dir, p.Name+".chat"))
			r := contract.Check(t.Context(), address, contract.Options{Key: k})
			if fine := r.Count(contract.Fine) + r.Count(contract.Skipped); fine != len(r.Results) {
				var b strings.Builder
				_ = r.Write(&b)
				t.Error(b.String())
			}
		})
	}
}

func TestTheGoPluginIsTestedByGo(t *testing.T) {
	p := written(t, scaffold.Go)
	sums(t, p)
	run(t, p, "go", "vet", "./...")
	run(t, p, "go", "test", "./...")
}

// A plugin that breaks says in which of its own lines it did, and not what was posted.
func TestAMistakeIsToldByTheLineOfThePlugin(t *testing.T) {
	event := `{"botd":1,"id":"e1","kind":"webhook","name":"posted","time":"2026-01-05T09:00:00Z","group":"@TGS#1","sender":{"id":"carol","role":"member"},"payload":{"text":"secret words"},"state":{"done":17},"session":{}}`
	for lang, want := range map[scaffold.Lang]string{scaffold.Python: "quiz_night.py:11: TypeError", scaffold.TypeScript: "quiz-night.ts:10: TypeError"} {
		t.Run(string(lang), func(t *testing.T) {
			address, wrote := started(t, written(t, lang))
			status, body := ask(t, address, []byte(event))
			if status != http.StatusInternalServerError || body != want || strings.Contains(body, "secret words") {
				t.Errorf("%d %s, want %s\n%s", status, body, want, wrote())
			}
			if log := wrote(); strings.Contains(log, "botd.py") || strings.Contains(log, "botd.ts") || !strings.Contains(log, strings.Split(want, ":")[0]) {
				t.Errorf("it wrote\n%s", log)
			}
		})
	}
}

func TestNothingIsWrittenOver(t *testing.T) {
	p := written(t, scaffold.Python)
	if _, err := p.Write(t.Context()); err == nil || !strings.Contains(err.Error(), "quiz_night.py") || !strings.Contains(err.Error(), "nothing was written") {
		t.Errorf("written again: %v", err)
	}
	p.Name = "botd"
	if _, err := p.Write(t.Context()); err == nil || !strings.Contains(err.Error(), "another name") {
		t.Errorf("the name of the other half: %v", err)
	}
	p.Name = "Quiz Night"
	if _, err := p.Write(t.Context()); err == nil || !strings.Contains(err.Error(), "small letters, digits and dashes") {
		t.Errorf("a bad name: %v", err)
	}
}

func TestThePluginFilesAreShort(t *testing.T) {
	for _, lang := range []scaffold.Lang{scaffold.Python, scaffold.TypeScript} {
		p := written(t, lang)
		text, err := os.ReadFile(filepath.Join(p.Dir, p.File()))
		if err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(string(text), "\n"); n > 30 {
			t.Errorf("%s has %d lines", p.File(), n)
		}
	}
}
