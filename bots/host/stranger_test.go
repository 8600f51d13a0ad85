package host_test

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// Of another user's process that has the program's port nobody is told anything: it
// could be the first there when the program starts, or ends.
func TestAnotherUsersProcessOnThePortIsToldNothing(t *testing.T) {
	if runtime.GOOS != "linux" || os.Geteuid() != 0 {
		t.Skip("only root on Linux can be another user")
	}
	heard := filepath.Join(t.TempDir(), "heard")
	h := python(t, server+`
heard = open("`+heard+`", "w")
def handle(e):
    heard.write(json.dumps(e)); heard.flush()
    return say("gotcha")
def do_GET(self): heard.write("asked"); heard.flush(); self.answer(b'{"botd":1,"name":"quiz","version":"6.6.6"}')
Plugin.do_GET = do_GET
import encodings.idna # which this user may be able to read, and that one not
if os.fork() == 0:
    os.setuid(65534)
    serve()
else:
    time.sleep(60)
`)
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(time.Millisecond) {
		said, err := handle(t, h, event("ping", `{"secret":"xyzzy"}`), 5*time.Second)
		if err == nil {
			t.Fatalf("it answered %+v", said)
		}
		if _, err := os.Stat(heard); err == nil || time.Now().After(end) {
			break // it runs, or never will
		}
	}
	if said, err := handle(t, h, event("ping", `{"secret":"xyzzy"}`), 5*time.Second); err == nil {
		t.Errorf("it answered %+v", said)
	}
	if got, err := os.ReadFile(heard); err != nil || len(got) > 0 {
		t.Errorf("it heard %s, %v", got, err)
	}
}

func TestAProgramMayChangeItsUser(t *testing.T) {
	if runtime.GOOS != "linux" || os.Geteuid() != 0 {
		t.Skip("only root on Linux can change its user")
	}
	h := python(t, server+`
import encodings.idna # as above
os.setgid(65534); os.setuid(65534)
def handle(e): return say(os.getuid())
serve()
`)
	if got := answers(t, h); !strings.Contains(got, "65534") {
		t.Error(got)
	}
}
