package store

import (
	"database/sql"
	"fmt"
	"strings"
	"testing"

	"github.com/botd-chat/botd/chat"
)

// judge holds what a process said while it lived against what is on the disk
// after it was killed.
type judge struct {
	accepted map[string]chat.Receipt // by key
	group    map[string]chat.GroupID
	handled  map[int64]int
	ended    map[int64]int
	last     map[string]int64  // lane → the last message sent in it
	series   map[int64]string  // delivery → what its series is sent with
	sent     map[int64][]int64 // message → its deliveries that left
}

func newJudge() *judge {
	return &judge{map[string]chat.Receipt{}, map[string]chat.GroupID{}, map[int64]int{}, map[int64]int{},
		map[string]int64{}, map[int64]string{}, map[int64][]int64{}}
}

func (j *judge) hear(t *testing.T, said []string) {
	t.Helper()
	for _, line := range said {
		what, rest, _ := strings.Cut(line, " ")
		var id int64
		switch what {
		case "open":
		case "": // it has ended
			t.Fatal("the child ended by itself")
		case "accepted":
			var key, group, receipt string
			scan(t, rest, &key, &group, &receipt, &id)
			j.accepted[key] = chat.Receipt{ID: chat.ReceiptID(receipt), Events: []chat.EventID{chat.EventID(id)}}
			j.group[key] = chat.GroupID(group)
		case "handled":
			scan(t, rest, &id)
			j.handled[id]++
		case "sent":
			j.send(t, rest)
		case "ended":
			scan(t, rest, &id)
			j.ended[id]++
		default:
			t.Errorf("the child said: %s", line)
		}
	}
}

func scan(t *testing.T, text string, into ...any) {
	t.Helper()
	if _, err := fmt.Sscan(text, into...); err != nil {
		t.Fatalf("%q: %v", text, err)
	}
}

// send checks the order within a lane, and that a repeat is the same to the byte.
func (j *judge) send(t *testing.T, rest string) {
	t.Helper()
	var lane, random, digest string
	var message, delivery, attempt int64
	scan(t, rest, &lane, &message, &delivery, &attempt, &random, &digest)
	if message < j.last[lane] {
		t.Errorf("lane %s: message %d was sent after %d", lane, message, j.last[lane])
	}
	j.last[lane] = message
	if before, ok := j.series[delivery]; ok && before != random+" "+digest {
		t.Errorf("delivery %d was repeated as %s %s, and first sent as %s", delivery, random, digest, before)
	}
	j.series[delivery] = random + " " + digest
	j.sent[message] = append(j.sent[message], delivery)
}

// look reads the file as it is, beside whoever has it open.
func look(t *testing.T, path string, f func(*sql.DB)) {
	t.Helper()
	db, err := sql.Open("sqlite", dsn(path, reading))
	must(t, err)
	defer func() { must(t, db.Close()) }()
	f(db)
}

func number(t *testing.T, db *sql.DB, text string, args ...any) (n int) {
	t.Helper()
	must(t, db.QueryRowContext(t.Context(), text, args...).Scan(&n))
	return n
}

const drifted = `
SELECT COUNT(*) FROM lane WHERE n <> CASE kind
	WHEN 'event' THEN (SELECT COUNT(*) FROM event WHERE event.lane = lane.name AND status = 'ready')
	ELSE (SELECT COUNT(*) FROM message WHERE message.lane = lane.name AND status = 'ready') END`

// counts checks that the lanes count what is in them.
func (j *judge) counts(t *testing.T, path string) {
	t.Helper()
	look(t, path, func(db *sql.DB) {
		if number(t, db, `SELECT COUNT(*) FROM sqlite_schema WHERE name = 'lane'`) == 0 {
			return // it died before there were tables
		}
		if n := number(t, db, drifted); n > 0 {
			t.Errorf("%d lanes do not count what is in them", n)
		}
		var ok string
		must(t, db.QueryRowContext(t.Context(), `PRAGMA integrity_check`).Scan(&ok))
		if ok != "ok" {
			t.Errorf("the file is damaged: %s", ok)
		}
	})
}

func (j *judge) drained(t *testing.T, path string) (yes bool) {
	t.Helper()
	look(t, path, func(db *sql.DB) {
		yes = number(t, db, `SELECT COUNT(*) FROM event`) >= len(j.accepted) &&
			number(t, db, `SELECT (SELECT COUNT(*) FROM lane WHERE n > 0) + (SELECT COUNT(*) FROM timer WHERE status = 'ready')`) == 0
	})
	return yes
}

func (j *judge) judge(t *testing.T, path string) {
	t.Helper()
	j.counts(t, path)
	s := openAt(t, path, nil)
	j.kept(t, s)
	for _, said := range []map[int64]int{j.handled, j.ended} {
		for id, n := range said {
			if n > 1 {
				t.Errorf("%d ended %d times", id, n)
			}
		}
	}
	attempts := 0
	look(t, path, func(db *sql.DB) {
		rows, err := db.QueryContext(t.Context(), `SELECT id FROM event`)
		must(t, err)
		defer rows.Close()
		for rows.Next() {
			var id chat.EventID
			must(t, rows.Scan(&id))
			attempts += j.whole(t, s, id)
		}
		must(t, rows.Err())
		if n := number(t, db, `SELECT SUM(json_extract(data, '$.runs')) FROM state`); n != number(t, db, `SELECT COUNT(*) FROM event`) {
			t.Errorf("the bots' state tells of %d runs", n)
		}
		asked := number(t, db, `SELECT COUNT(*) FROM event WHERE kind <> 'timer' AND id % 5 = 0`)
		if n := number(t, db, `SELECT COUNT(DISTINCT made) FROM timer JOIN event ON event.id = made AND timer_of = event_id WHERE timer.outcome = 'fired'`); n != asked {
			t.Errorf("of %d timers that were asked for, %d came", asked, n)
		}
		if n := number(t, db, `SELECT COUNT(*) FROM event WHERE kind = 'timer'`); n != asked {
			t.Errorf("%d timers became %d events", asked, n)
		}
		if n := number(t, db, `SELECT SUM(json_extract(data, '$.runs')) FROM session`); n != number(t, db, `SELECT COUNT(*) FROM event WHERE sender <> ''`) {
			t.Errorf("the sessions tell of %d runs", n)
		}
		wanted := number(t, db, `SELECT COUNT(*) FROM message WHERE json_extract(body, '$.report.name') = 'told'`)
		if n := number(t, db, `SELECT COUNT(*) FROM message JOIN event ON event.id = message.report AND event.report_of = message.id`); n != wanted || wanted == 0 {
			t.Errorf("of %d messages of which the plugin wanted to be told, it was told of %d", wanted, n)
		}
		if n := number(t, db, `SELECT COUNT(*) FROM event WHERE kind = 'report'`); n != wanted {
			t.Errorf("%d messages became %d reports", wanted, n)
		}
	})
	j.sealed(t, s)
	t.Logf("%d accepted, %d handled, %d messages ended, %d attempts in all", len(j.accepted), len(j.handled), len(j.ended), attempts)
	if len(j.accepted) < 20 || len(j.ended) < 10 {
		t.Errorf("too little happened for a judgement")
	}
}

// kept checks that what was acknowledged is there: offered again, it is a
// repeat with the same receipt and event.
func (j *judge) kept(t *testing.T, s *Store) {
	t.Helper()
	for key, first := range j.accepted {
		r := accept(t, s, arrival(key, j.group[key]))
		if !r.Repeated || r.ID != first.ID || r.Events[0] != first.Events[0] {
			t.Errorf("%s was accepted as %+v and is now %+v", key, first, r)
		}
	}
}

// whole checks that an event was handled once, with all its messages, and that
// each of them was delivered.
func (j *judge) whole(t *testing.T, s *Store, id chat.EventID) (attempts int) {
	t.Helper()
	h, err := s.History(t.Context(), id)
	must(t, err)
	if h.Event.Status != chat.Done || len(h.Messages) != messagesFor(id) {
		t.Errorf("event %s is %s with %d messages, not %d", id, h.Event.Status, len(h.Messages), messagesFor(id))
	}
	for _, m := range h.Messages {
		if m.Status != chat.Done || len(m.Deliveries) != 1+int(m.ID)%2 {
			t.Errorf("message %s is %s with %d deliveries", m.ID, m.Status, len(m.Deliveries))
		}
		for _, d := range m.Deliveries {
			attempts += len(d.Tries)
			for i, a := range d.Tries {
				last := i == len(d.Tries)-1
				if a.N != i+1 || last != (a.Result == chat.Yes) || !last && a.Result != chat.Unclear || a.Random != d.Random {
					t.Errorf("delivery %s, attempt %d of %d: %+v", d.ID, i+1, len(d.Tries), a)
				}
			}
		}
	}
	return attempts
}

// sealed checks that each delivery has one receipt, in chains without gaps.
func (j *judge) sealed(t *testing.T, s *Store) {
	t.Helper()
	sealAll(t, s)
	last, of := map[string]chat.Sealed{}, map[chat.DeliveryID]int{}
	must(t, s.reader.view(t.Context(), func(v view) error {
		return v.each(func(row scanner) error {
			var r chat.Sealed
			err := scanReceipt(row, &r)
			of[r.Delivery]++
			if before := last[r.Lane]; r.N != before.N+1 || r.Prev != before.Hash || r.Hash == "" {
				t.Errorf("receipt %d of lane %s after %q follows %d, %q", r.N, r.Lane, r.Prev, before.N, before.Hash)
			}
			last[r.Lane] = r
			return err
		}, `SELECT `+receiptColumns+` FROM receipt ORDER BY lane, n`)
	}))
	for id, n := range of {
		if n != 1 {
			t.Errorf("delivery %s has %d receipts", id, n)
		}
	}
	ended := number(t, s.reader.db, `SELECT COUNT(*) FROM delivery`)
	if len(of) != ended {
		t.Errorf("%d deliveries of %d have receipts", len(of), ended)
	}
}
