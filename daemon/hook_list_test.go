package daemon_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// everySender has a hook for each kind of sender that is not in the rig yet.
const everySender = `
  senders:
    account: tellbot
    groups: ["@TGS#2ROOM"]
    on:
      forgejo: {webhook: forgejo, verify: {forgejo: {secret_file: hook.token}}}
      gitea: {webhook: gitea, verify: {gitea: {secret_files: [hook.token, admin.token]}}}
      gitlab: {webhook: gitlab, verify: {gitlab: {token_file: hook.token}}}
      gitlab-signed: {webhook: gitlab-signed, verify: {gitlab: {signing_token_file: hook.secret}}}
      shopify: {webhook: shopify, max_body: 64KB, verify: {shopify: {secret_file: hook.token}}}
      slack: {webhook: slack, verify: {slack: {secret_file: hook.token}}}
      stripe: {webhook: stripe, verify: {stripe: {secret_file: hook.secret}}}
      svix: {webhook: svix, verify: {svix: {secret_file: hook.secret}}}
      keyed: {webhook: keyed, retired: true, verify: {standard_webhooks: {public_keys: [whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=]}}}
      private: {webhook: private, verify: {svix: {public_keys: [whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=]}}}
      named: {webhook: named, verify: {credentials: [ci, cd]}}
    plugin: notice
    audience: {roles: [owner]}
credentials:
  ci: {gitea: {secret_file: hook.token}, allow: {bots: [senders], groups: ["@TGS#2ROOM"], audience: {roles: [owner]}, recipients: 5, per_minute: 30}}
  cd: {gitea: {secret_file: admin.token}}
`

// What hook sign prints for a sender is what botd takes from it.
func TestEverySenderIsSignedForAndTaken(t *testing.T) {
	r := newRig(t, everySender)
	private := filepath.Join(r.folder, "private")
	must(t, os.WriteFile(private, []byte("whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbc=\n"), 0o600))
	body := `{"id":"evt_1","type":"event_callback","event_id":"Ev1","event":{"type":"app_mention"},"text":"it happened"}`
	command := url.Values{"command": {"/tell"}, "text": {"it happened"}}.Encode()
	for i, c := range []struct {
		hook, event, body string
		more              []string
		status            int
		origin            string
	}{
		{hook: "forgejo", event: "push", status: 202, origin: "(forgejo), push, delivery d-forgejo"},
		{hook: "gitea", event: "push", status: 202, origin: "(gitea), push, delivery d-gitea"},
		{hook: "gitlab", event: "Push Hook", status: 202, origin: "(gitlab), Push Hook, delivery d-gitlab"},
		{hook: "gitlab-signed", event: "Push Hook", status: 202, origin: "(gitlab), Push Hook, delivery d-gitlab-signed"},
		{hook: "shopify", event: "orders/create", status: 202, origin: "(shopify), orders/create, delivery orders/create:d-shopify"},
		{hook: "slack", status: 202, origin: "(slack), app_mention, delivery Ev1"},
		{hook: "slack", body: command, status: 200, origin: "(slack), /tell, delivery v0:"},
		{hook: "stripe", status: 202, origin: "(stripe), event_callback, delivery evt_1"},
		{hook: "svix", status: 202, origin: "(svix), event_callback, delivery d-svix"},
		{hook: "named", event: "push", more: []string{"--credential", "cd"}, status: 202, origin: "(gitea), push, delivery d-named, with credential cd"},
		{hook: "private", more: []string{"--secret-file", private, "--scheme", "svix"}, status: 202, origin: "(svix), event_callback, delivery d-private"},
	} {
		if c.body == "" {
			c.body = body
		}
		code, lines, stderr := botd(t, "", append([]string{"hook", "sign", c.hook, c.body, "--config", r.config(), "--id", "d-" + c.hook, "--type", c.event, "--lines"}, c.more...)...)
		if code != 0 {
			t.Errorf("%s: code %d: %s", c.hook, code, stderr)
			continue
		}
		h := http.Header{}
		for line := range strings.Lines(lines) {
			name, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
			h.Set(name, value)
		}
		if c.body == command {
			h.Set("Content-Type", "application/x-www-form-urlencoded")
		}
		a := r.do(http.MethodPost, r.public+"/hooks/"+c.hook, h, c.body)
		if a.status != c.status || c.status == http.StatusOK && a.body != "" {
			t.Errorf("%s: %d %s", c.hook, a.status, a.body)
		}
		r.tell(0, "posted to hook "+c.hook+" "+c.origin, "events", "show", fmt.Sprintf("e%d", i+1))
	}
	for _, c := range []struct{ want, hook, event string }{
		{"--secret-file and --scheme svix", "private", ""},
		{"--lines", "gitlab", "Push Hook"},
		{"takes no credential \"ce\"; it takes ci, cd", "named --credential ce", ""},
		{"takes no credential \"ci\"; it has one, which has no name", "svix --credential ci", ""},
	} {
		hook, more, _ := strings.Cut(c.hook, " ")
		code, _, stderr := botd(t, "", append([]string{"hook", "sign", hook, body, "--config", r.config(), "--type", c.event}, strings.Fields(more)...)...)
		if code == 0 || !strings.Contains(stderr, c.want) {
			t.Errorf("%s: code %d: %s", c.hook, code, stderr)
		}
	}
}

func TestHooksAreListed(t *testing.T) {
	r := newRig(t, everySender)
	r.end()
	must(t, os.Remove(filepath.Join(r.folder, "hook.token"))) // secrets are not read
	code, out, stderr := botd(t, "", "hook", "list", "--config", r.config())
	if code != 0 {
		t.Fatal(stderr)
	}
	for _, want := range []string{
		"/hooks/gitea senders gitea gitea 2 secrets 1048576 the bot's own",
		"/hooks/gitlab-signed senders gitlab-signed gitlab standard_webhooks, 1 secret 1048576 the bot's own",
		"/hooks/shopify senders shopify shopify 1 secret 64000 the bot's own",
		"/hooks/keyed senders keyed standard_webhooks 1 public key 1048576 retired: senders are told 410",
		"/hooks/named senders named gitea credential ci, 1 secret 1048576 bots [senders]; groups [@TGS#2ROOM]; ",
		"; 5 recipients a message; 30 events a minute",
		"/hooks/named senders named gitea credential cd, 1 secret 1048576 the bot's own",
	} {
		if !strings.Contains(squeezed(out), want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	code, out, stderr = botd(t, "", "hook", "list", "--config", r.config(), "--json")
	var list []struct {
		Name, Address string
		MaxBody       int `json:"max_body"`
		Retired       bool
		Credentials   []struct {
			Name          string
			Secrets, Keys int
			PublicKeys    int `json:"public_keys"`
			Ceiling       map[string]any
		}
	}
	if err := json.Unmarshal([]byte(out), &list); code != 0 || err != nil || len(list) < 10 {
		t.Fatalf("code %d, %v, %d listed: %s", code, err, len(list), stderr)
	}
	for _, h := range list {
		if h.Address != "/hooks/"+h.Name || h.MaxBody == 0 || h.Retired != (h.Name == "keyed") || len(h.Credentials) != 1 && h.Name != "named" {
			t.Errorf("%+v", h)
		}
		for _, c := range h.Credentials {
			if c.Secrets+c.PublicKeys == 0 || (c.Name == "ci") != (c.Ceiling != nil) {
				t.Errorf("%s: %+v", h.Name, c)
			}
		}
	}
	if code, out, stderr := botd(t, "", "hook", "list", "--config", "../docs/examples/senders/github.yaml"); code != 0 || !strings.Contains(out, "/hooks/github") {
		t.Errorf("a configuration without apps: code %d: %s%s", code, out, stderr)
	}
}

// squeezed has one blank where there were several.
func squeezed(s string) string {
	var lines []string
	for line := range strings.Lines(s) {
		lines = append(lines, strings.Join(strings.Fields(line), " "))
	}
	return strings.Join(lines, "\n")
}
