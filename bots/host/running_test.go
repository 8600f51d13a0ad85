package host_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/botd-chat/botd/bots/host"
	"github.com/botd-chat/botd/internal/need"
)

func TestAProgramIsStartedForWhoeverAsksItByItself(t *testing.T) {
	const server = `
import http.server, os
class Plugin(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers(); self.wfile.write(os.environ["BOTD_KEY"][:6].encode())
http.server.HTTPServer(("127.0.0.1", int(os.environ["PORT"])), Plugin).serve_forever()`
	r, err := host.Start(t.Context(), host.Command{Args: []string{need.Program(t, "python3", "python3"), "-c", server}, Settings: settings(t)})
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.Get(r.Address) //nolint:noctx // of this machine, and it answers
	if err != nil {
		t.Fatal(err)
	}
	body, _ := io.ReadAll(answer.Body)
	_ = answer.Body.Close()
	if string(body) != "whsec_" || r.Key.IsZero() {
		t.Errorf("answered %q", body)
	}
	http.DefaultClient.CloseIdleConnections()
	r.Stop()
	if again, err := http.Get(r.Address); err == nil { //nolint:noctx // nobody is there
		_ = again.Body.Close()
		t.Error("it answers after it was stopped")
	}
}

func TestAProgramThatCannotBeStartedForACheckSaysWhy(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{nil, "no program is given"},
		{[]string{"no-such-program-anywhere"}, `there is no program "no-such-program-anywhere"`},
		{[]string{"sh", "-c", "echo no such file >&2; exit 3"}, "exit status 3; it wrote: no such file"},
	} {
		r, err := host.Start(t.Context(), host.Command{Args: c.args, Settings: settings(t)})
		if err == nil {
			r.Stop()
		}
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: %v, want %q", c.args, err, c.want)
		}
	}
}
