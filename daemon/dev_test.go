package daemon_test

import (
	"context"
	"errors"
	"io"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/daemon"
	"github.com/botd-chat/botd/internal/need"
	"github.com/botd-chat/botd/plugins"
	"github.com/botd-chat/botd/plugins/notice"
	"github.com/botd-chat/botd/plugins/quiz"
)

// workshop is a botd dev that runs.
type workshop struct {
	*rig
	folder string
	typing io.Writer
	out    *buffer
	read   int // how much of what it told was looked at
}

// workOn runs botd dev with a folder until the end of the test.
func workOn(t *testing.T, folder string, args ...string) *workshop {
	t.Helper()
	stdin, typing := io.Pipe()
	w := &workshop{&rig{t: t}, folder, typing, &buffer{}, 0}
	w.log = w.out
	ctx, stop := context.WithCancel(context.Background())
	exit := make(chan int, 1)
	go func() {
		exit <- daemon.Run(ctx, daemon.Process{Args: append([]string{"dev", folder}, args...), Stdin: stdin, Stdout: w.out, Stderr: w.out,
			Getenv: func(string) string { return "" }}, quiz.Plugin, notice.Plugin, sealed)
	}()
	t.Cleanup(func() {
		stop()
		_ = typing.Close()
		if code := <-exit; code != 0 {
			t.Errorf("botd dev ended with code %d:\n%s", code, w.out)
		}
	})
	w.tells("Type what happens")
	return w
}

// tells waits until each of these was told, one after the other, since what was
// looked at before.
func (w *workshop) tells(parts ...string) {
	w.t.Helper()
	for _, part := range parts {
		w.until("it tells "+part, func() bool {
			i := strings.Index(w.out.String()[w.read:], part)
			if i >= 0 {
				w.read += i + len(part)
			}
			return i >= 0
		})
	}
}

func (w *workshop) types(line string) {
	w.t.Helper()
	_, err := io.WriteString(w.typing, line+"\n")
	must(w.t, err)
}

// saves writes a file with some of it replaced.
func (w *workshop) saves(name, old, fresh string) {
	w.t.Helper()
	path := filepath.Join(w.folder, name)
	text, err := os.ReadFile(path)
	must(w.t, err)
	if !strings.Contains(string(text), old) {
		w.t.Fatalf("%s has no %q", name, old)
	}
	must(w.t, os.WriteFile(path, []byte(strings.ReplaceAll(string(text), old, fresh)), 0o600))
}

// scaffolded is a new plugin in a folder of its own.
func scaffolded(t *testing.T, lang string) string {
	t.Helper()
	folder := filepath.Join(t.TempDir(), "hello")
	if code, out, errs := botd(t, "", "plugin", "new", "hello", "--lang", lang, "--dir", folder); code != 0 {
		t.Fatalf("code %d: %s%s", code, out, errs)
	}
	return folder
}

func TestAPluginIsTakenUpOnEachSaveAndWhatItRemembersStays(t *testing.T) {
	need.Program(t, "python3", "python3")
	w := workOn(t, scaffolded(t, "python"))
	w.types(`> posted {"user": "carol", "text": "hello"}`)
	w.tells("> carol: posted", "of bot hello, ", `state is now {"done": ["carol"]}`, "< alice beth bob: carol: hello", "< carol: Thank you, it has arrived.")

	w.saves("hello.py", "Nothing from you today?", "Still nothing?")
	w.tells("hello.py saved: it runs, after ")
	w.types("evening") // carol posted before the save
	w.tells("> evening", "< alice beth bob dave erin frank grace: Still nothing?")

	w.saves("hello.py", "def evening(event):", "def evening(event:")
	w.tells("hello.py", "line ", "SyntaxError", "hello.py saved, and nothing is different:\n", "SyntaxError")
	w.types("evening")
	w.tells("> evening", "< alice beth bob carol dave erin frank grace: Still nothing?")

	w.types("> carol says hi")
	w.tells(`no trigger of bot hello has text: beside sender:, so this comes by "posted" here`, "> carol says hi", "! ")
	w.types(`> posted {"user": "zed", "text": "x"}`)
	w.tells("> zed: posted", `! sender "zed" is not a member of group `)

	w.saves("hello.py", "def evening(event:", "def evening(event):\n    event['oh']")
	w.tells("hello.py saved: it runs")
	w.types("evening")
	w.tells("hello.py | Traceback", "hello.py", "line 20", "KeyError", "! run 1 of 5 failed", "hello.py:20: KeyError", "it is tried again at ")

	w.saves("bots.yaml", "webhook: hello", "webhok: hello")
	w.tells("bots.yaml saved, and nothing is different:\n", "bots.yaml:", "webhok")

	w.types("> carol: no such thing")
	w.tells("this is no line of a transcript")
	w.types("> morning {}")
	w.tells(`bot "hello" has no trigger "morning"; have evening, posted`)
	w.types("> evning")
	w.tells(`bot "hello" has no trigger "evning"; did you mean evening?`)
	w.types("use helo")
	w.tells(`no bot "helo"; did you mean hello?`)
}

func TestWhatIsHeldIsToldWithWhatItsSenderIsTold(t *testing.T) {
	folder := t.TempDir()
	must(t, os.WriteFile(filepath.Join(folder, "bots.yaml"), []byte(`
bots:
  quiz:
    account: quizbot
    groups: ["@TGS#2QUIZROOM1"]
    on: {typed: {message: {command: answer}, hold: true, received: It is here.}}
    plugin: quiz
    audience: {roles: [owner, admin], sender: true}
`), 0o600))
	w := workOn(t, folder)
	w.types("> carol: /answer B")
	w.tells("> carol: /answer B", "< carol: It is here.", "< alice beth bob: carol answered: B")
}

func TestAGoPluginIsBuiltOnEachSaveAndWhatDoesNotBuildIsToldByItsLine(t *testing.T) {
	if testing.Short() {
		t.Skip("builds plugins")
	}
	folder := scaffolded(t, "go")
	sums, err := os.ReadFile("../go.sum")
	must(t, err)
	must(t, os.WriteFile(filepath.Join(folder, "go.sum"), sums, 0o600))
	t.Setenv("GOFLAGS", "-mod=mod")
	w := workOn(t, folder)
	w.types(`> posted {"user": "carol", "text": "hello"}`)
	w.tells("< carol: Thank you, it has arrived.")
	w.saves("hello.go", `Say("Thank you, it has arrived.")`, `Say("Thanks.", 1+"")`)
	w.tells("hello.go saved, and nothing is different:\n", "hello.go:56:30: invalid operation")
	w.saves("hello.go", `Say("Thanks.", 1+"")`, `Say("Thanks.")`)
	w.tells("hello.go saved: it runs")
	w.types(`> posted {"user": "dave", "text": "hello"}`)
	w.tells("< dave: Thanks.")
	w.saves("hello.go", "user := e.Sender.ID", "user := e.Sender.ID\n\tvar m map[string]int\n\tm[p.Text] = 1")
	w.tells("hello.go saved: it runs")
	w.types(`> posted {"user": "dave", "text": "hello"}`)
	w.tells("at=hello.go:52", "! run 1 of 5 failed")
}

// What runs already, under a debugger perhaps, gets the events of a bot.
func TestAProcessThatRunsAlreadyIsAttached(t *testing.T) {
	folder := scaffolded(t, "python")
	s := httptest.NewServer(plugins.Serve(plugins.Define("mine", "1.0.0", func(struct{}) (plugins.Handler, error) {
		m := plugins.NewMux()
		for _, name := range []chat.TriggerName{"posted", "evening"} {
			m.On(name, func(context.Context, chat.Event) ([]chat.Message, error) {
				return chat.Owners.Say("by the debugger"), nil
			})
		}
		return m, nil
	}), plugins.SigningKey{}))
	t.Cleanup(s.Close)
	w := workOn(t, folder, "--attach", "hello="+s.URL)
	w.types(`> posted {"user": "carol", "text": "hello"}`)
	w.tells("< alice: by the debugger")

	for args, says := range map[string]string{"helo=" + s.URL: `has no bot "helo"; `, "hello": "write BOT=URL", "hello=ftp://x": "write BOT=URL"} {
		if code, _, errs := botd(t, "", "dev", folder, "--attach", args); code != 2 || !strings.Contains(errs, says) {
			t.Errorf("--attach %s: code %d, %s", args, code, errs)
		}
	}
}

// sealed is a plugin whose secret has a form.
var sealed = plugins.Define("sealed", "1.0.0", func(o struct {
	Token chat.Secret `json:"token"`
}) (plugins.Handler, error) {
	if !strings.HasPrefix(o.Token.Reveal(), "tok_") {
		return nil, errors.New("token: begins with tok_")
	}
	m := plugins.NewMux()
	m.On("posted", func(context.Context, chat.Event) ([]chat.Message, error) { return chat.Everyone.Say("it is open"), nil })
	return m, nil
})

func TestAPluginIsAskedAboutItsOwnSecret(t *testing.T) {
	folder := t.TempDir()
	must(t, os.WriteFile(filepath.Join(folder, "token"), []byte("tok_of-the-plugin"), 0o600))
	must(t, os.WriteFile(filepath.Join(folder, "bots.yaml"), []byte(`bots:
  sealed:
    account: hellobot
    groups: ["@TGS#2QUIZROOM1"]
    on: {posted: {webhook: sealed, verify: {bearer: {token_file: hook}}}}
    plugin: sealed
    options: {token: {file: token}}
    audience: {everyone: true}
`), 0o600))
	w := workOn(t, folder)
	w.types("posted {}")
	w.tells(": it is open")
}

func TestWhatCannotBeWorkedOnIsSaid(t *testing.T) {
	if code, _, errs := botd(t, "", "dev", t.TempDir()); code != 2 || !strings.Contains(errs, "there is no bots.yaml in") {
		t.Errorf("code %d: %s", code, errs)
	}
	if code, _, errs := botd(t, "", "dev", "nowhere"); code != 2 || !strings.Contains(errs, "nowhere") {
		t.Errorf("code %d: %s", code, errs)
	}
	if code, _, errs := botd(t, "", "plugin", "new", "hello", "--lang", "cobol"); code != 2 || !strings.Contains(errs, "go, python, typescript") {
		t.Errorf("code %d: %s", code, errs)
	}
}
