package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"modernc.org/sqlite"

	"github.com/botd-chat/botd/chat"
)

func allVersions(t *testing.T) []int64 {
	t.Helper()
	list, err := versionsIn(migrationsDir(t))
	must(t, err)
	return list
}

// seen is what people see of a store: the lists, each event with all that came
// of it, and what people did.
func seen(t *testing.T, s *Store) string {
	t.Helper()
	show := map[string]any{}
	list, _, err := s.Events(t.Context(), Filter{})
	must(t, err)
	show["events"] = list
	for _, e := range list {
		show["history of "+e.ID.String()], err = s.History(t.Context(), e.ID)
		must(t, err)
	}
	show["letters"], _, err = s.Letters(t.Context(), Letters{})
	must(t, err)
	show["snapshot"], err = s.Snapshot(t.Context(), "h")
	must(t, err)
	show["state"], err = s.State(t.Context(), "quiz", "@TGS#1")
	must(t, err)
	show["pauses"], err = s.Pauses(t.Context())
	must(t, err)
	show["erasures"], err = s.Erasures(t.Context())
	must(t, err)
	show["leaks"], _, err = s.Leaks(t.Context(), LeakQuery{})
	must(t, err)
	show["schedules"], err = s.Schedules(t.Context())
	must(t, err)
	show["firings"], _, err = s.Firings(t.Context(), FiringQuery{})
	must(t, err)
	show["counts"], err = s.Counts(t.Context())
	must(t, err)
	b, err := json.MarshalIndent(show, "", " ")
	must(t, err)
	return string(b)
}

// of says what people see of a store in a file, which is brought up to date by
// being opened.
func of(t *testing.T, path string) string {
	t.Helper()
	clock := newHand()
	s, err := Open(t.Context(), Options{URL: "sqlite:" + path, Clock: clock.now})
	must(t, err)
	text := seen(t, s)
	must(t, s.Close())
	return text
}

// Each version that there was goes on: what was in it is in it, and people see
// what they would see if it had been put into the newest.
func TestAStoreOfEachVersionGoesOn(t *testing.T) {
	versions := allVersions(t)
	for _, v := range versions {
		t.Run(fmt.Sprint("version ", v), func(t *testing.T) {
			path, had := storeAt(t, v, newFixture())
			before := rowsIn(t, path, had)
			saw := of(t, path)
			if diff := cmp.Diff(before, rowsIn(t, path, had)); diff != "" {
				t.Errorf("what was stored changed (-before +after):\n%s", diff)
			}
			newest, _ := storeAt(t, versions[len(versions)-1], nil)
			edit(t, newest, func(db *sql.DB) { newFixture().fill(t, db, had) })
			if diff := cmp.Diff(of(t, newest), saw); diff != "" {
				t.Errorf("what people see is not what was stored (-stored +seen):\n%s", diff)
			}
			for _, m := range chat.Moves() { // and none of it is left out
				if m.To.Status != "" && !strings.Contains(saw, fmt.Sprintf(`"status": %q`, m.To.Status)) {
					t.Errorf("nobody sees anything that is %s", m.To)
				}
			}
			found, err := Examine(t.Context(), "sqlite:"+path, fixtureAt)
			must(t, err)
			for _, f := range found {
				if f.Problem != "" && f.Check != "rows" { // the fixture has a message of another reading, and so on
					t.Errorf("%s: %s", f.Check, f.Problem)
				}
			}
		})
	}
}

// A store of an older version works as a new one does.
func TestAStoreOfEachVersionIsWorkedOn(t *testing.T) {
	for _, v := range allVersions(t) {
		t.Run(fmt.Sprint("version ", v), func(t *testing.T) {
			path, _ := storeAt(t, v, newFixture())
			clock := newHand()
			s := openAt(t, path, clock.now)
			w := takeEvents(t, s, 9)
			if len(w) != 1 || len(takeMessages(t, s, 9)) != 1 {
				t.Fatalf("handed out: %+v", w)
			}
			must(t, s.EndEvent(t.Context(), done(w[0], chat.Admins.Say("x")...)))
			if r := accept(t, s, arrival("k", "@TGS#1")); !r.Repeated || r.Events[0] != 1 {
				t.Errorf("a repeat: %+v", r)
			}
			list, _, err := s.Letters(t.Context(), Letters{Kind: "message"})
			must(t, err)
			for _, x := range list {
				must(t, s.DropMessage(t.Context(), x.Message, ann))
			}
			if _, err := s.Erase(t.Context(), "main", "minji", ann); err != nil {
				t.Error(err)
			}
			clock.move(1e15)
			retire(t, s, Retention{Done: clock.now(), Dead: clock.now()})
		})
	}
}

// statementsIn are the statements by which a migration goes forward.
func statementsIn(t *testing.T, dir fs.FS, name string) (head string, list []string) {
	t.Helper()
	b, err := fs.ReadFile(dir, name)
	must(t, err)
	up, _, _ := strings.Cut(string(b), "-- +goose Down")
	head, up, ok := strings.Cut(up, "-- +goose Up\n")
	if !ok {
		t.Fatalf("%s does not go forward", name)
	}
	var lines []string
	for line := range strings.Lines(up) {
		code, _, _ := strings.Cut(line, "--")
		lines = append(lines, strings.TrimRight(code, " \n")+"\n")
	}
	for one := range strings.SplitSeq(strings.Join(lines, ""), ";\n") {
		if strings.TrimSpace(one) != "" {
			list = append(list, strings.TrimSpace(one)+";\n")
		}
	}
	return head + "-- +goose Up\n", list
}

// upTo are the migrations up to v, with the last one cut off after n statements,
// where another one comes.
func upTo(t *testing.T, v int64, n int, then string) (fs.FS, int) {
	t.Helper()
	dir, files := migrationsDir(t), fstest.MapFS{}
	names, err := fs.Glob(dir, "*.sql")
	must(t, err)
	count := 0
	for _, name := range names {
		head, list := statementsIn(t, dir, name)
		number, err := strconv.ParseInt(name[:5], 10, 64)
		must(t, err)
		if number > v {
			continue
		}
		if number == v {
			if count = len(list); n <= count {
				list = append(list[:n:n], then)
			}
		}
		files[name] = &fstest.MapFile{Data: []byte(head + strings.Join(list, ""))}
	}
	return files, count
}

// before is the version before v; 0 for the first.
func before(t *testing.T, v int64) (last int64) {
	for _, x := range allVersions(t) {
		if x < v {
			last = x
		}
	}
	return last
}

func TestAMigrationThatFailsAtAnyStatementWasNotThere(t *testing.T) {
	for _, v := range allVersions(t) {
		want := ""
		_, count := upTo(t, v, 0, "")
		path, had := older(t, v)
		was := rowsIn(t, path, had)
		for n := range count + 1 {
			edit(t, path, func(db *sql.DB) {
				dir, _ := upTo(t, v, n, "SELECT no_such_function();\n")
				if err := migrateBy(t.Context(), db, dir); err == nil || !strings.Contains(err.Error(), "no_such_function") {
					t.Fatalf("version %d, statement %d: %v", v, n, err)
				}
			})
			if diff := cmp.Diff(was, rowsIn(t, path, had)); diff != "" {
				t.Fatalf("version %d, statement %d left something behind:\n%s", v, n, diff)
			}
		}
		goesOn(t, path, &want, fmt.Sprint("version ", v))
	}
}

// older is a store of the version before v, empty before the first.
func older(t *testing.T, v int64) (string, map[string][]string) {
	t.Helper()
	if last := before(t, v); last > 0 {
		return storeAt(t, last, newFixture())
	}
	path := filepath.Join(t.TempDir(), "botd.db")
	must(t, os.WriteFile(path, nil, 0o600))
	return path, nil
}

// goesOn opens a store and sees in it what there was to be seen the first time.
func goesOn(t *testing.T, path string, want *string, what string) {
	t.Helper()
	clock := newHand()
	s, err := Open(t.Context(), Options{URL: "sqlite:" + path, Clock: clock.now})
	if err != nil {
		t.Fatalf("%s: it does not open any more: %v", what, err)
	}
	defer func() { must(t, s.Close()) }()
	if n, err := s.CountEvents(t.Context(), Filter{}); err != nil || n == 0 {
		if err != nil {
			t.Fatal(err)
		}
		return // of the first version there is nothing before
	}
	got := seen(t, s)
	if *want == "" {
		*want = got
	}
	if got != *want {
		t.Errorf("%s: people see something else:\n%s", what, cmp.Diff(*want, got))
	}
}

// halfway is the child that is killed in the middle of a migration: those that
// lie beside the store have it kill itself.
func halfway(path string) error {
	err := sqlite.RegisterScalarFunction("die", 0, func(*sqlite.FunctionContext, []driver.Value) (driver.Value, error) {
		self, err := os.FindProcess(os.Getpid())
		if err == nil {
			err = self.Kill()
		}
		if err != nil {
			return nil, err
		}
		select {} // until it comes
	})
	if err != nil {
		return err
	}
	db, err := sql.Open("sqlite", dsn(path, preparing))
	if err != nil {
		return err
	}
	defer db.Close()
	return migrateBy(context.Background(), db, os.DirFS(path+".migrations"))
}

func TestAMigrationThatIsKilledWasNotThere(t *testing.T) {
	for _, v := range allVersions(t) {
		want := ""
		_, count := upTo(t, v, 0, "")
		for _, n := range []int{count / 2, count} {
			path, had := older(t, v)
			dir, _ := upTo(t, v, n, "SELECT die();\n")
			must(t, os.CopyFS(path+".migrations", dir))
			was := rowsIn(t, path, had)
			c := startChild(t, "migrate", path)
			c.wait()
			if c.cmd.ProcessState.Exited() {
				t.Fatalf("version %d, statement %d: it was not killed: %v", v, n, c.cmd.ProcessState)
			}
			if diff := cmp.Diff(was, rowsIn(t, path, had)); diff != "" {
				t.Errorf("version %d, statement %d left something behind:\n%s", v, n, diff)
			}
			goesOn(t, path, &want, fmt.Sprintf("version %d, statement %d", v, n))
		}
	}
}

// What became of the record of versions, and what botd then says.
func TestADamagedRecordOfVersions(t *testing.T) {
	versions := allVersions(t)
	last := versions[len(versions)-1]
	for _, c := range []struct{ name, text, says, remedy string }{
		{"it is not there", `DROP TABLE goose_db_version`, "is damaged: it is not there", "botd restore"},
		{"it is empty", `DELETE FROM goose_db_version`, "says that there are no tables yet, and there are", "botd restore"},
		{"it says nothing was applied", `UPDATE goose_db_version SET is_applied = 0`, "there are no tables yet", "botd restore"},
		{"a row is lost", `DELETE FROM goose_db_version WHERE version_id = 2`, "lacks 2, which comes before it", "botd restore"},
		{"a row is no number", `UPDATE goose_db_version SET version_id = 'two' WHERE version_id = 2`, "is no number", "botd restore"},
		{"a column is lost", `ALTER TABLE goose_db_version RENAME COLUMN version_id TO v`, "no such column", "botd restore"},
		{"a version that never was", `INSERT INTO goose_db_version (version_id, is_applied) VALUES (4, 1)`, "version 4, which never was", "botd restore"},
		{"of a newer program", `INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, 1)`, "knows only up to " + strconv.FormatInt(last, 10), "run the newer program"},
		{"tables that are not there", `DROP TABLE event`, "and there are none", "botd restore"},
	} {
		t.Run(c.name, func(t *testing.T) {
			path, had := storeAt(t, last, newFixture())
			edit(t, path, func(db *sql.DB) {
				_, err := db.ExecContext(t.Context(), c.text)
				must(t, err)
			})
			delete(had, "event")
			was := rowsIn(t, path, had)
			_, err := Open(t.Context(), Options{URL: "sqlite:" + path})
			if err == nil || !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), c.remedy) {
				t.Errorf("opening says %v", err)
			}
			if diff := cmp.Diff(was, rowsIn(t, path, had)); diff != "" {
				t.Errorf("it changed:\n%s", diff)
			}
			found, err := Examine(t.Context(), "sqlite:"+path, fixtureAt)
			must(t, err)
			said := ""
			for _, f := range found {
				if f.Check == "version" {
					said = f.Problem + ": " + f.Remedy
				}
			}
			if !strings.Contains(said, c.says) || !strings.Contains(said, c.remedy) {
				t.Errorf("the doctor says %q", said)
			}
		})
	}
}
