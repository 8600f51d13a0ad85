package daemon_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/google/go-cmp/cmp"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/config"
	"github.com/botd-chat/botd/daemon"
	"github.com/botd-chat/botd/internal/browser"
	"github.com/botd-chat/botd/plugins"
	"github.com/botd-chat/botd/plugins/notice"
	"github.com/botd-chat/botd/plugins/quiz"
	"github.com/botd-chat/botd/plugins/rules"
)

func TestTheDemoShowsExactlyTheRightPeople(t *testing.T) {
	code, stdout, stderr := botd(t, "", "demo", "--once", "--json")
	if code != 0 {
		t.Fatalf("code %d: %s%s", code, stdout, stderr)
	}
	var got struct {
		OK       bool
		Messages []struct {
			Text, By, Reason string
			Held             bool
			SeenBy           []string `json:"seen_by"`
		}
		Members map[string][]string
	}
	must(t, json.Unmarshal([]byte(stdout), &got))
	if m := got.Messages[0]; m.Text != "/answer B" || m.By != "carol" || !m.Held || m.Reason != "discarded" || len(m.SeenBy) > 0 {
		t.Errorf("what carol wrote: %+v", m)
	}
	answer := "carol answered question 7: B (right, 1 point)\nScore board:\n1. carol: 1 point"
	const typed, help = "carol answered: B", "/help"
	reminder := "Your standup note is missing. It takes a minute."
	want := map[string][]string{
		"alice": {typed, help, answer}, "bob": {typed, help, answer}, "beth": {typed, help, answer},
		"carol": {"Your answer has arrived. It is not shown in the group.", help, "Thank you. Your answer to question 7 has arrived."},
		"dave":  {help, "Question 8: Which planet is the largest?"}, "erin": {help, "Question 8: Which planet is the largest?"},
		"frank": {help}, "guest": {},
		"grace": {help, "You can write:\n/answer <question> [answer...] - Answers a question; while only one is open, the answer alone will do."},
		"tina":  {reminder}, "uma": {reminder}, "victor": {reminder}, "wendy": {reminder},
	}
	for _, texts := range got.Members {
		slices.Sort(texts) // what is of two events comes in any order
	}
	for _, texts := range want {
		slices.Sort(texts)
	}
	if diff := cmp.Diff(want, got.Members); diff != "" || !got.OK {
		t.Errorf("ok %v; who saw what (-want +got):\n%s", got.OK, diff)
	}
}

func TestTheDemoFailsWhenSomebodyElseSawIt(t *testing.T) {
	for name, change := range map[string][2]string{
		"a bot that may reach all and tells all": {
			"audience: {roles: [owner, admin], sender: true}",
			"audience: {everyone: true}\n    options: {tell: {everyone: true}}"},
		"a bot that may not reach those it should": {
			"audience: {roles: [owner, admin], sender: true}",
			"audience: {roles: [owner], sender: true}"},
		"a reminder that the guest gets too": {", except: [guest]", ""},
		"an answer that nothing takes out of the group": {
			"hold: true                # nobody sees it: it is taken out of the group before that, and handed to the plugin\n" +
				"        received: Your answer has arrived. It is not shown in the group.   # what its sender is told at once", "relay: true"},
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "bots.yaml")
			text := strings.ReplaceAll(string(config.Sample), change[0], change[1])
			if text == string(config.Sample) {
				t.Fatalf("the sample has no %q any more", change[0])
			}
			must(t, os.WriteFile(file, []byte(text), 0o600))
			must(t, os.WriteFile(filepath.Join(filepath.Dir(file), config.SampleCalendar), config.SampleDates, 0o600))
			code, stdout, stderr := botd(t, "", "demo", "--once", "--config", file)
			if code != 1 || !strings.Contains(stdout, "WRONG") {
				t.Errorf("code %d: %s%s", code, stdout, stderr)
			}
		})
	}
}

// TestTheDemoInABrowser writes in Carol's column, pastes the demo's own lines into a
// shell, and reads the members' columns.
func TestTheDemoInABrowser(t *testing.T) {
	page, complaints := browser.Open(t)
	out, _, end := startDemo(t)
	if !strings.Contains(out, "  carol: /answer B\n") {
		t.Errorf("nothing says what to write in Carol's column:\n%s", out)
	}
	url := regexp.MustCompile(`what each member sees +(http://\S+)`).FindStringSubmatch(out)[1]
	open := func(group string) {
		must(t, chromedp.Do(page, chromedp.Navigate(url+"/?group="+group), browser.Until(`document.querySelector("#live.on") !== null`)))
	}
	open("@TGS%232QUIZROOM1")
	must(t, chromedp.Do(page, glimpses,
		chromedp.SendKeys(chromedp.CSS(`[data-member="alice"] .write [name="text"]`), "Which planet is larger: A Mars or B Jupiter?\r"),
		browser.Until(`document.querySelectorAll('.message[data-from="alice"]').length === 8`),
		chromedp.SendKeys(chromedp.CSS(`[data-member="carol"] .write [name="text"]`), "/answer B\r"),
		browser.Until(`document.querySelectorAll(".message.unsent").length === 1`),
		browser.Until(`document.querySelectorAll(".message.some").length === 4`)))
	takePicture(t, page)
	glimpsed, err := chromedp.Run(page, chromedp.Evaluate[map[string]string](`glimpsed`))
	must(t, err)
	for text, want := range map[string][]string{
		"/answer B":                        {"carol"},
		"taken out: nobody else sees this": {"carol"},
		"Your answer has arrived":          {"carol"},
		"carol answered: B":                {"alice", "beth", "bob"},
	} {
		if got := whoSees(glimpsed, text); !slices.Equal(got, want) {
			t.Errorf("%q stood in the columns of %v, want %v", text, got, want)
		}
	}
	if lines := paste(t, out, ""); lines != 3 {
		t.Errorf("%d lines to paste in:\n%s", lines, out)
	}
	must(t, chromedp.Do(page, browser.Until(`document.querySelectorAll(".message.some").length === 10`)))
	class := columns(t, page)
	open("@TGS%232TEAMROOM01")
	must(t, chromedp.Do(page, browser.Until(`document.querySelectorAll(".message.some").length === 4`)))
	team := columns(t, page)

	for text, want := range map[string][]string{
		"carol answered question 7: B":             {"alice", "beth", "bob"},
		"only 3 people see this: Alice, Beth, Bob": {"alice", "beth", "bob"},
		"Your answer to question 7 has arrived":    {"carol"},
		"Question 8: Which planet is the largest?": {"dave", "erin"},
	} {
		if got := whoSees(class, text); !slices.Equal(got, want) {
			t.Errorf("%q stands in the columns of %v, want %v", text, got, want)
		}
	}
	if got, want := whoSees(team, "Your standup note is missing"), []string{"tina", "uma", "victor", "wendy"}; !slices.Equal(got, want) {
		t.Errorf("the reminder stands in the columns of %v, want %v", got, want)
	}
	for _, c := range complaints.All() {
		t.Errorf("the browser complains: %s", c)
	}
	if code := end(); code != 0 {
		t.Errorf("the demo ended with code %d", code)
	}
}

// glimpses collects, from now on, whatever stands in a column, however shortly.
var glimpses = chromedp.Evaluate[chromedp.Void](`
	window.glimpsed = {};
	new MutationObserver(() => document.querySelectorAll(".column").forEach((c) => {
		glimpsed[c.dataset.member] = (glimpsed[c.dataset.member] ?? "") + c.querySelector(".messages").innerText + "\n";
	})).observe(document.body, { childList: true, subtree: true, characterData: true });`)

// takePicture writes the picture that README.md shows, when PICTURE names its file.
func takePicture(t *testing.T, page context.Context) { //nolint:revive // a page is what this context is
	t.Helper()
	file := os.Getenv("PICTURE")
	if file == "" {
		return
	}
	must(t, chromedp.Do(page, chromedp.EmulateViewport(1400, 640), chromedp.Evaluate[chromedp.Void](`document.activeElement.blur()`),
		browser.Until(`document.getAnimations().every((a) => a.playState === "finished")`)))
	picture, err := chromedp.Run(page, chromedp.CaptureScreenshot())
	must(t, err)
	must(t, os.WriteFile(file, picture, 0o600))
}

// TestALeakInABrowser lets the service ask in vain, so that it shows all what was to be
// held, and sees that botd takes it back.
func TestALeakInABrowser(t *testing.T) {
	page, complaints := browser.Open(t)
	out, _, end := startDemo(t)
	url := regexp.MustCompile(`what each member sees +(http://\S+)`).FindStringSubmatch(out)[1]
	must(t, chromedp.Do(page, chromedp.Navigate(url+"/?group=@TGS%232QUIZROOM1"), browser.Until(`document.querySelector("#live.on") !== null`), glimpses))
	line := regexp.MustCompile(`(?m)^  (curl .*/sim/faults .*)\n  dave: (/answer C)$`).FindStringSubmatch(out)
	if line == nil {
		t.Fatalf("nothing says how to see a leak:\n%s", out)
	}
	if text, err := exec.CommandContext(t.Context(), "sh", "-c", line[1]).CombinedOutput(); err != nil || len(text) > 0 { //nolint:gosec // a line of the demo's
		t.Fatalf("%s: %v: %s", line[1], err, text)
	}
	must(t, chromedp.Do(page, chromedp.SendKeys(chromedp.CSS(`[data-member="dave"] .write [name="text"]`), line[2]+"\r"),
		browser.Until(`document.querySelectorAll(".message.recalled").length === 8`),
		browser.Until(`document.querySelectorAll(".message.some").length === 7`)))
	all := []string{"alice", "beth", "bob", "carol", "dave", "erin", "frank", "grace"}
	class := columns(t, page)
	for text, want := range map[string][]string{
		"/answer C":               nil,
		"taken back":              all,
		"dave answered: C":        all[:3],
		"dave wrote something at": all[:3],
		"answer has arrived":      {"dave"},
	} {
		if got := whoSees(class, text); !slices.Equal(got, want) {
			t.Errorf("%q stands in the columns of %v, want %v", text, got, want)
		}
	}
	glimpsed, err := chromedp.Run(page, chromedp.Evaluate[map[string]string](`glimpsed`))
	must(t, err)
	if got := whoSees(glimpsed, "/answer C"); !slices.Equal(got, all) {
		t.Errorf("it was shown to %v before, so nothing was taken back from all", got)
	}
	for _, c := range complaints.All() {
		t.Errorf("the browser complains: %s", c)
	}
	if code := end(); code != 0 {
		t.Errorf("the demo ended with code %d", code)
	}
}

// startDemo runs botd demo until end, and returns what it printed.
func startDemo(t *testing.T, args ...string) (out string, log *buffer, end func() int) {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	var stdout, stderr buffer
	exit := make(chan int, 1)
	args = append([]string{"demo", "--data", t.TempDir()}, args...)
	go func() {
		exit <- daemon.Run(ctx, daemon.Process{Args: args, Stdin: strings.NewReader(""),
			Stdout: &stdout, Stderr: &stderr, Getenv: func(string) string { return "" }}, quiz.Plugin, notice.Plugin, rules.Plugin)
	}()
	t.Cleanup(stop)
	r := rig{t: t, log: &stderr}
	r.until("the demo says where everything is", func() bool { return strings.Contains(stdout.String(), "Ctrl-C ends it.") })
	return stdout.String(), &stderr, func() int { stop(); return <-exit }
}

// paste does with the demo's lines what their reader is told to do, which is to
// put a body in the place of an empty one, and returns how many there are.
func paste(t *testing.T, out, body string) int {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "botd")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", binary, "github.com/botd-chat/botd/cmd/botd")
	if text, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building botd: %v\n%s", err, text)
	}
	lines := regexp.MustCompile(`(?m)^  .*curl .*/(?:hooks|v1)/.*$`).FindAllString(out, -1)
	for _, line := range lines {
		// The test's own binary is not botd.
		line = regexp.MustCompile(`\$\(\S.* hook sign`).ReplaceAllString(line, "$$("+binary+" hook sign")
		line = strings.ReplaceAll(line, "body='{}'", "body='"+body+"'")
		text, err := exec.CommandContext(t.Context(), "sh", "-c", line).CombinedOutput()
		if err != nil || !strings.Contains(string(text), `"receipt"`) {
			t.Fatalf("%s\n%v: %s", line, err, text)
		}
	}
	return len(lines)
}

// own is a configuration that has nothing of the demo's: no apps, a group that
// the simulator does not know and an account of its own.
const own = `
bots:
  homework:
    account: homeworkbot
    groups: ["@TGS#2CLASS7B"]
    on:
      submitted: {webhook: homework, sender: payload.user, verify: {bearer: {token_file: secrets/homework}}}
      evening: {schedule: "0 19 * * 0-4"}
    plugin: notice
    options: {text: It is due tomorrow., to: {users: [dave, erin]}}
    audience: {everyone: true}
`

func TestTheDemoShowsAConfigurationOfOnesOwn(t *testing.T) {
	file := filepath.Join(t.TempDir(), "bots.yaml")
	must(t, os.WriteFile(file, []byte(own), 0o600))
	out, log, end := startDemo(t, "--config", file)
	if !strings.Contains(out, `"submitted" of bot homework: fill in the body, with what plugin notice reads and with payload.user`) {
		t.Errorf("nothing says what to do about the body:\n%s", out)
	}
	if lines := paste(t, out, `{"user":"carol"}`); lines != 2 {
		t.Errorf("%d lines to paste in:\n%s", lines, out)
	}
	asked := regexp.MustCompile(`BOTD_ADMIN=(\S+) BOTD_ADMIN_TOKEN_FILE=(\S+)`).FindStringSubmatch(out)
	for _, event := range []string{"e1", "e2"} {
		var shown string
		r := rig{t: t, log: log}
		r.until(event+" is sent to the two in the class room", func() bool {
			_, shown, _ = botd(t, "", "events", "show", event, "--admin", asked[1], "--token-file", asked[2])
			return strings.Contains(shown, "done: sent") && strings.Contains(shown, "to [dave erin]")
		})
	}
	if code := end(); code != 0 {
		t.Errorf("it ended with code %d", code)
	}
	if n := strings.Count(log.String(), "stopping"); n != 1 {
		t.Errorf("it says %d times that it stops:\n%s", n, log)
	}
}

func TestTheDemoShowsAConfigurationOfSeveralApplications(t *testing.T) {
	file := filepath.Join(t.TempDir(), "bots.yaml")
	text := "apps:\n"
	for _, app := range []string{"near", "far"} {
		text += "  " + app + ": {sdk_app_id: 1400000009, secret_key_file: key, administrator: administrator, region: singapore}\n"
	}
	text += "bots:\n"
	for i, app := range []string{"near", "far"} {
		text += fmt.Sprintf("  %s: {app: %[1]s, account: quizbot, groups: [%[2]q], plugin: quiz, audience: {roles: [owner, admin], sender: true}, "+
			"on: {typed: {message: {command: answer}, hold: true}}}\n", app, []string{"@TGS#2QUIZROOM1", "@TGS#2TEAMROOM01"}[i])
	}
	must(t, os.WriteFile(file, []byte(text), 0o600))
	out, log, end := startDemo(t, "--config", file)
	if !strings.Contains(out, "in a group of bot near: nobody else sees it") || strings.Contains(out, "bot far:") {
		t.Errorf("what can be written:\n%s", out)
	}
	if end() != 0 {
		t.Errorf("it did not end well:\n%s", log)
	}
}

// typedPages are those of senders that say in a header what happened; a request
// without it is refused, so the demo's line for it has a place for it.
var typedPages = map[string]bool{"github.yaml": true, "gitlab.yaml": true, "gitea.yaml": true, "hmac.yaml": true, "shopify.yaml": true}

// TestTheDemoShowsTheSendersOfTheTutorials makes a secret of the right form for
// each.
func TestTheDemoShowsTheSendersOfTheTutorials(t *testing.T) {
	files, err := filepath.Glob("../docs/examples/senders/*.yaml")
	if err != nil || len(files) < 12 {
		t.Fatalf("%d configurations: %v", len(files), err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			out, log, end := startDemo(t, "--config", file)
			if kind := typedPages[filepath.Base(file)]; strings.Contains(out, "--type TYPE") != kind {
				t.Errorf("whether senders say a type in a header: not %v in\n%s", kind, out)
			}
			if end() != 0 {
				t.Errorf("it did not end well:\n%s", log)
			}
		})
	}
}

func TestADemoWithoutThePluginsOfTheSampleSaysSo(t *testing.T) {
	t.Chdir(t.TempDir()) // where there is no configuration
	var out buffer
	code := daemon.Run(t.Context(), daemon.Process{Args: []string{"demo", "--once"}, Stdin: strings.NewReader(""), Stdout: &out, Stderr: &out,
		Getenv: func(string) string { return "" }}, notice.Plugin)
	if code != 2 || !strings.Contains(out.String(), "(quiz, rules)") || !strings.Contains(out.String(), "--config") {
		t.Errorf("code %d: %s", code, out.String())
	}
}

func TestADemoThatIsInterruptedBeforeItBegins(t *testing.T) {
	ctx, interrupt := context.WithCancel(t.Context())
	interrupt()
	var out buffer
	code := daemon.Run(ctx, daemon.Process{Args: []string{"demo", "--once"}, Stdin: strings.NewReader(""), Stdout: &out, Stderr: &out,
		Getenv: func(string) string { return "" }}, quiz.Plugin, notice.Plugin, rules.Plugin)
	if code != 130 || out.String() != "" {
		t.Errorf("code %d: %s", code, out.String())
	}
}

func TestADemoThatIsInterruptedBeforeItIsDone(t *testing.T) {
	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	slow := plugins.Define("notice", "1.0.0", func(notice.Options) (plugins.Handler, error) {
		return plugins.Func(func(context.Context, chat.Event) ([]chat.Message, error) {
			interrupt()
			return nil, errors.New("not now")
		}), nil
	})
	var out buffer
	code := daemon.Run(ctx, daemon.Process{Args: []string{"demo", "--once"}, Stdin: strings.NewReader(""), Stdout: &out, Stderr: &out,
		Getenv: func(string) string { return "" }}, quiz.Plugin, slow, rules.Plugin)
	if code != 130 {
		t.Errorf("code %d: %s", code, out.String())
	}
}

func columns(t *testing.T, page context.Context) map[string]string { //nolint:revive // a page is what this context is
	t.Helper()
	texts, err := chromedp.Run(page, chromedp.Evaluate[map[string]string](
		`Object.fromEntries([...document.querySelectorAll("[data-member]")].map(c => [c.dataset.member, c.innerText]))`))
	must(t, err)
	return texts
}

func whoSees(columns map[string]string, text string) []string {
	var who []string
	for member, shown := range columns {
		if strings.Contains(strings.Join(strings.Fields(shown), " "), text) {
			who = append(who, member)
		}
	}
	slices.Sort(who)
	return who
}
