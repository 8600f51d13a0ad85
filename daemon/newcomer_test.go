package daemon_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestABotThatNobodyKnowsHasNoEvents(t *testing.T) {
	r := newRig(t, "")
	r.tell(0, "no events", "events", "list", "--bot", "nobody")
	if code, stdout, _ := botd(t, "", "events", "list", "--bot", "nobody", "--json", "--admin", r.admin, "--token-file", filepath.Join(r.folder, "admin.token")); code != 0 || strings.Contains(stdout, "no events") {
		t.Errorf("code %d, and the JSON is\n%s", code, stdout)
	}
}

func TestTheLogSaysWhyAPayloadDoesNotFit(t *testing.T) {
	r := newRig(t, "")
	body := `{"text":"canary-in-the-payload"}`
	code, sign, stderr := botd(t, "", "hook", "sign", "signed", body, "--config", r.config())
	if code != 0 {
		t.Fatal(stderr)
	}
	a := r.do("POST", r.public+"/hooks/signed", headersOf(t, sign), body)
	if a.status != 422 || !strings.Contains(a.body, `The payload does not fit this hook: bot \"teller\", trigger \"signed\": sender: payload.user: `) {
		t.Fatalf("%d: %s", a.status, a.body)
	}
	line, ok := r.logged("webhook refused")
	if reason, _ := line["reason"].(string); !ok || !strings.Contains(reason, "sender: payload.user: ") {
		t.Errorf("logged %v", line)
	}
	if strings.Contains(r.log.String(), "canary") {
		t.Errorf("the log quotes the payload:\n%s", r.log)
	}
}

func TestAnAdminTokenThatCouldBeGuessedIsRefused(t *testing.T) {
	folder := t.TempDir()
	text := strings.ReplaceAll(bare, "FOLDER", folder)
	for name, text := range map[string]string{"bots.yaml": text, "app.key": appKey, "botd.db.admin-token": "secret\n"} {
		must(t, os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600))
	}
	code, _, stderr := botd(t, "", "serve", "--config", filepath.Join(folder, "bots.yaml"))
	if code != 1 || !strings.Contains(stderr, "fewer than 16 characters") || !strings.Contains(stderr, "delete the file") {
		t.Errorf("code %d: %s", code, stderr)
	}
}

func TestValidateAsksPluginsAboutTriggers(t *testing.T) {
	folder := t.TempDir()
	must(t, os.WriteFile(filepath.Join(folder, "app.key"), []byte(appKey), 0o600))
	file := filepath.Join(folder, "bots.yaml")
	for name, c := range map[string]struct{ from, to, want string }{
		"as it is": {"", "", ""},
		"a schedule with nothing to say": {"options: {text: Stand up.}", "options: {}",
			":8:10: bots.b.on.morning: a schedule brings no text, and the bot's options have none; add text: to them"},
		"a text that is too large": {"Stand up.", strings.Repeat("x", 11<<10),
			":10:21: bots.b.options.text: text: has 11267 bytes written as JSON, and a message can carry 11008"},
		"a name that the plugin has no route for": {"plugin: notice\n    options: {text: Stand up.}", "plugin: quiz",
			`:8:10: bots.b.on.morning: the plugin knows no trigger "morning"; have answers, ask, board, finish`},
		"a schedule that asks a question": {"on: {morning: {schedule: \"0 9 * * *\"}}\n    plugin: notice\n    options: {text: Stand up.}",
			"on: {ask: {schedule: \"0 9 * * *\"}}\n    plugin: quiz",
			`:8:10: bots.b.on.ask: a schedule brings no payload, and the plugin needs one for "ask": to: of whom is the question asked?`},
	} {
		t.Run(name, func(t *testing.T) {
			text := strings.ReplaceAll(strings.Replace(bare, c.from, c.to, 1), "FOLDER", folder)
			must(t, os.WriteFile(file, []byte(text), 0o600))
			code, stdout, stderr := botd(t, "", "validate", "--config", file)
			switch {
			case c.want == "" && code != 0:
				t.Errorf("code %d: %s", code, stderr)
			case c.want != "" && (code != 3 || !strings.Contains(stderr, file+c.want)):
				t.Errorf("code %d\ngot  %s%.500s\nwant %s", code, stdout, stderr, c.want)
			}
		})
	}
}

// bare is a configuration without a hook.
const bare = `apps:
  main: {sdk_app_id: 1400001001, secret_key_file: app.key, base_url: "http://127.0.0.1:1"}
store: sqlite:FOLDER/botd.db
listen: {public: 127.0.0.1:0, admin: 127.0.0.1:0}
bots:
  b: # the bot
    account: tellbot
    on: {morning: {schedule: "0 9 * * *"}}
    plugin: notice
    options: {text: Stand up.}
    groups: ["@TGS#2ROOM"]
    audience: {everyone: true}
`
