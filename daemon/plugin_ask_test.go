package daemon_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/botd-chat/botd/internal/need"
	"github.com/botd-chat/botd/plugins"
	"github.com/botd-chat/botd/plugins/notice"
	"github.com/botd-chat/botd/store"
)

// What stands in the way of a plugin elsewhere is found before an event waits for it, by
// validate --plugins and by doctor alike.
func TestPluginsElsewhereAreAsked(t *testing.T) {
	need.Program(t, "python3", "python3")
	serve := func(manifest string) string {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprint(w, manifest) }))
		t.Cleanup(s.Close)
		return s.URL
	}
	key, err := plugins.ParseSigningKey("whsec_" + strings.Repeat("QUJD", 8))
	must(t, err)
	signed := httptest.NewServer(plugins.Serve(notice.Plugin, key))
	t.Cleanup(signed.Close)
	r := newRig(t, "", wild)
	script, err := os.ReadFile("testdata/wild.py")
	must(t, err)
	r.write("wild.py", string(script))
	r.write("slow.py", "import time; time.sleep(2.5)\n"+string(script))
	bare := r.written()
	const unsuited = `options: {txt: hello, to: {roles: [owner]}}`
	for _, c := range []struct{ name, plugin, path, want, remedy string }{
		{"a program", "[python3, wild.py]", "", "bots.wild.plugin: wild 1.0.0, a program", ""},
		{"a program that begins slowly", "[python3, slow.py]", "", "bots.wild.plugin: wild 1.0.0, a program", ""},
		{"an address", serve(`{"botd": 1, "name": "quiz", "version": "2.1.0"}`), "", "bots.wild.plugin: quiz 2.1.0, an address", ""},
		{"a program that ends", `[sh, -c, "echo no file >&2; exit 3", hush]`, "bots.wild.plugin: ", "it wrote: no file", "mend the program"},
		{"nobody", "http://127.0.0.1:1", "bots.wild.plugin: ", "cannot be reached", "see what runs there"},
		{"no plugin", serve("<html>"), "bots.wild.plugin: ", "answers a page of HTML", "see what runs there"},
		{"another contract", serve(`{"botd": 2, "name": "quiz", "version": "1.0.0"}`), "bots.wild.plugin: ", "speaks version 2 of the contract", "see what runs there"},
		{"needs that there are not", serve(`{"botd": 1, "name": "quiz", "version": "1.0.0", "needs": ["telepathy"]}`), "bots.wild.plugin: ", "telepathy", "see what runs there"},
		{"a trigger that it does not know", serve(`{"botd": 1, "name": "quiz", "version": "1.0.0", "triggers": ["answers"]}`), "bots.wild.on.posted: ", "it knows [answers]", "give the trigger a name that it knows"},
		{"options that it does not have", signed.URL + "\n    " + unsuited, "bots.wild.options: ", `options: has no "txt"; did you mean "text"?`, "correct them"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r.write("bots.yaml", bare+strings.Replace(fmt.Sprintf(wildBot, c.plugin), `, "@TGS#2OTHER"`, "", 1))
			codes := []int{0, 0}
			if c.path != "" {
				codes = []int{3, 1}
			}
			for i, verb := range [][]string{{"validate", "--plugins"}, {"doctor"}} {
				code, stdout, stderr := botd(t, "", append(verb, "--config", r.config())...)
				for _, want := range []string{c.path, c.want, c.remedy} {
					if !strings.Contains(stdout+stderr, want) || code != codes[i] || strings.Contains(stdout+stderr, "hush") {
						t.Errorf("%s: code %d, want %d and %q in:\n%s%s", verb[0], code, codes[i], want, stdout, stderr)
					}
				}
			}
			if code, stdout, stderr := botd(t, "", "validate", "--config", r.config()); code != 0 || strings.Contains(stdout, "bots.wild") {
				t.Errorf("validate asks plugins without being told to: code %d\n%s%s", code, stdout, stderr)
			}
		})
	}
}

func TestDoctorSaysWhereItCannotAskPlugins(t *testing.T) {
	r := newRig(t, "", wild)
	r.write("bots.yaml", r.written()+strings.Replace(fmt.Sprintf(wildBot, "{url: https://bots.example.com/quiz, secret_env: NOT_SET}"), `, "@TGS#2OTHER"`, "", 1))
	code, stdout, _ := botd(t, "", "doctor", "--json", "--config", r.config())
	var list []store.Finding
	must(t, json.Unmarshal([]byte(stdout), &list))
	if last := list[len(list)-1]; code != 1 || last.Check != "plugins" || !strings.Contains(last.Problem, "neither the plugins in it nor the chat service were asked") || !strings.Contains(last.Remedy, "botd validate") {
		t.Errorf("code %d: %+v", code, last)
	}
}
