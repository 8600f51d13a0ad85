package plugins_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"go.uber.org/goleak"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/plugins"
)

// asProgram has the tests' own program be a plugin.
const asProgram = "PLUGINS_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		plugins.Main(plugins.Define("program", "1", func(struct{}) (plugins.Handler, error) {
			return plugins.Func(func(context.Context, chat.Event) ([]chat.Message, error) { return chat.Admins.Say("here"), nil }), nil
		}))
	}
	goleak.VerifyTestMain(m)
}

// program is the plugin as a program with this environment, started.
func program(t *testing.T, env ...string) (c *exec.Cmd, stderr io.Reader) {
	t.Helper()
	c = exec.CommandContext(t.Context(), os.Args[0])
	c.Env = append([]string{asProgram + "=1"}, env...)
	stderr, err := c.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	return c, stderr
}

func TestAPluginIsAProgram(t *testing.T) {
	c, stderr := program(t, plugins.EnvPort+"=0")
	line, err := bufio.NewReader(stderr).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	url := regexp.MustCompile(`http://127\.0\.0\.1:[0-9]+`).FindString(line)
	if url == "" {
		t.Fatalf("it does not say where it answers: %s", line)
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(`{"botd":1,"name":"x"}`))
	if err != nil {
		t.Fatal(err)
	}
	got, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	text, _ := io.ReadAll(got.Body)
	_ = got.Body.Close()
	if want := `{"messages":[{"to":{"roles":["owner","admin"]},"text":"here"}]}`; string(text) != want {
		t.Errorf("it answers %s", text)
	}
	if err := c.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := c.Wait(); err != nil {
		t.Errorf("it ended with %v", err)
	}
}

func TestAProgramThatCannotBeginSaysWhy(t *testing.T) {
	for name, c := range map[string]struct{ env, want string }{
		"a key that is none":      {plugins.EnvKey + "=abracadabra", "program: BOTD_KEY: is no key: it has whsec_"},
		"a port that is none":     {plugins.EnvPort + "=seven", "set PORT to one that is free"},
		"no listener":             {plugins.EnvListener + "=three", "program: BOTD_LISTENER: is no number"},
		"a listener that is none": {plugins.EnvListener + "=9", "program: BOTD_LISTENER"},
	} {
		t.Run(name, func(t *testing.T) {
			p, stderr := program(t, c.env)
			text, _ := io.ReadAll(stderr)
			var exit *exec.ExitError
			if err := p.Wait(); !errors.As(err, &exit) || exit.ExitCode() != 1 {
				t.Errorf("it ended with %v", err)
			}
			if !strings.Contains(string(text), c.want) || strings.Contains(string(text), "abracadabra") {
				t.Errorf("it says %s", text)
			}
		})
	}
}
