package daemon_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/botd-chat/botd/daemon"
	"github.com/botd-chat/botd/plugins/notice"
)

func TestMistakesOnTheCommandLine(t *testing.T) {
	broken := filepath.Join(t.TempDir(), "bots.yaml")
	must(t, os.WriteFile(broken, []byte("bots:\n  quiz: {plugin: quizz, audiense: {roles: [boss]}}\n"), 0o600))
	for _, c := range []struct {
		name string
		args []string
		code int
		want []string
	}{
		{"an unknown verb", []string{"serv"}, 2, []string{`unknown command "serv"`}},
		{"an unknown verb of a group", []string{"events", "lst"}, 2, []string{"lst"}},
		{"an unknown flag", []string{"demo", "--onse"}, 2, []string{"--onse", "botd demo --help"}},
		{"an argument too many", []string{"version", "now"}, 2, []string{"now"}},
		{"an argument too few", []string{"events", "show"}, 2, []string{"botd events show --help"}},
		{"a flag missing", []string{"usersig", "make"}, 2, []string{"sdk-app-id"}},
		{"json without once", []string{"demo", "--json"}, 2, []string{"--once"}},
		{"no configuration", []string{"serve", "--config", "nowhere.yaml"}, 3, []string{"nowhere.yaml", "--config"}},
		{"a broken configuration", []string{"validate", "--config", broken}, 3, []string{broken + ":2:", "did you mean audience?", "did you mean quiz?", "problems in the configuration\n"}},
		{"a broken configuration by its name", []string{"validate", broken}, 3, []string{broken + ":2:", "problems in the configuration\n"}},
		{"a configuration named twice", []string{"validate", broken, "--config", broken}, 2, []string{"the file is named twice"}},
		{"a broken configuration for serve", []string{"serve", "--config", broken}, 3, []string{"nothing was started"}},
		{"nobody to ask", []string{"events", "list", "--admin", "http://127.0.0.1:1", "--token-file", broken}, 1, []string{"is it running?"}},
		{"an address without a scheme", []string{"events", "list", "--admin", "localhost:8081", "--token-file", broken}, 2, []string{`"localhost:8081" is no address; write http://host:port`}},
		{"an address that is a word", []string{"pauses", "--admin", "foo", "--token-file", broken}, 2, []string{"write http://host:port"}},
		{"a token that is not there", []string{"events", "list", "--admin", "http://127.0.0.1:1", "--token-file", broken + ".admin-token"}, 1,
			[]string{"no such file", "begins at the folder that botd was started in", "--token-file"}},
		{"a hook that is not there", []string{"hook", "sign", "nope", "{}", "--config", "../config/bots.yaml"}, 3, []string{"bots.quiz.on.answers"}},
		{"a body given twice", []string{"hook", "sign", "quiz", "{}", "--file", "x", "--secret-file", broken}, 2, []string{"twice"}},
		{"no body", []string{"hook", "sign", "quiz", "--secret-file", broken}, 2, []string{"--file"}},
		{"an unknown scheme", []string{"hook", "sign", "quiz", "{}", "--secret-file", broken, "--scheme", "rot13"}, 2, []string{"github", "standard_webhooks"}},
		{"help", []string{"--help"}, 0, []string{"botd demo"}},
		{"nothing at all", nil, 0, []string{"Available Commands"}},
		{"the version", []string{"version"}, 0, []string{"botd "}},
	} {
		t.Run(c.name, func(t *testing.T) {
			code, stdout, stderr := botd(t, "", c.args...)
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

func TestUserSigsAreMadeAndChecked(t *testing.T) {
	folder := t.TempDir()
	key, other := filepath.Join(folder, "key"), filepath.Join(folder, "other")
	must(t, os.WriteFile(key, []byte(appKey+"\n"), 0o600))
	must(t, os.WriteFile(other, []byte(strings.Repeat("0", 64)), 0o600))
	code, sig, stderr := botd(t, "", "usersig", "make", "--sdk-app-id", "1400000000", "--secret-key-file", key)
	if code != 0 {
		t.Fatal(stderr)
	}
	for _, c := range []struct {
		name  string
		stdin string
		args  []string
		code  int
		want  string
	}{
		{"as it was made", sig, []string{"--sdk-app-id", "1400000000", "--secret-key-file", key}, 0, "valid for administrator of application 1400000000"},
		{"for another application", sig, []string{"--sdk-app-id", "1400000001", "--secret-key-file", key}, 1, "70014"},
		{"for another user", sig, []string{"--sdk-app-id", "1400000000", "--secret-key-file", key, "--user", "Administrator"}, 1, "70013"},
		{"with another key", sig, []string{"--sdk-app-id", "1400000000", "--secret-key-file", other}, 1, "70009"},
		{"damaged", "x" + sig, []string{"--sdk-app-id", "1400000000", "--secret-key-file", key}, 1, "70003"},
	} {
		t.Run(c.name, func(t *testing.T) {
			code, stdout, stderr := botd(t, c.stdin, append([]string{"usersig", "check"}, c.args...)...)
			if code != c.code || !strings.Contains(stdout+stderr, c.want) {
				t.Errorf("code %d: %s%s", code, stdout, stderr)
			}
			if strings.Contains(stdout+stderr, strings.TrimSpace(sig)) || strings.Contains(stdout+stderr, appKey) {
				t.Error("the output tells the UserSig or the key")
			}
		})
	}
}

func TestASignedBodyPassesItsHook(t *testing.T) {
	r := newRig(t, "")
	body := `{"text":"signed by hand","user":"cy"}`
	file := filepath.Join(t.TempDir(), "body.json")
	must(t, os.WriteFile(file, []byte(body), 0o600))
	for _, c := range []struct {
		name string
		args []string
	}{
		{"found by the configuration", []string{"hook", "sign", "signed", body, "--config", r.config()}},
		{"by its file", []string{"hook", "sign", "signed", "--file", file, "--secret-file", filepath.Join(r.folder, "hook.secret")}},
	} {
		t.Run(c.name, func(t *testing.T) {
			code, stdout, stderr := botd(t, "", c.args...)
			if code != 0 {
				t.Fatal(stderr)
			}
			a := r.do("POST", r.public+"/hooks/signed", headersOf(t, stdout), body)
			if a.status != 202 {
				t.Errorf("%d: %s", a.status, a.body)
			}
		})
	}
	var out, errs buffer
	known := map[string]string{"BOTD_CONFIG": r.config()}
	if code := daemon.Run(t.Context(), daemon.Process{Args: []string{"hook", "sign", "token", body, "--secret-file", filepath.Join(r.folder, "hook.token")}, Stdin: strings.NewReader(""),
		Stdout: &out, Stderr: &errs, Getenv: func(name string) string { return known[name] }}, notice.Plugin); code != 0 || !strings.Contains(out.String(), "--oauth2-bearer "+hookToken) {
		t.Errorf("with a secret's file and BOTD_CONFIG: code %d: %s%s", code, out.String(), errs.String())
	}
	code, stdout, _ := botd(t, "", "hook", "sign", "token", body, "--config", r.config(), "--id", "d1")
	if code != 0 || !strings.Contains(stdout, "--oauth2-bearer "+hookToken) || !strings.Contains(stdout, "idempotency-key:d1") {
		t.Errorf("code %d: %s", code, stdout)
	}
}

// headersOf reads arguments of curl as curl would.
func headersOf(t *testing.T, args string) map[string][]string {
	t.Helper()
	h := map[string][]string{}
	words := strings.Fields(args)
	for i := 0; i+1 < len(words); i += 2 {
		name, value, ok := strings.Cut(words[i+1], ":")
		if words[i] != "-H" || !ok {
			t.Fatalf("%q is no header", words[i:i+2])
		}
		h[httpName(name)] = []string{value}
	}
	return h
}

func httpName(s string) string {
	parts := strings.Split(s, "-")
	for i, p := range parts {
		parts[i] = strings.ToUpper(p[:1]) + p[1:]
	}
	return strings.Join(parts, "-")
}
