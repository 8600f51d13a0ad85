package daemon_test

import (
	"database/sql"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/console"
	"github.com/botd-chat/botd/receipts"
)

func TestWhoWasSentWhatCanBeProved(t *testing.T) {
	r := newRig(t, "")
	r.tell(0, "no receipts", "receipts", "list")
	r.notices("hello")
	r.refuses()
	r.notices("no")
	r.notices("again")
	r.tell(0, "d1\nd2\nd3\ndone: sent\ndead: refused\nm/main/@TGS#2ROOM/normal", "receipts", "list", "--bot", "teller")
	r.tell(0, "older ones: --before 2", "receipts", "list", "--limit", "2")
	if text := r.tell(0, "d1", "receipts", "list", "--before", "2"); strings.Contains(text, "\nd2 ") {
		t.Errorf("the next page:\n%s", text)
	}
	r.tell(0, `receipt 1 of lane m/main/@TGS#2ROOM/normal: delivery d1 of message m1, done: sent
event e1 from webhook "signed" of bot "teller" of app "main", group @TGS#2ROOM, part 1
for owner, admin; the bot could reach owner, admin, user cy
4 members read
to ann, who has role owner
to bo, who has role admin
attempt 1 at
2 recipients: sent
message 1 of its group`, "receipts", "show", "d1")
	if text := r.tell(0, "", "receipts", "show", "d1"); strings.Contains(text, "hello") || strings.Contains(text, "key of") {
		t.Errorf("it says too much:\n%s", text)
	}
	r.tell(0, "key of the content", "receipts", "show", "d1", "--keys")
	r.tell(1, "404", "receipts", "show", "d9")
	r.tell(2, "id of a delivery", "receipts", "show", "e1")

	file := filepath.Join(r.folder, "receipts.jsonl")
	r.tell(0, "3 receipts; deliveries: 3, to people: 6 (everything\nlane m/main/@TGS#2ROOM/normal: 1 to 3, from its beginning, no head noted\nall hold", "receipts", "export", "-o", file)
	r.tell(1, "is there already", "receipts", "export", "-o", file)
	heads := filepath.Join(r.folder, "heads.txt")
	must(t, os.WriteFile(heads, []byte(r.tell(0, "m/main/@TGS#2ROOM/normal=3:", "receipts", "heads")), 0o600))
	verify := func(code int, want string, more ...string) {
		t.Helper()
		got, stdout, stderr := botd(t, "", append([]string{"receipts", "verify", file}, more...)...)
		if got != code || !strings.Contains(stdout+stderr, want) {
			t.Errorf("verify %v: code %d, no %q in:\n%s%s", more, got, want, stdout, stderr)
		}
	}
	verify(0, "as noted up to 3", "--heads", heads)
	verify(2, "no head", "--head", "x")

	// Promises are held against what was really seen.
	text, err := os.ReadFile(file)
	must(t, err)
	must(t, os.WriteFile(file, []byte(strings.Replace(string(text), `"role":"admin"`, `"role":"owner"`, 1)), 0o600))
	verify(1, "line 2: changed: receipt 1 of lane m/main/@TGS#2ROOM/normal has the hash ")
	whole := strings.SplitAfter(string(text), "\n")
	must(t, os.WriteFile(file, []byte(whole[0]+whole[1]+whole[2]), 0o600))
	verify(1, "missing: lane m/main/@TGS#2ROOM/normal ends with receipt 2, and the header says 3")
	verify(1, "cut off: lane m/main/@TGS#2ROOM/normal ends with receipt 2, and the noted head is 3", "--heads", heads)
}

func TestReceiptsSayWhatWasLearntLaterAndForgetWhoIsErased(t *testing.T) {
	r := newRig(t, "")
	r.notices("wrong")
	r.tell(0, "d1", "receipts", "list") // it has its first receipt
	r.tell(0, "recalled", "deliveries", "recall", "d1", "--as", "kim", "--reason", "a mistake that cy made")
	text := r.tell(0, "learnt since receipt 1\nrecall by kim: recalled", "receipts", "show", "d1")
	if !strings.Contains(text, "to ann") {
		t.Errorf("%s", text)
	}
	r.tell(0, "1 receipt", "erase", "ann", "--as", "kim")
	text = r.tell(0, "to (erased), who has role owner\nto bo", "receipts", "show", "d1")
	if strings.Contains(text, "ann") {
		t.Errorf("ann is still there:\n%s", text)
	}
	file := filepath.Join(r.folder, "receipts.jsonl")
	r.tell(0, "erased or left out: 1\nall hold", "receipts", "export", "-o", file)
	if b, err := os.ReadFile(file); err != nil || strings.Contains(string(b), "ann") {
		t.Errorf("the export: %s, %v", b, err)
	}
	if code, out, errs := botd(t, "", "receipts", "verify", file); code != 0 || !strings.Contains(out, "erased or left out: 1") {
		t.Errorf("verify: %d %s%s", code, out, errs)
	}
}

func TestReceiptsOverTheAPI(t *testing.T) {
	r := newRig(t, "")
	r.notices("hello")
	auth := http.Header{"Authorization": {"Bearer " + adminToken}}
	for path, want := range map[string]int{
		"/v1/receipts": 200, "/v1/receipts?from=yesterday": 400, "/v1/receipts?before=x": 400, "/v1/receipts?keys=yes": 400,
		"/v1/receipts?limit=0": 400, "/v1/receipts/heads": 200, "/v1/receipts/export": 200, "/v1/receipts/export?to=x": 400,
		"/v1/deliveries/d1/receipts": 200, "/v1/deliveries/d9/receipts": 404, "/v1/deliveries/x/receipts": 400, "/v1/deliveries/d1/receipts?keys=2": 400,
	} {
		if a := r.do(http.MethodGet, r.admin+path, auth, ""); a.status != want {
			t.Errorf("%s: %d %s", path, a.status, a.body)
		}
		if a := r.do(http.MethodGet, r.admin+path, nil, ""); a.status != http.StatusUnauthorized {
			t.Errorf("%s without a token: %d", path, a.status)
		}
	}
	a := r.do(http.MethodGet, r.admin+"/v1/receipts/export?bot=other", auth, "")
	if report, err := receipts.Verify(strings.NewReader(a.body), nil); a.header.Get("Content-Type") != console.ReceiptsType || report.Receipts != 0 || report.Wrong != 0 || err != nil {
		t.Errorf("of a bot that is not there: %s, %+v", a.body, report)
	}
	var page console.ReceiptPage
	r.ask("/v1/deliveries/d1/receipts?keys=true", &page)
	var l receipts.Line
	must(t, json.Unmarshal(page.Receipts[0], &l))
	if l.Keys == nil || len(l.Keys.Content) != 32 || l.Who(1) == "" {
		t.Errorf("%+v", l)
	}
	if m := r.do(http.MethodGet, r.admin+"/metrics", nil, "").body; !strings.Contains(m, "botd_receipts_sealed_total 1") || !strings.Contains(m, "botd_receipts_unsealed 0") {
		t.Error("the metrics do not tell of it")
	}
}

func TestTheDoctorVerifiesReceipts(t *testing.T) {
	r := newRig(t, "")
	r.notices("hello")
	r.notices("again")
	doctor := func(code int, want string, more ...string) {
		t.Helper()
		got, stdout, stderr := botd(t, "", append([]string{"doctor", "--config", r.config()}, more...)...)
		if got != code || !strings.Contains(stdout+stderr, want) {
			t.Errorf("doctor %v: code %d, no %q in:\n%s%s", more, got, want, stdout, stderr)
		}
	}
	r.tell(0, "d2", "receipts", "list")
	doctor(0, "2 receipts in 1 lane, each chain whole")
	doctor(0, "2 receipts in 1 lane, each chain whole", "--all-receipts")
	if code := r.end(); code != 0 {
		t.Fatalf("it ended with %d", code)
	}
	r.inStore(`DELETE FROM receipt WHERE n = 2`)
	doctor(1, "the noted head is 2", "--all-receipts")
	r.inStore(`UPDATE receipt SET body = replace(body, '"admin"', '"owner"') WHERE n = 1`)
	doctor(1, "receipt 1 of lane m/main/@TGS#2ROOM/normal has the hash")
}

func TestReceiptsAreMadeAtAStopAndGoOnAfterIt(t *testing.T) {
	r := newRig(t, "")
	r.notices("hello")
	if code := r.end(); code != 0 {
		t.Fatalf("it ended with %d", code)
	}
	code, out, errs := botd(t, "", "doctor", "--config", r.config())
	if code != 0 || !strings.Contains(out, "1 receipt in 1 lane") {
		t.Errorf("after a stop: %d %s%s", code, out, errs)
	}
	r.startAgain()
	r.notices("again")
	var heads []chat.Head
	r.ask("/v1/receipts/heads", &heads)
	if len(heads) != 1 || heads[0].N != 2 {
		t.Errorf("%v", heads)
	}
}

// inStore changes the store of a botd that has ended.
func (r *rig) inStore(text string) {
	r.t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(r.folder, "botd.db"))
	must(r.t, err)
	_, err = db.ExecContext(r.t.Context(), text)
	must(r.t, errors.Join(err, db.Close()))
}
