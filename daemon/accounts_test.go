package daemon_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/botd-chat/botd/accounts"
	"github.com/botd-chat/botd/im/simulator"
)

// second is a bot whose account nobody has made.
const second = `
  second:
    account: newbot
    groups: ["@TGS#2ROOM"]
    on: {told: {webhook: told, verify: {bearer: {token_file: hook.token}}}}
    plugin: notice
    options: {to: {roles: [owner]}}
    audience: {roles: [owner, admin]}
`

func TestMissingAccountsAreFoundAndMade(t *testing.T) {
	r := newRig(t, "")
	r.write("bots.yaml", r.written()+second)
	ask := func(code int, args ...string) string {
		t.Helper()
		got, stdout, stderr := botd(t, "", append(args, "--config", r.config())...)
		if got != code || strings.Contains(stdout+stderr, appKey) {
			t.Fatalf("%s: code %d, want %d:\n%s%s", strings.Join(args, " "), got, code, stdout, stderr)
		}
		return stdout + stderr
	}
	wants := func(out string, parts ...string) {
		t.Helper()
		for _, part := range parts {
			if !strings.Contains(strings.Join(strings.Fields(out), " "), part) {
				t.Errorf("no %q in:\n%s", part, out)
			}
		}
	}
	wants(ask(1, "accounts", "list"), "main administrator ordinary exists apps.main.administrator", "main tellbot ordinary exists bots.teller",
		"main newbot ordinary missing bots.second", "1 account missing; botd accounts create makes")
	wants(ask(0, "validate"), "is valid")
	wants(ask(3, "validate", "--accounts"), `bots.second.account: there is no account "newbot"`, "botd accounts create")
	wants(ask(1, "doctor"), `PROBLEM accounts there is no account "newbot"`)
	wants(ask(2, "accounts", "create", "newbt"), `has the account "newbt"; it has administrator, tellbot, newbot`)
	wants(ask(0, "accounts", "create", "tellbot"), "main tellbot ordinary exists")
	wants(ask(0, "accounts", "create", "--dry-run"), "newbot ordinary missing")
	var list []accounts.Account
	must(t, json.Unmarshal([]byte(ask(0, "accounts", "create", "--nick", "New", "--json")), &list))
	if len(list) != 3 || list[2].ID != "newbot" || list[2].State != accounts.Created {
		t.Errorf("%+v", list)
	}
	wants(ask(0, "accounts", "create"), "newbot ordinary exists")
	wants(ask(0, "accounts", "list"), "newbot ordinary exists")
	wants(ask(0, "validate", "--accounts"), "is valid")
	if n := r.sim.Counts()["account_import"].Calls; n != 1 {
		t.Errorf("an account was made %d times", n)
	}
}

func TestAnAccountThatCannotBeMade(t *testing.T) {
	r := newRig(t, "")
	r.write("bots.yaml", r.written()+second+strings.NewReplacer("second:", "third:", "newbot", "lastbot", "webhook: told", "webhook: third").Replace(second))
	for _, c := range []struct {
		code int
		args []string
		want string
	}{
		{2, []string{"create", "--nick", "Both"}, "--nick is the name of one account, and 2 are missing"},
		{1, []string{"create"}, "1 account not made"},
	} {
		if c.code == 1 {
			must(t, r.sim.Inject(simulator.Fault{API: "account_import", Kind: simulator.ErrorCode, Code: 70398, Count: 1}))
		}
		code, stdout, stderr := botd(t, "", append(append([]string{"accounts"}, c.args...), "--config", r.config())...)
		if code != c.code || !strings.Contains(stderr, c.want) {
			t.Errorf("%v: code %d\n%s%s", c.args, code, stdout, stderr)
		}
		if c.code == 1 && (!strings.Contains(stdout, "failed: ") || !strings.Contains(stdout, "created")) {
			t.Errorf("one that fails keeps the other from being made:\n%s", stdout)
		}
	}
}
