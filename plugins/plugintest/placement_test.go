package plugintest

import (
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/botd-chat/botd/bots"
	"github.com/botd-chat/botd/bots/host"
	"github.com/botd-chat/botd/internal/need"
	"github.com/botd-chat/botd/plugins"
)

// placements are where a plugin can live.
func placements(t *testing.T, p plugins.Plugin) map[string]bots.Plugin {
	t.Helper()
	server := httptest.NewServer(plugins.Serve(p, plugins.SigningKey{}))
	t.Cleanup(server.Close)
	return map[string]bots.Plugin{
		"compiled in": p,
		"isolated":    host.Isolated(p, host.Command{}),
		"at a URL":    host.Remote(host.URL{Address: server.URL}),
	}
}

func TestWhatIsSeenIsTheSameWhereverThePluginLives(t *testing.T) {
	for name, c := range map[string]struct {
		plugin     plugins.Plugin
		transcript string
	}{
		"errors and marks": {counter, right}, "timers": {closing, timed}, "texts and sessions": {parrot, conversation}, "reports": {herald, heralded},
	} {
		for where, p := range placements(t, c.plugin) {
			t.Run(name+", "+where, func(t *testing.T) {
				if v, _ := judge(t, p, c.transcript); v.failed {
					t.Error(v.text)
				}
			})
		}
	}
}

// program is a plugin in Python.
func program(t *testing.T, source string) bots.Plugin {
	t.Helper()
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "plugin.py"), []byte(source), 0o600); err != nil {
		t.Fatal(err)
	}
	return host.Program(host.Command{Args: []string{need.Program(t, "python3", "python3"), "plugin.py"}, Dir: folder})
}

// answering is a program that answers every event with what its function handle returns.
const answering = `
import json, os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
calls = 0
class Plugin(BaseHTTPRequestHandler):
    def log_message(self, *_): pass
    def answer(self, v):
        b = json.dumps(v).encode()
        self.send_response(200); self.send_header("Content-Length", str(len(b))); self.end_headers(); self.wfile.write(b)
    def do_GET(self): self.answer({"botd": 1, "name": "own", "version": "1"})
    def do_POST(self):
        global calls
        calls += 1
        self.answer(handle(json.loads(self.rfile.read(int(self.headers["Content-Length"])))))
ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Plugin).serve_forever()
`

func TestWhatAProgramDoesWrongIsSaid(t *testing.T) {
	for _, c := range []struct{ name, source, want string }{
		{"it counts in memory of its own", "def handle(e): return {'messages': [{'to': {'roles': ['owner']}, 'text': str(calls)}]}" + answering,
			"line 2: the same event with the same state came to something else the second time"},
		{"it misspells who is left out", "def handle(e): return {'messages': [{'to': {'everyone': True, 'excpt': ['cy']}, 'text': 'x'}]}" + answering,
			`excpt: unknown name; did you mean except?`},
		{"it does not start", "raise SystemExit('it cannot begin')", "it cannot begin"},
	} {
		t.Run(c.name, func(t *testing.T) {
			began := time.Now()
			v, _ := judge(t, program(t, c.source), "group ann owner, cy\n> x {}\n")
			if !v.failed || !strings.Contains(v.text, c.want) {
				t.Errorf("failed %v: %s", v.failed, v.text)
			}
			if took := time.Since(began); took > coming {
				t.Errorf("it took %v to say so", took)
			}
		})
	}
}
