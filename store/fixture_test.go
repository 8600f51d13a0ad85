package store

import (
	"database/sql"
	"fmt"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pressly/goose/v3"

	"github.com/botd-chat/botd/chat"
)

// fixtureAt is when what is in the fixture happened.
var fixtureAt = time.Date(2026, 3, 4, 9, 0, 0, 0, time.UTC)

// fields are the columns of a row.
type fields map[string]any

// fixture is rows by table.
type fixture map[string][]fields

// newFixture has rows of every kind and in every stand, with the columns of now.
// A store of an older version gets those that it has. Tables that are not here,
// and columns without a default, are filled with something by [fixture.fill],
// so that a migration that comes is tried without a change here.
func newFixture() fixture {
	at := fixtureAt.UnixMicro()
	f := fixture{
		"budget":      {{"name": "app/main/send_group_msg", "next_at": at}},
		"state":       {{"bot": "quiz", "group_id": "@TGS#1", "data": `{"n":1}`}},
		"snapshot":    {{"hash": "h", "group_id": "@TGS#1", "type": "Public", "read_at": at, "members": `[{"id":"boss","role":"Owner"},{"id":"minji","role":"Member"}]`}},
		"seen":        {{"key": "k", "group_id": "@TGS#1", "receipt": "r1", "event_id": 1, "at": at}},
		"brake":       {{"bot": "other", "who": "ann", "reason": "it posts nonsense", "at": at}},
		"erasure":     {{"id": 1, "app": "main", "hash": strings.Repeat("ab", 32), "who": "ann", "reason": "asked", "at": at, "counts": `{"events":1}`}},
		"erasure_key": {{"id": 1, "value": "secret"}},
		"leak_event":  {{"leak_id": 1, "event_id": 1, "bot": "quiz"}, {"leak_id": 2, "event_id": 1, "bot": "quiz"}},
		"leak": {{"id": 1, "app": "main", "group_id": "@TGS#1", "msg_seq": 7, "random": 8, "sender": "minji", "shown": at, "found": at, "found_by": "sweep", "result": "", "attempts": 1, "due_at": at, "ended": 0, "code": 10002, "error": "busy"},
			{"id": 2, "app": "main", "group_id": "@TGS#1", "msg_seq": 9, "random": 8, "sender": "minji", "shown": at, "found": at, "found_by": "callback", "result": "recalled", "attempts": 1, "due_at": 0, "ended": at, "code": 0, "error": ""}},
		"schedule": {{"id": 1, "origin": "file", "bot": "quiz", "name": "daily", "trigger_name": "daily", "group_id": "", "sender": "", "payload": "", "timing": `{"schedule":"0 9 * * *"}`, "lateness": `{}`,
			"made_by": "", "made_for": "", "created": at, "started": at, "decided": at, "paused": 0, "paused_until": 0, "paused_by": "", "paused_for": "", "paused_before": "", "gone": 0},
			{"id": 2, "origin": "hand", "bot": "quiz", "name": "party", "trigger_name": "daily", "group_id": "@TGS#1", "sender": "minji", "payload": `{"a":1}`, "timing": `{"at":["2026-12-24 18:00"]}`, "lateness": `{"late_after":"5m0s"}`,
				"made_by": "ann", "made_for": "she asked", "created": at, "started": at, "decided": at, "paused": at, "paused_until": 0, "paused_by": "ann", "paused_for": "not yet", "paused_before": `[{"since":"2026-03-04T08:00:00Z","until":"2026-03-04T08:30:00Z"}]`, "gone": 0}},
		"firing": {{"id": 1, "schedule_id": 1, "meant": at, "last": at, "count": 1, "struck": at, "done": 0, "outcome": "underway", "reason": "", "receipt": "r1", "deadline": 0, "late": 0, "who": "", "because": ""},
			{"id": 2, "schedule_id": 1, "meant": at - 7, "last": at - 1, "count": 2, "struck": at, "done": at, "outcome": "missed", "reason": "botd was down", "receipt": "", "deadline": 0, "late": 0, "who": "", "because": ""}},
		"recall": {{"id": 1, "delivery_id": 1, "msg_seq": 7, "who": "ann", "reason": "wrong", "at": at, "result": "recalled", "code": 0, "error": ""}},
	}
	for _, s := range standsOf(chat.AnEvent) {
		f.event(s)
	}
	for _, s := range standsOf(chat.AMessage) {
		f.message(s)
	}
	mixed := f.message(heldUnknown)
	for _, s := range standsOf(chat.ADelivery) {
		f.delivery(mixed, s)
	}
	f.lanes()
	return f
}

func (f fixture) event(s chat.Stand) {
	id, at := len(f["event"])+1, fixtureAt.UnixMicro()
	ended := at + 1
	if s == ready {
		ended = 0
	}
	f["event"] = append(f["event"], fields{"id": id, "receipt": fmt.Sprint("r", id), "app": "main", "bot": "quiz", "trigger_name": "answers", "kind": "webhook",
		"group_id": "@TGS#1", "sender": "minji", "lane": "e/quiz/@TGS#1", "time": at, "accepted": at, "status": string(s.Status), "outcome": string(s.Outcome),
		"reason": "so it went", "attempts": 1, "due_at": at, "ended": ended, "payload": []byte(`{"answer":"B"}`), "replay_of": 0})
	if s.Outcome == chat.Retried || s.Outcome == chat.Dropped {
		f["act"] = append(f["act"], fields{"id": len(f["act"]) + 1, "event_id": id, "target": fmt.Sprint("e", id), "what": "dropped", "who": "ann", "reason": "old",
			"at": at, "made": "", "status": "dead", "outcome": "failed", "because": "panic", "ended": at})
	}
}

// message is one of the first event.
func (f fixture) message(s chat.Stand) (id int) {
	id, at := len(f["message"])+1, fixtureAt.UnixMicro()
	ended := at + 2
	if s == ready {
		ended = 0
	}
	f["message"] = append(f["message"], fields{"id": id, "event_id": 1, "app": "main", "bot": "quiz", "group_id": "@TGS#1", "sender": "minji",
		"lane": "m/main/@TGS#1/normal", "body": `{"to":{"roles":["owner"]},"text":"x"}`, "created": at, "status": string(s.Status), "outcome": string(s.Outcome),
		"reason": "so it went", "ended": ended, "ceiling": `{"everyone":true}`, "snapshot": "h", "read_at": at, "replay_of": 0, "limited_to": `["boss"]`})
	return id
}

func (f fixture) delivery(message int, s chat.Stand) {
	id, at := len(f["delivery"])+1, fixtureAt.UnixMicro()
	ended, series := at+1, 0
	if s == ready {
		ended = 0
	}
	result := chat.No
	if s.Outcome == chat.Sent {
		result = chat.Yes
	}
	if s.Outcome == chat.Unknown {
		result, series = chat.Unclear, int(at)
	}
	f["delivery"] = append(f["delivery"], fields{"id": id, "message_id": message, "part": id, "recipients": fmt.Sprintf(`["user%d"]`, id), "lost": "",
		"random": id + 7, "series": series, "digest": "d", "attempts": 1, "due_at": at, "status": string(s.Status), "outcome": string(s.Outcome),
		"reason": "so it went", "msg_seq": id, "ended": ended, "resent": 0})
	f["attempt"] = append(f["attempt"], fields{"delivery_id": id, "n": 1, "random": id + 7, "people": 1, "began": at, "ended": at, "result": string(result), "code": 0, "error": "an error"})
}

// lanes counts what is ready.
func (f fixture) lanes() {
	for _, k := range []kind{events, messages} {
		n := 0
		for _, r := range f[k.String()] {
			if r["status"] == string(chat.Ready) {
				n++
			}
		}
		f["lane"] = append(f["lane"], fields{"name": f[k.String()][0]["lane"], "kind": k.String(), "app": "main", "n": n, "due_at": fixtureAt.UnixMicro(), "take": 1, "leased": 0})
	}
}

// column is what a table says of one.
type column struct {
	name, kind string
	needed     bool // it has no default
}

func columnsIn(t *testing.T, db *sql.DB, table string) (list []column) {
	t.Helper()
	each(t, db, func(rows *sql.Rows) error {
		var c column
		err := rows.Scan(&c.name, &c.kind, &c.needed)
		list = append(list, c)
		return err
	}, `SELECT name, type, "notnull" = 1 AND dflt_value IS NULL FROM pragma_table_info($1)`, table)
	return list
}

func tablesIn(t *testing.T, db *sql.DB) (list []string) {
	t.Helper()
	each(t, db, func(rows *sql.Rows) error {
		var name string
		err := rows.Scan(&name)
		list = append(list, name)
		return err
	}, `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'goose%' AND name NOT LIKE 'sqlite%' ORDER BY name`)
	return list
}

func each(t *testing.T, db *sql.DB, scan func(*sql.Rows) error, text string, args ...any) {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), text, args...)
	must(t, err)
	defer rows.Close()
	for rows.Next() {
		must(t, scan(rows))
	}
	must(t, rows.Err())
}

// fill puts the rows into the tables that there are; with only, no more than the
// columns named there.
func (f fixture) fill(t *testing.T, db *sql.DB, only map[string][]string) {
	t.Helper()
	for _, table := range tablesIn(t, db) {
		if _, there := only[table]; only != nil && !there {
			continue
		}
		columns := columnsIn(t, db, table)
		list := f[table]
		if len(list) == 0 {
			list = []fields{{}} // something, at least
		}
		for _, row := range list {
			names, marks, values := []string{}, []string{}, []any{}
			for _, c := range columns {
				value, known := row[c.name]
				if only != nil && !slices.Contains(only[table], c.name) {
					known = false
				}
				if !known && !c.needed {
					continue
				}
				if !known {
					value = something(c.kind)
				}
				names, values = append(names, c.name), append(values, value)
				marks = append(marks, fmt.Sprint("$", len(names)))
			}
			_, err := db.ExecContext(t.Context(), fmt.Sprintf("INSERT INTO %s (%s) VALUES (%s)", table, strings.Join(names, ", "), strings.Join(marks, ", ")), values...)
			must(t, err)
		}
	}
}

// something is something that fits a column of a kind.
func something(kind string) any {
	switch kind {
	case "INTEGER":
		return 1
	case "BLOB":
		return []byte("{}")
	}
	return "{}"
}

// migrationsDir is where the migrations are.
func migrationsDir(t *testing.T) fs.FS {
	t.Helper()
	dir, err := fs.Sub(migrations, "migrations/sqlite")
	must(t, err)
	return dir
}

// storeAt makes a store as version v left it behind, and says which tables and
// columns that had. What f is nil for stays empty.
func storeAt(t *testing.T, v int64, f fixture) (path string, had map[string][]string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "botd.db")
	edit(t, path, func(db *sql.DB) {
		p, err := goose.NewProvider(goose.DialectSQLite3, db, migrationsDir(t), goose.WithDisableGlobalRegistry(true))
		must(t, err)
		_, err = p.UpTo(t.Context(), v)
		must(t, err)
		if f != nil {
			f.fill(t, db, nil)
		}
		had = schemaOf(t, db)
	})
	return path, had
}

func schemaOf(t *testing.T, db *sql.DB) map[string][]string {
	t.Helper()
	had := map[string][]string{}
	for _, table := range tablesIn(t, db) {
		for _, c := range columnsIn(t, db, table) {
			had[table] = append(had[table], c.name)
		}
	}
	return had
}

// edit does something to a store with one's own hands, and does not wait for the
// disk.
func edit(t *testing.T, path string, f func(*sql.DB)) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=synchronous(OFF)")
	must(t, err)
	defer db.Close()
	f(db)
}

// rowsIn is all that is in those tables and columns, as text. Without any it is
// how the tables are made.
func rowsIn(t *testing.T, path string, had map[string][]string) map[string][]string {
	t.Helper()
	all := map[string][]string{}
	edit(t, path, func(db *sql.DB) {
		if had == nil {
			all["schema"] = tablesIn(t, db)
		}
		for _, table := range slices.Sorted(maps.Keys(had)) {
			var quoted []string
			for _, c := range had[table] {
				quoted = append(quoted, "quote("+c+")")
			}
			each(t, db, func(rows *sql.Rows) error {
				var line string
				err := rows.Scan(&line)
				all[table] = append(all[table], line)
				return err
			}, fmt.Sprintf("SELECT %s AS line FROM %s ORDER BY line", strings.Join(quoted, " || ' ' || "), table))
		}
	})
	return all
}
