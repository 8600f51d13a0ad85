package daemon_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/botd-chat/botd/daemon"
)

// startSim runs botd sim until the test ends, and returns what it printed.
func startSim(t *testing.T, args ...string) string {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	var stdout, stderr buffer
	exit := make(chan int, 1)
	args = append([]string{"sim", "--listen", "127.0.0.1:0", "--secret-key-file", filepath.Join(t.TempDir(), "key")}, args...)
	go func() {
		exit <- daemon.Run(ctx, daemon.Process{Args: args, Stdin: strings.NewReader(""), Stdout: &stdout, Stderr: &stderr,
			Getenv: func(string) string { return "" }})
	}()
	t.Cleanup(func() {
		stop()
		if code := <-exit; code != 0 {
			t.Errorf("it ended with code %d: %s", code, stderr.String())
		}
	})
	r := rig{t: t, log: &stderr}
	r.until("the simulator says where it is", func() bool { return strings.Contains(stdout.String(), "groups:") })
	return stdout.String()
}

func TestTheSimulatorAloneAsksWhereItIsTold(t *testing.T) {
	told := make(chan url.Values, 1)
	app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if q := r.URL.Query(); q.Get("CallbackCommand") == "Group.CallbackBeforeSendMsg" {
			told <- q
		}
		_, _ = w.Write([]byte(`{"ActionStatus":"OK","ErrorInfo":"","ErrorCode":2}`))
	}))
	defer app.Close()
	tokenFile := filepath.Join(t.TempDir(), "token")
	out := startSim(t, "--callback-url", app.URL+"/callbacks/hush", "--callback-token-file", tokenFile)
	token, err := os.ReadFile(tokenFile)
	must(t, err)
	secret := strings.TrimSpace(string(token))
	if strings.Contains(out, secret) || strings.Contains(out, "hush") || !strings.Contains(out, "callbacks: {token_file: "+tokenFile+"}") {
		t.Errorf("it prints\n%s", out)
	}
	at := regexp.MustCompile(`simulator: (http://\S+)`).FindStringSubmatch(out)[1]
	body := `{"group":"@TGS#2QUIZROOM1","user":"carol","text":"/answer B"}`
	res, err := http.Post(at+"/sim/speak", "application/json", strings.NewReader(body)) //nolint:noctx // the test's end ends it
	must(t, err)
	must(t, res.Body.Close())
	if res.StatusCode != http.StatusNoContent {
		t.Errorf("carol is told %d", res.StatusCode)
	}
	q := <-told
	if sum := sha256.Sum256([]byte(secret + q.Get("RequestTime"))); q.Get("Sign") != hex.EncodeToString(sum[:]) {
		t.Error("the callback is not signed with the token")
	}
}

func TestWhatTheSimulatorCannotBeTold(t *testing.T) {
	for want, args := range map[string][]string{
		"add --callback-url":             {"--callback-token-file", filepath.Join(t.TempDir(), "token")},
		"http:// or https:// and a host": {"--callback-url", "ftp://127.0.0.1/callbacks"},
	} {
		code, _, stderr := botd(t, "", append([]string{"sim"}, args...)...)
		if code != 2 || !strings.Contains(stderr, want) {
			t.Errorf("%v: code %d: %s", args, code, stderr)
		}
	}
}
