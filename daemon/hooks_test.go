package daemon_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/botd-chat/botd/chat"
)

// senders are hooks of senders with rules of their own.
const senders = `
  senders:
    account: tellbot
    groups: ["@TGS#2ROOM"]
    on:
      pushed: {webhook: gh, verify: {github: {secret_file: hook.token}}}
      once: {webhook: once, same_body: drop, verify: {github: {secret_file: hook.token}}}
      keyed: {webhook: keyed, verify: {bearer: {token_file: hook.token, idempotency_key: required}}}
      old: {webhook: old, retired: true, verify: {bearer: {token_file: hook.token}}}
    plugin: notice
    audience: {roles: [owner]}
`

// asGitHub signs as GitHub does, by way of the verb that people use.
func (r *rig) asGitHub(hook, id, event, body string) answer {
	r.t.Helper()
	code, stdout, stderr := botd(r.t, "", "hook", "sign", hook, body, "--config", r.config(), "--id", id, "--type", event)
	if code != 0 {
		r.t.Fatal(stderr)
	}
	return r.do(http.MethodPost, r.public+"/hooks/"+hook, headersOf(r.t, stdout), body)
}

func TestAHookOfASenderWithRulesOfItsOwn(t *testing.T) {
	r := newRig(t, senders)
	body := `{"text":"pushed"}`
	if a := r.asGitHub("gh", "d0", "ping", body); a.status != http.StatusOK || !strings.Contains(a.body, "pong") {
		t.Fatalf("ping: %d %s", a.status, a.body)
	}
	first, again := r.asGitHub("gh", "d1", "push", body), r.asGitHub("gh", "d1", "push", body)
	if first.status != http.StatusAccepted || !strings.Contains(again.body, `"events":["e1"],"repeated":true`) {
		t.Fatalf("%d %s, then %s", first.status, first.body, again.body)
	}
	if a := r.asGitHub("gh", "d2", "push", body); !strings.Contains(a.body, `"events":["e2"],"repeated":false`) {
		t.Fatalf("under another id: %s", a.body)
	}
	h := r.settled(2)
	want := chat.Origin{Hook: "gh", Scheme: "github", Type: "push", ID: "d2", SameAs: 1}
	if h.Event.Origin == nil || *h.Event.Origin != want {
		t.Errorf("origin %+v", h.Event.Origin)
	}
	token := filepath.Join(r.folder, "admin.token")
	_, told, _ := botd(t, "", "events", "show", "e2", "--admin", r.admin, "--token-file", token)
	for _, line := range []string{"posted to hook gh (github), push, delivery d2", "the body is that of event e1, which came under another id"} {
		if !strings.Contains(told, line) {
			t.Errorf("events show does not say %q:\n%s", line, told)
		}
	}
	r.asGitHub("once", "d1", "push", body)
	if a := r.asGitHub("once", "d2", "push", body); a.status != http.StatusAccepted || !strings.Contains(a.body, `"events":["e3"],"repeated":true`) {
		t.Errorf("dropped: %d %s", a.status, a.body)
	}
}

func TestAKeyIsForOneContentAndAnOldHookIsGone(t *testing.T) {
	r := newRig(t, senders)
	post := func(hook, key, body string) answer {
		h := http.Header{"Authorization": {"Bearer " + hookToken}}
		if key != "" {
			h.Set("Idempotency-Key", key)
		}
		return r.do(http.MethodPost, r.public+"/hooks/"+hook, h, body)
	}
	for _, c := range []struct {
		hook, key, body string
		status          int
		want            string
	}{
		{"keyed", "build-7", `{"text":"red"}`, 202, `"events":["e1"],"repeated":false`},
		{"keyed", `"build-7"`, `{"text":"red"}`, 202, `"events":["e1"],"repeated":true`},
		{"keyed", "build-7", `{"text":"green"}`, 422, "another content"},
		{"keyed", "", `{"text":"green"}`, 400, "Idempotency-Key is missing"},
		{"keyed", "build-8", `{"text":"green"}`, 202, `"events":["e2"]`},
		{"old", "x", `{"text":"green"}`, 410, "gone for good"},
	} {
		if a := post(c.hook, c.key, c.body); a.status != c.status || !strings.Contains(a.body, c.want) {
			t.Errorf("%s under %q with %s: %d %s", c.hook, c.key, c.body, a.status, a.body)
		}
	}
	r.settled(2)
	if log := r.log.String(); strings.Contains(log, hookToken) || strings.Contains(log, "green") {
		t.Error("the log tells a secret or a text")
	}
}

// The demo makes secrets of its own, so it gives the configuration for the rules
// and a file for the secret.
func TestSigningWithTheRulesOfAFileAndAnotherSecret(t *testing.T) {
	r := newRig(t, `
  senders:
    account: tellbot
    groups: ["@TGS#2ROOM"]
    on:
      named: {webhook: basic, verify: {basic: {user: joe, password_file: hook.token}}}
    plugin: notice
    options: {text: hello}
    audience: {roles: [owner]}
`)
	other := filepath.Join(r.folder, "other")
	must(t, os.WriteFile(other, []byte("another-password-of-joe"), 0o600))
	for file, status := range map[string]int{filepath.Join(r.folder, "hook.token"): http.StatusAccepted, other: http.StatusUnauthorized} {
		code, stdout, stderr := botd(t, "", "hook", "sign", "basic", `{}`, "--config", r.config(), "--secret-file", file, "--lines")
		if code != 0 {
			t.Fatal(stderr)
		}
		h := http.Header{}
		for line := range strings.Lines(stdout) {
			name, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
			h.Set(name, value)
		}
		if a := r.do(http.MethodPost, r.public+"/hooks/basic", h, `{}`); a.status != status {
			t.Errorf("%d %s", a.status, a.body)
		}
	}
}
