package daemon_test

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/botd-chat/botd/console"
)

// ruled is a bot without code: alerts for those on call, and code for the owner.
const ruled = `
  ruled:
    account: tellbot
    groups: ["@TGS#2ROOM"]
    on:
      alerts: {webhook: alerts, verify: {bearer: {token_file: hook.token}}}
      code: {webhook: code, sender: 'payload.by ?? "ann"', verify: {github: {secret_file: hook.token}}}
    vars: {oncall: [bo, cy]}
    rules:
      - on: alerts
        to: admin and id in vars.oncall
        preset: alertmanager
      - on: code
        when: webhook.type == "push"
        to: owner
        say: "{{ payload.pusher.name }} pushed."
    audience: {roles: [owner, admin], sender: true}
`

const firing = `{"status": "firing", "alerts": [{"status": "firing", "labels": {"alertname": "DiskFull", "instance": "db-1"}}]}`

func TestRulesSpeakToWhomTheyName(t *testing.T) {
	r := newRig(t, ruled)
	bearer := http.Header{"Authorization": {"Bearer " + hookToken}, "Content-Type": {"application/json"}}
	if a := r.do(http.MethodPost, r.public+"/hooks/alerts", bearer, firing); a.status != http.StatusAccepted {
		t.Fatal(a.status, a.body)
	}
	if a := r.asGitHub("code", "d1", "push", `{"pusher": {"name": "zoe"}}`); a.status != http.StatusAccepted {
		t.Fatal(a.status, a.body)
	}
	r.settled(1)
	r.settled(2)
	saw := r.saw()
	if got := saw["bo"]; len(got) != 1 || !strings.HasPrefix(got[0], "Firing: DiskFull on db-1") {
		t.Errorf("bo, who is on call, saw %q", got)
	}
	if got := saw["ann"]; len(got) != 1 || got[0] != "zoe pushed." {
		t.Errorf("the owner saw %q", got)
	}
	for user, texts := range saw {
		if user != "bo" && user != "ann" && len(texts) > 0 {
			t.Errorf("%s saw %q", user, texts)
		}
	}
}

// What hook test says is what a sender would meet, and nothing comes of it.
func TestHookTestSaysWhatWouldCome(t *testing.T) {
	r := newRig(t, ruled)
	try := func(body string, args ...string) (int, string) {
		file := filepath.Join(t.TempDir(), "body")
		must(t, os.WriteFile(file, []byte(body), 0o600))
		code, stdout, stderr := botd(t, "", append([]string{"hook", "test", "--config", r.config(), "--admin", r.admin, "--file", file}, args...)...)
		return code, stdout + stderr
	}
	for _, c := range []struct {
		name, body string
		args       []string
		code       int
		want       []string
	}{
		{"an alert", firing, []string{"alerts"}, 0,
			[]string{`hook "alerts" of bot "ruled", trigger "alerts", read as bearer: 202 Accepted`, "bo", "yes", "1 of ", `does not meet: admin and id in ["bo", "cy"]`}},
		{"its text", firing, []string{"alerts", "--show-text"}, 0, []string{"Firing: DiskFull on db-1"}},
		{"a push", `{"pusher": {"name": "zoe"}}`, []string{"code", "--type", "push", "--show-text"}, 0, []string{"type push", "zoe pushed.", "ann"}},
		{"another type", `{"pusher": {"name": "zoe"}}`, []string{"code", "--type", "fork"}, 0, []string{"the plugin has nothing to say"}},
		{"a form", "payload=%7B%22pusher%22%3A%7B%22name%22%3A%22zoe%22%7D%7D", []string{"code", "--type", "push", "--media-type", "application/x-www-form-urlencoded", "--show-text"}, 0, []string{"zoe pushed."}},
		{"talk", `{"zen": "x"}`, []string{"code", "--type", "ping"}, 0, []string{"200 OK", "the sender is answered at once and nothing is kept", "pong"}},
		{"no type", `{}`, []string{"code"}, 1, []string{"the sender would be answered 422", "X-Github-Event is missing"}},
		{"no JSON", `{"a": 1`, []string{"alerts"}, 1, []string{"the sender would be answered 400", "not exactly one JSON value"}},
		{"a key twice", `{"a": 1, "a": 2}`, []string{"alerts"}, 1, []string{"the sender would be answered 400", "a key is given twice"}},
		{"no media type of the hook", "x", []string{"alerts", "--media-type", "text/plain"}, 1, []string{"the sender would be answered 415"}},
		{"a sender that is none", `{"by": 7}`, []string{"code", "--type", "push"}, 1, []string{"the sender would be answered 422", "sender"}},
		{"what the rule cannot be worked out on", `{"alerts": []}`, []string{"alerts"}, 1, []string{"the event would be dead", "rule 1 (alerts): preset alertmanager: the payload lacks alerts"}},
		{"a hook that is not there", `{}`, []string{"alrts"}, 1, []string{`no hook "alrts", but alerts, code`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			code, out := try(c.body, c.args...)
			if code != c.code {
				t.Errorf("code %d, want %d", code, c.code)
			}
			for _, want := range c.want {
				if !strings.Contains(out, want) {
					t.Errorf("no %q in\n%s", want, out)
				}
			}
		})
	}
	payload := filepath.Join(t.TempDir(), "payload")
	must(t, os.WriteFile(payload, []byte(`{}`), 0o600))
	if code, stdout, stderr := botd(t, "", "audience", "explain", "ruled", "--trigger", "code", "--event", payload, "--config", r.config(), "--admin", r.admin); code != 0 || !strings.Contains(stdout, "nothing to say") {
		t.Errorf("a payload without its headers: %d %s%s", code, stdout, stderr)
	}
	code, out := try(firing, "alerts", "--json")
	var trial console.Trial
	if err := json.Unmarshal([]byte(out), &trial); err != nil || code != 0 || len(trial.Events) != 1 || len(trial.Events[0].Messages) != 1 || trial.Events[0].Messages[0].Body != nil {
		t.Errorf("%d, %v: %s", code, err, out)
	}
	if saw := r.saw(); len(saw["bo"])+len(saw["ann"]) > 0 {
		t.Errorf("something was sent: %v", saw)
	}
}

// What is wrong with rules is told when the file is read, with the line and a caret.
func TestMistakesInRulesAreShownInTheFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "bots.yaml")
	text := strings.NewReplacer("admin and id in vars.oncall", "admn and id in vars.onkall", "preset: alertmanager", "preset: alertmanger", "{{ payload.pusher.name }} pushed.", "{{ paylod.x }}").Replace(ruled)
	must(t, os.WriteFile(file, []byte("apps: {main: {sdk_app_id: 1, secret_key_file: hook.token, region: singapore}}\nbots:"+text), 0o600))
	must(t, os.WriteFile(filepath.Join(filepath.Dir(file), "hook.token"), []byte("a-token-of-some-length"), 0o600))
	code, _, stderr := botd(t, "", "validate", "--config", file)
	for _, want := range []string{
		file + ":12:13: bots.ruled.rules[0].to: unknown name admn; did you mean admin? (1:1)\n | admn and id in vars.onkall\n | ^\n",
		file + ":13:17: bots.ruled.rules[0].preset: no preset \"alertmanger\"; did you mean alertmanager?",
		file + ":17:14: bots.ruled.rules[1].say: unknown name paylod; did you mean payload? (1:4)\n | {{ paylod.x }}\n |    ^\n",
	} {
		if code != 3 || !strings.Contains(stderr, want) {
			t.Errorf("code %d, no\n%s\nin\n%s", code, want, stderr)
		}
	}
}

// What the page about rules shows of hook test is what it says.
func TestThePageShowsWhatHookTestSays(t *testing.T) {
	const page = "../docs/examples/rules/"
	file, err := os.ReadFile(page + "bots.yaml")
	must(t, err)
	_, bots, _ := strings.Cut(string(file), "\nbots:\n")
	r := newRig(t, "\n"+regexp.MustCompile(`secrets/\w+`).ReplaceAllString(bots, "hook.token"))
	code, out, stderr := botd(t, "", "hook", "test", "alerts", "--file", page+"firing.json", "--show-text", "--config", r.config(), "--admin", r.admin)
	if code != 0 {
		t.Fatal(stderr)
	}
	got := regexp.MustCompile(`as read \S+ \S+`).ReplaceAllString(out, "as read 20:12:00 UTC")
	if os.Getenv("UPDATE") == "1" {
		must(t, os.WriteFile(page+"hook-test.txt", []byte(got), 0o600))
	}
	want, err := os.ReadFile(page + "hook-test.txt")
	must(t, err)
	if got != string(want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
