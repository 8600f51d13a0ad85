package daemon_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/botd-chat/botd/contract"
	"github.com/botd-chat/botd/internal/need"
	"github.com/botd-chat/botd/plugins"
	"github.com/botd-chat/botd/plugins/notice"
)

func TestAPluginIsCheckedWhereverItIs(t *testing.T) {
	text := contract.Signatures()[0].Key
	key, err := plugins.ParseSigningKey(text)
	must(t, err)
	signed := httptest.NewServer(plugins.Serve(notice.Plugin, key))
	defer signed.Close()
	broken := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprint(w, "<html>") }))
	defer broken.Close()
	secret := filepath.Join(t.TempDir(), "key")
	must(t, os.WriteFile(secret, []byte(text+"\n"), 0o600))
	payload := filepath.Join(t.TempDir(), "payload.json")
	must(t, os.WriteFile(payload, []byte(`{"text": "The build is red."}`), 0o600))
	for _, c := range []struct {
		name string
		args []string
		code int
		want []string
	}{
		{"compiled in", []string{"notice", "--payload", "@" + payload}, 0, []string{"ok    signature ", "ok    answers ", "notice 1.0.0: ", "0 warned of, 0 failed, 0 not looked at"}},
		{"at an address, with its key", []string{signed.URL, "--secret-file", secret, "--payload", "@" + payload}, 0, []string{"0 warned of, 0 failed, 0 not looked at"}},
		{"at an address, without its key", []string{signed.URL}, 1, []string{"FAIL  webhook ", "status 401", "the key that the plugin has", "1 of 1 plugin broke the contract"}},
		{"a program, with a plugin beside it", []string{"notice", "--", "python3", "../docs/examples/homework-python/signed.py"}, 0, []string{"== notice\n", "== python3 ../docs", "homework 1.0.0: "}},
		{"a program that ends", []string{"--", "sh", "-c", "echo no such file >&2; exit 3"}, 1, []string{"exit status 3; it wrote: no such file"}},
		{"two, of which one is none", []string{"notice", broken.URL}, 1, []string{"== notice\n", "== " + broken.URL, "what comes is no manifest", "1 of 2 plugins broke the contract"}},
		{"options that it does not have", []string{"notice", "--options", `{"x": 1}`}, 1, []string{"the options given: ", "→ mend the options"}},
		{"options that are none", []string{"notice", "--options", `{x}`}, 2, []string{"--options is not JSON"}},
		{"a plugin that is not there", []string{"notise"}, 2, []string{"did you mean notice?", "a program --"}},
		{"a key that is none", []string{signed.URL, "--secret-file", payload}, 1, []string{"the key of the plugin is no key"}},
		{"nothing to check", nil, 2, []string{"botd plugin check --help"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if slices.Contains(c.args, "python3") {
				need.Program(t, "python3", "python3")
			}
			code, stdout, stderr := botd(t, "", append([]string{"plugin", "check"}, c.args...)...)
			if code != c.code {
				t.Fatalf("code %d, want %d: %s%s", code, c.code, stdout, stderr)
			}
			for _, want := range c.want {
				if !strings.Contains(stdout+stderr, want) {
					t.Errorf("no %q in:\n%s%s", want, stdout, stderr)
				}
			}
		})
	}
}

func TestTheCheckOfAPluginCanBeReadByMachines(t *testing.T) {
	code, stdout, stderr := botd(t, "", "plugin", "check", "notice", "--json")
	var all []struct {
		Placement, Plugin string
		Results           []contract.Result
	}
	must(t, json.Unmarshal([]byte(stdout), &all))
	if code != 0 || len(all) != 1 || all[0].Placement != "notice" || all[0].Plugin != "notice" || len(all[0].Results) < 20 {
		t.Errorf("code %d, %s%s", code, stdout, stderr)
	}
}
