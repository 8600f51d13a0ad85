package senders

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/botd-chat/botd/internal/need"
)

const giteaPassword = "a-word-for-the-laboratory-alone"

// gitea is a real one with one user, op, and one repository of theirs, plans.
type gitea struct {
	t           *testing.T
	url, folder string
}

// startGitea starts what `make senders` has built. Building it takes minutes, so
// that no other target does.
func startGitea(t *testing.T) *gitea {
	t.Helper()
	path, root := os.Getenv("BOTD_GITEA"), os.Getenv("BOTD_GITEA_ROOT")
	if path == "" || root == "" {
		t.Skip("no Gitea; make senders builds one and runs this")
	}
	need.Program(t, "git", "git")
	g := &gitea{t: t, folder: t.TempDir()}
	host := freeAddress(t)
	g.url = "http://" + host
	_, port, _ := net.SplitHostPort(host)
	config := fmt.Sprintf(`
WORK_PATH = %[1]s
[server]
STATIC_ROOT_PATH = %[2]s
HTTP_ADDR = 127.0.0.1
HTTP_PORT = %[3]s
ROOT_URL = %[4]s/
DISABLE_SSH = true
OFFLINE_MODE = true
[database]
DB_TYPE = sqlite3
[security]
INSTALL_LOCK = true
[webhook]
ALLOWED_HOST_LIST = loopback
[log]
MODE = console
LEVEL = Info
[cron]
ENABLED = false
`, g.folder, root, port, g.url)
	if err := os.WriteFile(filepath.Join(g.folder, "app.ini"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("GITEA_I_AM_BEING_UNSAFE_RUNNING_AS_ROOT", "true") // for a minute, on loopback
	p := run(t, g.folder, path, "web", "--config", "app.ini")
	p.says(t, `Starting new Web server`)
	await(t, "Gitea that answers", func() bool {
		res, err := client.Get(g.url + "/api/healthz")
		if err != nil {
			return false
		}
		defer res.Body.Close()
		return res.StatusCode == http.StatusOK
	})
	g.command(path, "admin", "user", "create", "--config", "app.ini", "--admin", "--username", "op",
		"--password", giteaPassword, "--email", "op@example.com", "--must-change-password=false")
	g.call(http.MethodPost, "/api/v1/user/repos", map[string]any{"name": "plans", "auto_init": true}, nil)
	g.command("git", "clone", "-q", strings.Replace(g.url, "http://", "http://op:"+giteaPassword+"@", 1)+"/op/plans.git")
	return g
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func (g *gitea) command(name string, arguments ...string) {
	g.t.Helper()
	c := exec.Command(name, arguments...)
	c.Dir = g.folder
	c.Env = append(os.Environ(), "HOME="+g.folder, "GIT_CONFIG_NOSYSTEM=1")
	if out, err := c.CombinedOutput(); err != nil {
		g.t.Fatalf("%s %v: %v\n%s", filepath.Base(name), arguments[0], err, out)
	}
}

func (g *gitea) call(method, path string, in, out any) {
	g.t.Helper()
	body, err := json.Marshal(in)
	if err != nil {
		g.t.Fatal(err)
	}
	r, err := http.NewRequest(method, g.url+path, bytes.NewReader(body))
	if err != nil {
		g.t.Fatal(err)
	}
	r.SetBasicAuth("op", giteaPassword)
	r.Header.Set("Content-Type", "application/json")
	res, err := client.Do(r)
	if err != nil {
		g.t.Fatal(err)
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode/100 != 2 {
		g.t.Fatalf("%s %s: %s %v\n%s", method, path, res.Status, err, answer)
	}
	if out != nil {
		if err := json.Unmarshal(answer, out); err != nil {
			g.t.Fatalf("%s %s: %v\n%s", method, path, err, answer)
		}
	}
}

// hook makes a webhook of the repository, and returns its number.
func (g *gitea) hook(address string, more map[string]any, config map[string]string) int64 {
	g.t.Helper()
	var made struct{ ID int64 }
	all := map[string]any{"type": "gitea", "active": true, "events": []string{"push"}, "config": config}
	config["url"] = address
	maps.Copy(all, more)
	g.call(http.MethodPost, "/api/v1/repos/op/plans/hooks", all, &made)
	return made.ID
}

// push commits a file and pushes it.
func (g *gitea) push(file, message string) {
	g.t.Helper()
	work := filepath.Join(g.folder, "plans")
	if err := os.WriteFile(filepath.Join(work, file), []byte(message), 0o600); err != nil {
		g.t.Fatal(err)
	}
	g.command("git", "-C", work, "add", ".")
	g.command("git", "-C", work, "-c", "user.name=Op", "-c", "user.email=op@example.com", "commit", "-qm", message)
	g.command("git", "-C", work, "push", "-q")
}

// redeliver delivers something again, as a person does by a click on the page of
// the webhook.
func (g *gitea) redeliver(hook int64, delivery string) {
	g.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		g.t.Fatal(err)
	}
	browser := &http.Client{Jar: jar, Transport: client.Transport}
	g.click(browser, "/user/login", url.Values{"user_name": {"op"}, "password": {giteaPassword}})
	g.click(browser, fmt.Sprintf("/op/plans/settings/hooks/%d/replay/%s", hook, delivery), nil)
}

func (g *gitea) click(browser *http.Client, path string, form url.Values) {
	g.t.Helper()
	res, err := browser.PostForm(g.url+path, form)
	if err != nil {
		g.t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		g.t.Fatalf("%s: %s", path, res.Status)
	}
}

// TestGitPushToGitea is told once, also when it is delivered again by hand, which
// Gitea does with the same body under another id.
func TestGitPushToGitea(t *testing.T) {
	h := open(t, "{gitea: {secret_file: secret}}, same_body: drop", "preset: gitea", map[string]string{"secret": plainWord})
	h.start()
	f := before(t, h.botd.Hook("in"))
	g := startGitea(t)
	hook := g.hook(f.URL, nil, map[string]string{"content_type": "json", "secret": plainWord})
	g.push("roof.txt", "Mend the roof")
	pushed := []string{"op pushed 1 commit to main of op/plans\n", "Mend the roof"}
	h.heard(pushed)

	g.redeliver(hook, f.heads()[0].Get("X-Gitea-Delivery"))
	await(t, "redelivery", func() bool { return len(f.answers()) == 2 })
	if first, second := f.heads()[0], f.heads()[1]; first.Get("X-Gitea-Delivery") == second.Get("X-Gitea-Delivery") ||
		first.Get("X-Gitea-Signature") != second.Get("X-Gitea-Signature") {
		t.Errorf("a redelivery has not the same body under another id:\n%v\n%v", first, second)
	}
	h.heard(pushed)
}

// TestAGiteaThatIsSetUpWronglyIsRefused: without a secret its signature is empty,
// and of a form it signs what is in it and not what it sends.
func TestAGiteaThatIsSetUpWronglyIsRefused(t *testing.T) {
	h := open(t, "{gitea: {secret_file: secret}}", "preset: gitea", map[string]string{"secret": plainWord})
	h.start()
	g := startGitea(t)
	unsigned, form := before(t, h.botd.Hook("in")), before(t, h.botd.Hook("in"))
	g.hook(unsigned.URL, nil, map[string]string{"content_type": "json"})
	g.hook(form.URL, nil, map[string]string{"content_type": "form", "secret": plainWord})
	g.push("roof.txt", "Mend the roof")
	await(t, "post of both", func() bool { return len(unsigned.answers()) == 1 && len(form.answers()) == 1 })
	if a, b := unsigned.answers()[0], form.answers()[0]; a != http.StatusUnauthorized || b != http.StatusUnsupportedMediaType {
		t.Errorf("the answers are %d without a secret and %d to a form", a, b)
	}
	h.heard()
}

// TestGitPushToGiteaWithAToken has Gitea send its Authorization header. Its test
// delivery is a push like any other: of the last commit.
func TestGitPushToGiteaWithAToken(t *testing.T) {
	h := open(t, "{bearer: {token_file: token}}", `say: "{{ payload.ref }} of {{ payload.repository.full_name }}: {{ payload.commits | map(.message) | join(' ') }}"`, map[string]string{"token": token})
	h.start()
	g := startGitea(t)
	hook := g.hook(h.botd.Hook("in"), map[string]any{"authorization_header": "Bearer " + token}, map[string]string{"content_type": "json"})
	g.push("roof.txt", "Mend the roof")
	pushed := []string{"refs/heads/main of op/plans: Mend the roof"}
	h.heard(pushed)
	g.call(http.MethodPost, fmt.Sprintf("/api/v1/repos/op/plans/hooks/%d/tests", hook), nil, nil)
	h.heard(pushed, pushed)
}
