package daemon_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// offered are the words that a shell is offered for the last of args, without
// what is said about them, and how it is to go on.
func offered(t *testing.T, args ...string) (words []string, directive string) {
	t.Helper()
	code, stdout, _ := botd(t, "", append([]string{"__complete"}, args...)...)
	if code != 0 {
		t.Fatalf("code %d: %s", code, stdout)
	}
	for line := range strings.Lines(stdout) {
		word, _, _ := strings.Cut(strings.TrimSpace(line), "\t")
		if directive = word; !strings.HasPrefix(word, ":") {
			words = append(words, word)
		}
	}
	return words, directive
}

const (
	filesToo = ":0"
	noFiles  = ":4"
	ofYAML   = ":8"
)

// outlined is a configuration with a mistake, a variable that is not set, secrets that are not
// there, and secrets where they do not belong.
const outlined = `
apps:
  main: {sdk_app_id: "${NOT_SET}", secret_key_file: nowhere, region: nowhere}
  7f3canary0a9b1c2d3e4f5a6b7c8d9e0f: {}
bots:
  quiz:
    groups: ["@TGS#2QUIZ", "@TGS#2BOTH", "${ROOM}", whsec_canaryZ3V0ZW5tb3JnZW4=]
    on:
      answers: {webhook: quiz}
      evening: {schedule: "0 18 * * *"}
      secret: {webhook: 7f3canary0a9b1c2d3e4f5a6b7c8d9e0f}
  standup:
    groups: ["@TGS#2BOTH"]
    on: {now: {webhook: standup}, evening: {}}
    nonsense: true
  7f3canary0a9b1c2d3e4f5a6b7c8d9e0f: {}
  odd: [1]
`

func TestWhatAShellIsOffered(t *testing.T) {
	folder := t.TempDir()
	file := filepath.Join(folder, "bots.yaml")
	must(t, os.WriteFile(file, []byte(outlined), 0o600))
	for _, c := range []struct {
		name, line string // the line's last word is asked about; "_" is an empty one
		want       string
		directive  string
	}{
		{"verbs", "pau", "pause pauses", noFiles},
		{"hooks", "hook sign --config FILE _", "quiz standup", noFiles},
		{"bots", "pause --config FILE _", "quiz standup odd all", noFiles},
		{"bots and no more", "audience explain --config FILE _", "quiz standup odd", noFiles},
		{"bots of a flag", "events list --config FILE --bot _", "quiz standup odd", noFiles},
		{"triggers", "dlq list --config FILE --trigger _", "answers evening now secret", noFiles},
		{"triggers of a bot", "dlq list --config FILE --bot standup --trigger _", "evening now", noFiles},
		{"groups", "events list --config FILE --group _", "@TGS#2BOTH @TGS#2QUIZ", noFiles},
		{"groups of the bot before", "audience explain --config FILE standup --group _", "@TGS#2BOTH", noFiles},
		{"groups of a bot that is not there", "audience explain --config FILE nobody --group _", "", noFiles},
		{"schedules", "schedules pause --config FILE _", "quiz/evening", noFiles},
		{"a schedule or a line", "schedules next --config FILE _", "quiz/evening", noFiles},
		{"schedules of a flag", "schedules simulate --config FILE --schedule _", "quiz/evening", noFiles},
		{"where a schedule is from", "schedules list --origin _", "file hand", noFiles},
		{"applications", "erase --config FILE carol --app _", "main", noFiles},
		{"what an event can be", "events list --status _", "ready held done dead", noFiles},
		{"what a letter can be", "dlq list --state _", "held dead", noFiles},
		{"what a letter is", "dlq list --kind _", "event message", noFiles},
		{"how it ended", "dlq retry --outcome _", "refused failed partly unknown surge review", noFiles},
		{"answers", "deliveries answer d1 _", "sent resend drop", noFiles},
		{"an id", "events show _", "", noFiles},
		{"a number", "events list --limit _", "", noFiles},
		{"a text", "pause quiz --reason _", "", noFiles},
		{"a file", "backup _", "", filesToo},
		{"a file of a flag", "hook sign quiz --secret-file _", "", filesToo},
		{"a configuration", "serve --config _", "yaml yml", ofYAML},
		{"an argument too many", "version _", "", noFiles},
		{"a configuration that is not there", "hook sign --config nowhere.yaml _", "", noFiles},
		{"a folder for a configuration", "hook sign --config . _", "", noFiles},
	} {
		t.Run(c.name, func(t *testing.T) {
			args := strings.Fields(strings.ReplaceAll(c.line, "FILE", file))
			for i := range args {
				args[i] = strings.Trim(args[i], "_")
			}
			words, directive := offered(t, args...)
			if got := strings.Join(words, " "); got != c.want || directive != c.directive {
				t.Errorf("offered %q and %s; want %q and %s", got, directive, c.want, c.directive)
			}
		})
	}
	if left, err := os.ReadDir(folder); err != nil || len(left) != 1 {
		t.Errorf("something was written: %v, %v", left, err)
	}
}

func TestTheSchemesOfAShellAreThoseThereAre(t *testing.T) {
	words, _ := offered(t, "hook", "sign", "x", "--scheme", "")
	if !slices.Contains(words, "standard_webhooks") || !slices.Contains(words, "bearer") {
		t.Errorf("offered %q", words)
	}
	for _, scheme := range words {
		code, _, stderr := botd(t, "", "hook", "sign", "x", "{}", "--scheme", scheme, "--secret-file", "nowhere")
		if code == 2 {
			t.Errorf("%s is offered, and refused: %s", scheme, stderr)
		}
	}
}
