package store

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func examine(t *testing.T, path string, now time.Time) map[string]Finding {
	t.Helper()
	list, err := Examine(t.Context(), "sqlite:"+path, now)
	must(t, err)
	found := map[string]Finding{}
	for _, f := range list {
		found[f.Check] = f
		if (f.Problem == "") != (f.Remedy == "") || (f.Problem == "") == (f.Detail == "") {
			t.Errorf("half a finding: %+v", f)
		}
	}
	return found
}

func TestExamine(t *testing.T) {
	for _, c := range []struct {
		name, text   string // what hands in the file have done
		check, wants string
	}{
		{"a lane that counts too many", `UPDATE lane SET n = n + 2 WHERE kind = 'event'`, "lanes", "counts 3 ready and has 1"},
		{"a lane that is not there", `DELETE FROM lane WHERE kind = 'event'`, "lanes", "counts 0 ready and has 1"},
		{"a message without its event", `DELETE FROM event WHERE id = 1`, "rows", "1 messages without their event"},
		{"a delivery without its message", `DELETE FROM message WHERE id = 1`, "rows", "1 deliveries without their message"},
		{"an attempt without its delivery", `DELETE FROM delivery`, "rows", "1 attempts without their delivery"},
		{"a reading that is gone", `DELETE FROM snapshot`, "rows", "1 messages without the reading"},
		{"a lease of a month", `UPDATE lane SET leased = 1, due_at = due_at + 2592000000000 WHERE kind = 'event'`, "leases", "1 lanes are held for more than 1h0m0s"},
		{"a lane of less than nothing", `UPDATE lane SET take = -1 WHERE kind = 'event'`, "leases", "1 have impossible figures"},
		{"an event of tomorrow", `UPDATE event SET accepted = accepted + 86400000000 WHERE id = 2`, "clock", "up to 24h0m0s ahead"},
		{"a newer program's tables", `INSERT INTO goose_db_version (version_id, is_applied) VALUES (99, 1)`, "version", "knows only up to"},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "botd.db")
			h := newHand()
			s := openAt(t, path, h.now)
			whole(t, s, h, "a", "@TGS#1")
			accept(t, s, arrival("b", "@TGS#1"))
			for check, f := range examine(t, path, h.now()) {
				if f.Problem != "" {
					t.Errorf("%s, although all is well: %s", check, f.Problem)
				}
			}
			must(t, s.tx(t.Context(), func(q *tx) error { _, err := q.exec(c.text); return err }))
			if f := examine(t, path, h.now())[c.check]; !strings.Contains(f.Problem, c.wants) {
				t.Errorf("%s: %+v", c.check, f)
			}
		})
	}
}

func TestAFileThatIsNotWholeIsFoundOut(t *testing.T) {
	path := filepath.Join(t.TempDir(), "botd.db")
	s, err := Open(t.Context(), Options{URL: "sqlite:" + path})
	must(t, err)
	for i := range 400 {
		accept(t, s, arrival(strings.Repeat("k", 100)+string(rune('a'+i%26))+strings.Repeat("x", i), "@TGS#1"))
	}
	must(t, s.Close())
	b, err := os.ReadFile(path)
	must(t, err)
	for i := range 20_000 {
		b[len(b)-len(b)/3+i] ^= 0x5a // behind the pages of the schema
	}
	must(t, os.WriteFile(path, b, 0o600))
	if f := examine(t, path, time.Now())["integrity"]; f.Problem == "" {
		t.Error("it is said to be whole")
	}
	if _, err := RepairLanes(t.Context(), "sqlite:"+path); err == nil || !strings.Contains(err.Error(), "damaged") {
		t.Errorf("repair: %v", err)
	}
	must(t, os.WriteFile(path, []byte(strings.Repeat("no store at all ", 1000)), 0o600))
	if f := examine(t, path, time.Now())["file"]; !strings.Contains(f.Problem, "damaged, or is no store") {
		t.Errorf("of something else it says %+v", f)
	}
}

func TestRepairCountsAgainAndNothingElse(t *testing.T) {
	path := filepath.Join(t.TempDir(), "botd.db")
	h := newHand()
	s, err := Open(t.Context(), Options{URL: "sqlite:" + path, Clock: h.now})
	must(t, err)
	accept(t, s, arrival("a", "@TGS#1", "@TGS#2", "@TGS#3"))
	must(t, s.tx(t.Context(), func(q *tx) error {
		if _, err := q.exec(`UPDATE lane SET n = 7 WHERE name = 'e/quiz/@TGS#1'`); err != nil {
			return err
		}
		_, err := q.exec(`DELETE FROM lane WHERE name = 'e/quiz/@TGS#2'`)
		return err
	}))
	before := tables(t, s)
	if _, err := RepairLanes(t.Context(), "sqlite:"+path); err == nil || !strings.Contains(err.Error(), "another process has it open") {
		t.Errorf("while it is open: %v", err)
	}
	must(t, s.Close())
	if n, err := RepairLanes(t.Context(), "sqlite:"+path); n != 2 || err != nil {
		t.Errorf("%d lanes mended, %v", n, err)
	}
	if f := examine(t, path, h.now())["lanes"]; f.Problem != "" {
		t.Errorf("after it: %+v", f)
	}
	s = openAt(t, path, h.now)
	if after := tables(t, s); after != before {
		t.Errorf("%s has become %s", before, after)
	}
	if n, err := RepairLanes(t.Context(), "sqlite:"+path+"x"); err == nil {
		t.Errorf("a store that is not there: %d mended", n)
	}
}
