package daemon_test

import (
	"database/sql"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	_ "modernc.org/sqlite"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/store"
)

func TestBackupAndRestore(t *testing.T) {
	r := newRig(t, "")
	first := r.post("before", `{"text":"one","user":"cy"}`)
	r.settled(first.Events[0])
	saved := filepath.Join(t.TempDir(), "saved.db")
	ask := []string{"--config", r.config(), "--admin", r.admin}
	code, out, errs := botd(t, "", append([]string{"backup", saved}, ask...)...)
	if code != 0 || !strings.Contains(out, "and whole") {
		t.Fatalf("code %d: %s%s", code, out, errs)
	}
	if info, err := os.Stat(saved); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the copy is %v, %v", info, err)
	}
	if left, _ := filepath.Glob(filepath.Join(r.folder, "*.backup-*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	code, _, errs = botd(t, "", append([]string{"backup", saved}, ask...)...)
	if code != 1 || !strings.Contains(errs, "--force") {
		t.Errorf("onto one that is there: code %d: %s", code, errs)
	}
	if code, _, errs = botd(t, "", append([]string{"backup", saved, "--force"}, ask...)...); code != 0 {
		t.Errorf("with force: code %d: %s", code, errs)
	}
	if a := r.do(http.MethodPost, r.admin+"/v1/backup", nil, ""); a.status != http.StatusUnauthorized {
		t.Errorf("without the token: %d", a.status)
	}
	second := r.post("after", `{"text":"two","user":"cy"}`)
	r.settled(second.Events[0])
	code, _, errs = botd(t, "", "restore", saved, "--config", r.config())
	if code != 1 || !strings.Contains(errs, "another process has it open") {
		t.Errorf("while it runs: code %d: %s", code, errs)
	}
	if code := r.end(); code != 0 {
		t.Fatalf("stopped with code %d", code)
	}
	if code, out, errs = botd(t, "", "restore", saved, "--config", r.config()); code != 0 || !strings.Contains(out, ".before-") {
		t.Fatalf("code %d: %s%s", code, out, errs)
	}
	r.startAgain()
	if again := r.post("before", `{"text":"one","user":"cy"}`); !again.Repeated || again.ID != first.ID {
		t.Errorf("what was before the backup is new: %+v", again)
	}
	if again := r.post("after", `{"text":"two","user":"cy"}`); again.Repeated {
		t.Errorf("what was after the backup is known: %+v", again)
	}
}

func TestABackupOfOneThatIsStopped(t *testing.T) {
	r := newRig(t, "")
	r.settled(r.post("k", `{"text":"one","user":"cy"}`).Events[0])
	r.end()
	// Nobody listens at this address any more.
	text, err := os.ReadFile(r.config())
	must(t, err)
	address := strings.TrimPrefix(r.admin, "http://")
	must(t, os.WriteFile(r.config(), []byte(strings.Replace(string(text), "admin: 127.0.0.1:0", "admin: "+address, 1)), 0o600))
	saved := filepath.Join(t.TempDir(), "saved.db")
	code, out, errs := botd(t, "", "backup", saved, "--config", r.config(), "--json")
	var done struct{ File, From string }
	if code != 0 || json.Unmarshal([]byte(out), &done) != nil || done.File != saved || done.From != filepath.Join(r.folder, "botd.db") {
		t.Errorf("code %d: %s%s", code, out, errs)
	}
	must(t, store.CheckFile(t.Context(), saved))
}

func TestDoctor(t *testing.T) {
	r := newRig(t, "")
	r.settled(r.post("k", `{"text":"one","user":"cy"}`).Events[0])
	doctor := func(more ...string) (int, string) {
		code, out, errs := botd(t, "", append([]string{"doctor", "--config", r.config()}, more...)...)
		return code, out + errs
	}
	if code, out := doctor(); code != 0 || strings.Contains(out, "PROBLEM") || strings.Count(out, "ok ") < 8 {
		t.Errorf("of a sound one that runs: code %d\n%s", code, out)
	}
	r.end()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(r.folder, "botd.db"))
	must(t, err)
	_, err = db.ExecContext(t.Context(), `UPDATE lane SET n = 3 WHERE kind = 'event'`)
	must(t, err)
	must(t, db.Close())
	must(t, os.Chmod(filepath.Join(r.folder, "app.key"), 0o644)) //nolint:gosec // what the test is about
	code, out := doctor()
	if code != 1 || !strings.Contains(out, "counts 3 ready and has 0") || !strings.Contains(out, "app.key (-rw-r--r--)") || !strings.Contains(out, "2 problems") {
		t.Errorf("of one with two problems: code %d\n%s", code, out)
	}
	must(t, os.Chmod(filepath.Join(r.folder, "app.key"), 0o600))
	if code, out := doctor("--repair"); code != 0 || !strings.Contains(out, "1 lane counted again") {
		t.Errorf("repaired: code %d\n%s", code, out)
	}
	must(t, os.Remove(filepath.Join(r.folder, "botd.db")))
	if code, out := doctor("--json"); code != 1 || !strings.Contains(out, `"problem": "there is no store`) {
		t.Errorf("of none: code %d\n%s", code, out)
	}
}

func TestErase(t *testing.T) {
	r := newRig(t, "")
	id := r.post("k", `{"text":"one of cy's","user":"cy"}`).Events[0]
	r.settled(id)
	ask := []string{"--config", r.config(), "--admin", r.admin}
	if code, _, errs := botd(t, "", append([]string{"erase", "cy", "--app", "nope"}, ask...)...); code != 1 || !strings.Contains(errs, "[main]") {
		t.Errorf("in an unknown application: code %d: %s", code, errs)
	}
	code, out, errs := botd(t, "", append([]string{"erase", "cy", "--as", "ann", "--json"}, ask...)...)
	var e chat.Erasure
	if code != 0 || json.Unmarshal([]byte(out), &e) != nil || e.Counts.Events != 1 || e.By.Who != "ann" {
		t.Fatalf("code %d: %s%s", code, out, errs)
	}
	if h := r.settled(id); h.Event.Sender != e.Token {
		t.Errorf("the event is of %s", h.Event.Sender)
	}
	if code, out, _ := botd(t, "", append([]string{"erase", "cy"}, ask...)...); code != 0 || !strings.Contains(out, "0 events caused") {
		t.Errorf("once more: code %d: %s", code, out)
	}
	if _, ok := r.logged("erased a user"); !ok || strings.Contains(r.log.String(), `"cy"`) {
		t.Errorf("the log:\n%s", r.log)
	}
	a := r.do(http.MethodPost, r.admin+"/v1/erasures", http.Header{"Authorization": {"Bearer " + adminToken}}, `{"usr":"cy"}`)
	if a.status != http.StatusBadRequest {
		t.Errorf("misspelt: %d", a.status)
	}
}

func TestWhatWasErasedIsListedAndLookedUp(t *testing.T) {
	r := newRig(t, "")
	r.settled(r.post("k", `{"text":"one of cy's","user":"cy"}`).Events[0])
	r.tell(0, "nobody was erased", "erase", "list")
	r.tell(1, `this user was not erased from application "main"`, "erase", "check", "cy")
	r.tell(0, "", "erase", "cy", "--as", "kim", "--reason", "asked for it")
	listed := r.tell(0, "ERASURE\nmain\nkim: asked for it\nerased-", "erase", "list")
	if strings.Contains(listed, "cy") {
		t.Errorf("it says of whom:\n%s", listed)
	}
	r.tell(0, "kim: asked for it", "erase", "check", "cy")
	r.tell(1, "cy was erased from application \"main\" on\nerased-", "why", "cy", "m1") // who had got it
	r.tell(0, "did not get message m1", "why", "nobody", "m1")
	r.tell(1, "was not erased", "erase", "check", "bo")
	r.tell(1, "[main]", "erase", "check", "cy", "--app", "nope")
	r.tell(2, "longer than", "erase", "check", strings.Repeat("x", 33))
	code, out, errs := botd(t, "", "erase", "--config", r.config(), "--admin", r.admin, "--", "list") // somebody's id
	if code != 0 || !strings.Contains(out, "0 events caused") {
		t.Errorf("a user called list: code %d: %s%s", code, out, errs)
	}
	var found chat.ErasureCheck
	must(t, json.Unmarshal([]byte(r.tell(0, "", "erase", "check", "cy", "--json")), &found))
	if len(found.Erasures) != 1 || found.Erasures[0].Token != found.Token || found.Erasures[0].Counts.Events != 1 || found.Erasures[0].ID != 1 {
		t.Errorf("found %+v", found)
	}
	var list []chat.Erasure
	must(t, json.Unmarshal([]byte(r.tell(0, "", "erase", "list", "--json")), &list))
	if len(list) != 2 || list[1].At != found.Erasures[0].At {
		t.Errorf("listed %+v", list)
	}
	if a := r.do(http.MethodGet, r.admin+"/v1/erasures", nil, ""); a.status != http.StatusUnauthorized {
		t.Errorf("without the token: %d", a.status)
	}
	r.tell(0, "nothing of this user was found\nis the id right", "erase", "boo")
}
