package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"
)

// Finding is what one check of a store came to.
type Finding struct {
	Check   string `json:"check"`
	Problem string `json:"problem,omitempty"` // empty: all is well
	Detail  string `json:"detail,omitempty"`  // what was found where all is well
	Remedy  string `json:"remedy,omitempty"`
}

// Examine looks whether the store is sound. It changes nothing, and a process
// may have the store open meanwhile. An error says that it could not look.
func Examine(ctx context.Context, rawURL string, now time.Time) ([]Finding, error) {
	path, err := pathOf(rawURL)
	if err != nil {
		return nil, err
	}
	db, err := openReading(path)
	if err != nil {
		return nil, err
	}
	defer db.Close()
	if err := ours(ctx, db); err != nil {
		return []Finding{{Check: "file", Problem: err.Error(), Remedy: "restore a backup with botd restore, or name another file in store:"}}, nil
	}
	x := examiner{ctx: ctx, db: db, now: now}
	return x.all()
}

// examiner asks one question after the other.
type examiner struct {
	ctx context.Context
	db  *sql.DB
	now time.Time
}

func (x examiner) all() (list []Finding, err error) {
	for _, c := range []struct {
		name string
		look func() (Finding, error)
	}{
		{"integrity", x.whole}, {"version", x.version}, {"rows", x.orphans}, {"lanes", x.lanes}, {"leases", x.leases}, {"clock", x.clock},
	} {
		f, err := c.look()
		if err != nil {
			return list, fmt.Errorf("examine %s: %w", c.name, err)
		}
		f.Check = c.name
		if list = append(list, f); c.name != "rows" && c.name != "leases" && f.Problem != "" && len(list) <= 2 {
			return list, nil // what follows would be guessed from a file that cannot be trusted or read
		}
	}
	return list, nil
}

func (x examiner) whole() (Finding, error) {
	found, err := integrity(x.ctx, x.db)
	if err != nil || len(found) == 0 {
		return Finding{Detail: "every page is whole"}, err
	}
	return Finding{Problem: strings.Join(found, "; "), Remedy: "stop botd, check the disk, and restore a backup with botd restore; keep the damaged file"}, nil
}

func (x examiner) version() (Finding, error) {
	dir, err := fs.Sub(migrations, "migrations/sqlite")
	if err != nil {
		return Finding{}, err
	}
	known, err := versionsIn(dir)
	if err != nil {
		return Finding{}, err
	}
	have, err := version(x.ctx, x.db, known)
	want := slices.Max(known)
	newer, isNewer := errors.AsType[tooNew](err)
	switch {
	case isNewer:
		return Finding{Problem: newer.Error(), Remedy: newerRemedy}, nil
	case errors.Is(err, errRecord):
		return Finding{Problem: err.Error(), Remedy: damagedRemedy}, nil
	case err != nil:
		return Finding{}, err
	case have == 0:
		return Finding{Problem: "it has no tables yet", Remedy: "start botd once; it makes them"}, nil
	case have < want:
		return Finding{Problem: fmt.Sprintf("its tables are of version %d, this program's are %d", have, want), Remedy: "start this botd; it brings them up to date"}, nil
	}
	return Finding{Detail: fmt.Sprintf("version %d", have)}, nil
}

// orphans are rows of which what they belong to, or what belongs to them, is not there.
var orphans = []struct{ what, text string }{
	{"messages without their event", `SELECT COUNT(*) FROM message WHERE event_id NOT IN (SELECT id FROM event)`},
	{"deliveries without their message", `SELECT COUNT(*) FROM delivery WHERE message_id NOT IN (SELECT id FROM message)`},
	{"attempts without their delivery", `SELECT COUNT(*) FROM attempt WHERE delivery_id NOT IN (SELECT id FROM delivery)`},
	{"recalls without their delivery", `SELECT COUNT(*) FROM recall WHERE delivery_id NOT IN (SELECT id FROM delivery)`},
	{"records of acts without their event", `SELECT COUNT(*) FROM act WHERE event_id <> 0 AND event_id NOT IN (SELECT id FROM event)`},
	{"records of acts without their schedule", `SELECT COUNT(*) FROM act WHERE event_id = 0 AND target NOT IN (SELECT 's' || id FROM schedule)`},
	{"times of schedules without their schedule", `SELECT COUNT(*) FROM firing WHERE schedule_id NOT IN (SELECT id FROM schedule)`},
	{"timers without the event that set them", `SELECT COUNT(*) FROM timer WHERE event_id NOT IN (SELECT id FROM event)`},
	{"events of leaks without their leak", `SELECT COUNT(*) FROM leak_event WHERE leak_id NOT IN (SELECT id FROM leak)`},
	{"leaks without one of their events", `SELECT COUNT(*) FROM leak_event WHERE event_id NOT IN (SELECT id FROM event)`},
	{"leaks that ended without a result, or have one and have not", `SELECT COUNT(*) FROM leak WHERE (ended = 0) <> (result = '')`},
	{"messages that ended and did not tell their plugin", `SELECT COUNT(*) FROM message WHERE report = -1 AND status <> 'ready'`},
	{"messages that told their plugin before they ended", `SELECT COUNT(*) FROM message WHERE report > 0 AND status = 'ready'`},
	{"messages without the reading of their group", `SELECT COUNT(*) FROM message WHERE snapshot <> '' AND snapshot NOT IN (SELECT hash FROM snapshot)`},
	{"deliveries without the reading of their group", `SELECT COUNT(*) FROM delivery WHERE snapshot <> '' AND snapshot NOT IN (SELECT hash FROM snapshot)`},
}

func (x examiner) orphans() (Finding, error) {
	var found []string
	for _, o := range orphans {
		var n int
		if err := x.db.QueryRowContext(x.ctx, o.text).Scan(&n); err != nil {
			return Finding{}, err
		}
		if n > 0 {
			found = append(found, fmt.Sprintf("%d %s", n, o.what))
		}
	}
	if len(found) == 0 {
		return Finding{Detail: "all rows belong to something"}, nil
	}
	return Finding{Problem: strings.Join(found, ", "), Remedy: "botd makes no such rows: find out who changed the file, and restore a backup with botd restore"}, nil
}

// wrongLanes are the lanes that count other than what is ready in them.
const wrongLanes = `
SELECT name, n, ready FROM (
	SELECT name, n, CASE kind
		WHEN 'event' THEN (SELECT COUNT(*) FROM event WHERE event.lane = lane.name AND event.status = 'ready')
		ELSE (SELECT COUNT(*) FROM message WHERE message.lane = lane.name AND message.status = 'ready') END AS ready
	FROM lane) AS counted WHERE n <> ready
UNION ALL SELECT lane, 0, COUNT(*) FROM event WHERE status = 'ready' AND lane NOT IN (SELECT name FROM lane) GROUP BY lane
UNION ALL SELECT lane, 0, COUNT(*) FROM message WHERE status = 'ready' AND lane NOT IN (SELECT name FROM lane) GROUP BY lane`

func (x examiner) lanes() (Finding, error) {
	var found []string
	rows, err := x.db.QueryContext(x.ctx, wrongLanes)
	if err != nil {
		return Finding{}, err
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		var n, ready int
		if err := rows.Scan(&name, &n, &ready); err != nil {
			return Finding{}, err
		}
		found = append(found, fmt.Sprintf("%s counts %d ready and has %d", name, n, ready))
	}
	if err := rows.Err(); err != nil || len(found) == 0 {
		return Finding{Detail: "every lane counts what is in it"}, err
	}
	return Finding{Problem: few(found), Remedy: "stop botd and run botd doctor --repair, which counts again"}, nil
}

// few is a list for a person, cut short.
func few(list []string) string {
	const most = 5
	if len(list) > most {
		return fmt.Sprintf("%s, and %d more", strings.Join(list[:most], ", "), len(list)-most)
	}
	return strings.Join(list, ", ")
}

// longestLease is far longer than any that botd takes.
const longestLease = time.Hour

func (x examiner) leases() (Finding, error) {
	var long, odd int
	err := x.db.QueryRowContext(x.ctx, `
SELECT (SELECT COUNT(*) FROM lane WHERE leased = 1 AND due_at > $1),
	(SELECT COUNT(*) FROM lane WHERE leased NOT IN (0, 1) OR take < 0 OR n < 0)`, micros(x.now.Add(longestLease))).Scan(&long, &odd)
	if err != nil || long+odd == 0 {
		return Finding{Detail: "no lane is held for longer than it should be"}, err
	}
	return Finding{Problem: fmt.Sprintf("%d lanes are held for more than %v, %d have impossible figures", long, longestLease, odd),
		Remedy: "restart botd: at its start it takes back all leases; if it stays so, check the clock"}, nil
}

// recent is how many of the newest rows are held against the clock.
const recent = 1000

func (x examiner) clock() (Finding, error) {
	var latest int64
	err := x.db.QueryRowContext(x.ctx, `
SELECT MAX(at) FROM (
	SELECT COALESCE(MAX(next_at), 0) - $2 AS at FROM budget
	UNION ALL SELECT * FROM (SELECT accepted FROM event ORDER BY id DESC LIMIT $1)
	UNION ALL SELECT * FROM (SELECT ended FROM event ORDER BY id DESC LIMIT $1)
	UNION ALL SELECT * FROM (SELECT struck FROM firing ORDER BY id DESC LIMIT $1)
	UNION ALL SELECT * FROM (SELECT created FROM message ORDER BY id DESC LIMIT $1)
	UNION ALL SELECT * FROM (SELECT ended FROM delivery ORDER BY id DESC LIMIT $1)) AS times`, recent, ahead.Microseconds()).Scan(&latest)
	if err != nil {
		return Finding{}, err
	}
	if by := fromMicros(latest).Sub(x.now); latest > 0 && by > smallStep {
		return Finding{Problem: fmt.Sprintf("what is stored is up to %v ahead of this machine's clock", by.Round(time.Second)),
			Remedy: "set the clock right, by NTP; botd sets back what it planned when it starts"}, nil
	}
	return Finding{Detail: "nothing stored is of the future"}, nil
}

// RepairLanes has every lane of a store that no process has open count again
// what is ready in it, and returns how many counted wrong.
func RepairLanes(ctx context.Context, rawURL string) (n int, err error) {
	path, err := pathOf(rawURL)
	if err != nil {
		return 0, err
	}
	if err := CheckFile(ctx, path); err != nil {
		return 0, fmt.Errorf("repair %s: %w", path, err)
	}
	s, err := Open(ctx, Options{URL: rawURL})
	if err != nil {
		return 0, fmt.Errorf("repair: %w", err)
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	err = s.tx(ctx, func(q *tx) error {
		n = 0
		for _, text := range recountAll {
			changed, err := q.exec(text)
			if err != nil {
				return err
			}
			n += int(changed)
		}
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("repair %s: %w", path, err)
	}
	return n, nil
}

// Lanes that are not there are made, and the others counted again.
var recountAll = []string{
	`INSERT INTO lane (name, kind, app, n, due_at, take, leased)
	SELECT lane, 'event', MIN(app), COUNT(*), 0, 0, 0 FROM event WHERE status = 'ready' AND lane NOT IN (SELECT name FROM lane) GROUP BY lane`,
	`INSERT INTO lane (name, kind, priority, app, n, due_at, take, leased)
	SELECT lane, 'message', CASE WHEN lane LIKE '%/high' THEN 0 WHEN lane LIKE '%/low' THEN 2 ELSE 1 END, MIN(app), COUNT(*), 0, 0, 0 FROM message WHERE status = 'ready' AND lane NOT IN (SELECT name FROM lane) GROUP BY lane`,
	`UPDATE lane SET leased = 0, n = (SELECT COUNT(*) FROM event WHERE event.lane = lane.name AND event.status = 'ready')
	WHERE kind = 'event' AND n <> (SELECT COUNT(*) FROM event WHERE event.lane = lane.name AND event.status = 'ready')`,
	`UPDATE lane SET leased = 0, n = (SELECT COUNT(*) FROM message WHERE message.lane = lane.name AND message.status = 'ready')
	WHERE kind = 'message' AND n <> (SELECT COUNT(*) FROM message WHERE message.lane = lane.name AND message.status = 'ready')`,
}
