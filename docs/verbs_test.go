package docs_test

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/botd-chat/botd/config"
	"github.com/botd-chat/botd/daemon"
	"github.com/botd-chat/botd/docs/examples/homework"
	"github.com/botd-chat/botd/plugins"
	"github.com/botd-chat/botd/plugins/notice"
	"github.com/botd-chat/botd/plugins/oncall"
	"github.com/botd-chat/botd/plugins/poll"
	"github.com/botd-chat/botd/plugins/quiz"
	"github.com/botd-chat/botd/plugins/relay"
	"github.com/botd-chat/botd/plugins/rules"
	"github.com/botd-chat/botd/plugins/welcome"
)

// comeWithBotd are the plugins that cmd/botd has.
var comeWithBotd = []plugins.Plugin{notice.Plugin, oncall.Plugin, poll.Plugin, quiz.Plugin, relay.Plugin, rules.Plugin, welcome.Plugin}

// run calls botd as it would be called in folder, with what the pages say to
// set.
func run(t *testing.T, args ...string) (code int, out string) {
	t.Helper()
	var b bytes.Buffer
	env := map[string]string{"BOTD_SDK_APP_ID": "1400000000"}
	code = daemon.Run(t.Context(), daemon.Process{
		Args: args, Stdin: strings.NewReader(""), Stdout: &b, Stderr: &b,
		Getenv: func(name string) string { return env[name] },
	}, append(slices.Clone(comeWithBotd), homework.Plugin)...)
	return code, b.String()
}

// A call of botd stands in a block of commands, or between backquotes in a line.
var (
	commands   = regexp.MustCompile("(?ms)^```sh\n(.*?)^```$")
	code       = regexp.MustCompile("`(botd [^`]+)`")
	invocation = regexp.MustCompile(`(?m)^(?:botd|go run \.|go run \./cmd/botd) ([a-z][^#\n]*)`)
	// placeholder begins what stands for arguments in a line about usage.
	placeholder = regexp.MustCompile(`(?s)[A-Z[].*`)
)

// calls lists the calls of botd on a page, without botd itself.
func calls(page string) []string {
	var text strings.Builder
	for _, found := range append(commands.FindAllStringSubmatch(page, -1), code.FindAllStringSubmatch(page, -1)...) {
		text.WriteString(found[1] + "\n")
	}
	var all []string
	for _, found := range invocation.FindAllStringSubmatch(text.String(), -1) {
		all = append(all, strings.TrimSpace(found[1]))
	}
	return all
}

// ours is what stands before --, after which comes somebody else's command.
func ours(args []string) []string {
	if at := slices.Index(args, "--"); at >= 0 {
		return args[:at]
	}
	return args
}

func TestEveryVerbOnThePagesExists(t *testing.T) {
	for page, text := range pages(t) {
		if strings.HasPrefix(page, "adr/") {
			continue // decisions speak of what is to come, too
		}
		for _, call := range calls(text) {
			t.Run(page+": "+call, func(t *testing.T) {
				args := ours(strings.Fields(call))
				code, help := run(t, append(slices.Clone(args), "--help")...)
				_, usage, _ := strings.Cut(help, "Usage:\n  botd ")
				usage, _, _ = strings.Cut(usage, "\n\n")
				// A verb with arguments of its own may have verbs below it, too.
				if own, _, _ := strings.Cut(usage, " [flags]"); placeholder.MatchString(own) {
					usage = own
				}
				if code != 0 || usage == "" {
					t.Fatalf("exit code %d: %s", code, help)
				}
				verb := strings.Fields(placeholder.ReplaceAllString(usage, ""))
				group := strings.Contains(usage, "[command]")
				if len(verb) == 0 || len(verb) > len(args) || !slices.Equal(verb, args[:len(verb)]) || group && len(args) > len(verb) {
					t.Errorf("botd has no such verb; its nearest is %q", usage)
				}
			})
		}
	}
}

func TestTheTutorialsConfigurationIsValid(t *testing.T) {
	file, err := os.ReadFile("examples/homework/bots.yaml")
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	for name, text := range map[string]string{
		"bots.yaml":        string(file),
		"secrets/app.key":  strings.Repeat("0", 64),
		"secrets/homework": "whsec_" + strings.Repeat("QUJD", 8),
	} {
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

// Who begins with the sample makes the secrets that the page says to make.
func TestEverySecretOfTheSampleIsMadeOnThePage(t *testing.T) {
	page, err := os.ReadFile("operate.md")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(config.Sample)) {
		text, _, _ := strings.Cut(line, "#")
		if file := regexp.MustCompile(`secrets/[\w-]+`).FindString(text); file != "" && !strings.Contains(string(page), "> "+file+" ") && !strings.Contains(string(page), "> "+file+"\n") {
			t.Errorf("the page does not make %s", file)
		}
	}
}

// Metrics and variables are strings to a compiler, so a page can keep a name
// that botd has given up.
func TestEveryMetricAndVariableOnThePagesExists(t *testing.T) {
	sources, err := filepath.Glob("../daemon/*.go")
	if err != nil || len(sources) == 0 {
		t.Fatalf("the sources of daemon: %v", err)
	}
	var text strings.Builder
	for _, path := range append(sources, "../config/bots.yaml") {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		text.Write(b)
	}
	known := name.FindAllString(text.String(), -1)
	for page, text := range pages(t) {
		for _, used := range name.FindAllString(text, -1) {
			// A histogram's name has an ending in a query.
			if !slices.Contains(known, strings.TrimSuffix(used, "_bucket")) {
				t.Errorf("%s speaks of %s, which botd does not know", page, used)
			}
		}
	}
}

// name is a metric or an environment variable of botd's.
var name = regexp.MustCompile(`\b(?:botd_[a-z_]+|BOTD_[A-Z_]+)\b`)
