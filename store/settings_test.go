package store

import (
	"database/sql"
	"errors"
	"io/fs"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pressly/goose/v3"

	"github.com/botd-chat/botd/chat"
)

// sized has an event answered with messages for so many, and resolves them.
func sized(t *testing.T, s *Store, clock *hand, sizes ...int) (ids []chat.MessageID) {
	t.Helper()
	var said []chat.Message
	for range sizes {
		said = append(said, chat.Everyone.Say("x")...)
	}
	ids = score(t, s, said...)
	for _, n := range sizes {
		w := takeMessages(t, s, 1)[0]
		d := chat.Delivery{Message: w.Message.ID, Part: 1, Recipients: people(t, "boss"), Status: chat.Done, Outcome: chat.Dropped}
		must(t, s.EndRound(t.Context(), chat.Round{Lease: w.Lease, Message: w.Message.ID, Deliveries: []chat.Delivery{d},
			Resolved: &chat.Resolved{Ceiling: chat.Everyone, Membership: staff, People: n}, End: &chat.MessageEnd{Status: chat.Done, Outcome: chat.Dropped}}))
	}
	return ids
}

func sizeBefore(t *testing.T, s *Store, id chat.MessageID) int {
	t.Helper()
	r, err := s.LastRun(t.Context(), id)
	must(t, err)
	if (r.People == 0) != (r.Event == 0) {
		t.Errorf("a run of %d people by %s", r.People, r.Event)
	}
	return r.People
}

func TestARunIsAsLargeAsItsLargestMessageAndHeldAgainstTheOneBefore(t *testing.T) {
	s, clock := newStore(t)
	first := sized(t, s, clock, 40, 1)
	if got := sizeBefore(t, s, first[1]); got != 0 {
		t.Errorf("before the first run: %d", got)
	}
	second := sized(t, s, clock, 1, 44, 3)
	third := score(t, s, chat.Everyone.Say("x")...)
	for id, want := range map[chat.MessageID]int{first[0]: 44 /* late */, second[0]: 40, second[2]: 40, third[0]: 44} {
		if got := sizeBefore(t, s, id); got != want {
			t.Errorf("before %s: %d, want %d", id, got, want)
		}
	}
	accept(t, s, arrival("", "@TGS#2"))
	must(t, s.EndEvent(t.Context(), done(takeEvents(t, s, 1)[0], chat.Everyone.Say("x")...)))
	if got := sizeBefore(t, s, third[0]+1); got != 0 {
		t.Errorf("in another group: %d", got)
	}
}

func TestAMessageForNobodyIsNoRun(t *testing.T) {
	s, clock := newStore(t)
	sized(t, s, clock, 7)
	sized(t, s, clock, 0)
	if got := sizeBefore(t, s, score(t, s, chat.Everyone.Say("x")...)[0]); got != 7 {
		t.Errorf("%d", got)
	}
}

// surge makes a message that is held for being for so many.
func surge(t *testing.T, s *Store, n int) chat.MessageID {
	t.Helper()
	id := score(t, s, chat.Everyone.Say("x")...)[0]
	w := takeMessages(t, s, 1)[0]
	must(t, s.EndRound(t.Context(), chat.Round{Lease: w.Lease, Message: id, Resolved: &chat.Resolved{Ceiling: chat.Everyone, Membership: staff, Surge: n},
		End: &chat.MessageEnd{Status: chat.Held, Outcome: chat.Surged, Reason: "many"}}))
	return id
}

func TestAnApprovedMessageGoesToTheTailOfItsLaneAndRemembersForHowMany(t *testing.T) {
	s, _ := newStore(t)
	held := surge(t, s, 120)
	behind := score(t, s, chat.Everyone.Say("y")...)[0]
	list, _, err := s.Letters(t.Context(), Letters{Outcome: chat.Surged})
	if err != nil || len(list) != 1 || list[0].Message != held {
		t.Errorf("what waits: %+v, %v", list, err)
	}
	made, err := s.ApproveMessage(t.Context(), held, ann)
	must(t, err)
	if m := message(t, s, made); made <= behind || m.Approved != 120 || m.Surge != 0 || m.ReplayOf != held || m.Status != chat.Ready {
		t.Errorf("made %+v", m.MessageRecord)
	}
	if m := message(t, s, held); m.Status != chat.Done || m.Outcome != chat.Retried || m.Reason != "approved for 120 people, as "+made.String()+", by ann: the teacher asked" {
		t.Errorf("left %+v", m.MessageRecord)
	}
	h, err := s.History(t.Context(), message(t, s, held).Event)
	must(t, err)
	if a := h.Acts; len(a) != 1 || a[0].What != chat.Approved || a[0].Made != made.String() || a[0].Before.Outcome != chat.Surged {
		t.Errorf("acts %+v", a)
	}
	counts(t, s)
	if _, err := s.ApproveMessage(t.Context(), held, ann); !errors.Is(err, ErrNotNow) {
		t.Errorf("a second time: %v", err)
	}
}

func TestOnlyWhatIsHeldForItsSizeIsApproved(t *testing.T) {
	s, clock := newStore(t)
	m := letter(t, s, clock.now(), chat.MessageEnd{Status: chat.Held, Outcome: chat.Refused})
	if _, err := s.ApproveMessage(t.Context(), m.ID, ann); !errors.Is(err, ErrNotNow) || !strings.Contains(err.Error(), "held: refused") {
		t.Error(err)
	}
	if _, err := s.ApproveMessage(t.Context(), 77, ann); !errors.Is(err, ErrNotFound) {
		t.Error(err)
	}
}

func TestWhatWasApprovedLateIsTheSizeToCompareWith(t *testing.T) {
	s, clock := newStore(t)
	sized(t, s, clock, 20)
	held := surge(t, s, 100)
	sized(t, s, clock, 21) // a newer event, while the other waits for a yes
	_, err := s.ApproveMessage(t.Context(), held, ann)
	must(t, err)
	w := takeMessages(t, s, 1)[0]
	must(t, s.EndRound(t.Context(), chat.Round{Lease: w.Lease, Message: w.Message.ID, Resolved: &chat.Resolved{Ceiling: chat.Everyone, Membership: staff, People: 100},
		End: &chat.MessageEnd{Status: chat.Done, Outcome: chat.Nobody}}))
	if got := sizeBefore(t, s, score(t, s, chat.Everyone.Say("x")...)[0]); got != 100 {
		t.Errorf("%d", got)
	}
}

// grown is a reading in which sumi came, too.
var grown = chat.Membership{Group: "@TGS#1", Type: chat.Public, ReadAt: staff.ReadAt.Add(time.Minute),
	Members: append(slices.Clone(staff.Members), chat.Member{ID: "sumi", Role: chat.Admin})}

func TestNewcomersAreKeptWithTheReadingThatLetThemIn(t *testing.T) {
	s, clock := newStore(t)
	id := score(t, s, chat.Everyone.Say("x")...)[0]
	w := takeMessages(t, s, 1)[0]
	d := resolve(t, s, w, people(t, "boss"), people(t, "hana"))
	begun := started(d[0], clock.now())
	_, err := s.Begin(t.Context(), chat.Begin{Lease: w.Lease, Message: id, Deliveries: []chat.Delivery{begun}})
	must(t, err)
	wide := d[1]
	wide.Recipients = people(t, "hana", "sumi")
	made, err := s.Join(t.Context(), w.Lease, id, chat.Newcomers{Membership: grown, Widened: []chat.Delivery{wide}, Parts: []chat.Share{{Rendering: 2, Recipients: people(t, "minji")}}})
	must(t, err)
	m := message(t, s, id)
	if len(made) != 1 || made[0].Part != 3 || made[0].Rendering != 2 || m.Deliveries[2].Rendering != 2 || len(m.Deliveries) != 3 || !m.Deliveries[1].Recipients.Has("sumi") ||
		m.Deliveries[2].ID != made[0].ID || m.Deliveries[0].Snapshot != "" {
		t.Errorf("made %+v of %+v", made, m.Deliveries)
	}
	for _, d := range m.Deliveries[1:] {
		if read, err := s.Snapshot(t.Context(), d.Snapshot); err != nil || len(read.Members) != 4 || !d.ReadAt.Equal(grown.ReadAt) {
			t.Errorf("part %d by a reading of %s: %+v, %v", d.Part, d.ReadAt, read, err)
		}
	}
	t.Run("nobody joins a part that was begun", func(t *testing.T) {
		begun.Recipients = people(t, "boss", "sumi")
		before := dump(t, s)
		if _, err := s.Join(t.Context(), w.Lease, id, chat.Newcomers{Membership: grown, Widened: []chat.Delivery{begun}}); err == nil {
			t.Error("it took somebody in")
		}
		if !reflect.DeepEqual(dump(t, s), before) {
			t.Error("something changed")
		}
	})
	t.Run("nor without the lease", func(t *testing.T) {
		lost := w.Lease
		lost.Take++
		if _, err := s.Join(t.Context(), lost, id, chat.Newcomers{Membership: grown, Parts: []chat.Share{{Recipients: people(t, "sumi")}}}); !errors.Is(err, chat.ErrLeaseLost) {
			t.Error(err)
		}
	})
}

func TestTheReadingOfNewcomersGoesWithTheirEventAndNotBefore(t *testing.T) {
	s, clock := newStore(t)
	id := score(t, s, chat.Everyone.Say("x")...)[0]
	w := takeMessages(t, s, 1)[0]
	resolve(t, s, w, people(t, "boss"))
	_, err := s.Join(t.Context(), w.Lease, id, chat.Newcomers{Membership: grown, Parts: []chat.Share{{Recipients: people(t, "sumi")}}})
	must(t, err)
	list := message(t, s, id).Deliveries
	ended := []chat.Delivery{list[0].Delivery, list[1].Delivery}
	for i := range ended {
		ended[i].Status, ended[i].Outcome = chat.Done, chat.Sent
	}
	must(t, s.EndRound(t.Context(), chat.Round{Lease: w.Lease, Message: id, Deliveries: ended, End: &chat.MessageEnd{Status: chat.Done, Outcome: chat.Sent}}))
	t.Run("and a user who is erased is not in it any more", func(t *testing.T) {
		_, err := s.Erase(t.Context(), "main", "sumi", ann)
		must(t, err)
		d := message(t, s, id).Deliveries[1]
		read, err := s.Snapshot(t.Context(), d.Snapshot)
		if _, there := read.Find("sumi"); err != nil || there || d.Recipients.Has("sumi") {
			t.Errorf("%+v, %v", read, err)
		}
	})
	clock.move(1000 * time.Hour)
	retire(t, s, Retention{Done: clock.now(), Dead: clock.now()})
	if _, err := s.Snapshot(t.Context(), grown.Hash()); !errors.Is(err, ErrNotFound) {
		t.Errorf("the reading is still there: %v", err)
	}
	var left int
	must(t, s.tx(t.Context(), func(q *tx) error { return q.one(`SELECT COUNT(*) FROM snapshot`).Scan(&left) }))
	if left != 0 {
		t.Errorf("%d readings are left", left)
	}
}

// until makes a store with the tables of a version, and rows.
func until(t *testing.T, version int64, rows string) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "botd.db")
	db, err := sql.Open("sqlite", "file:"+path)
	must(t, err)
	dir, err := fs.Sub(migrations, "migrations/sqlite")
	must(t, err)
	p, err := goose.NewProvider(goose.DialectSQLite3, db, dir, goose.WithDisableGlobalRegistry(true))
	must(t, err)
	_, err = p.UpTo(t.Context(), version)
	must(t, err)
	_, err = db.ExecContext(t.Context(), rows)
	must(t, err)
	must(t, db.Close())
	return path
}

func TestAStoreFromBeforeKeysAndSurgesGoesOn(t *testing.T) {
	path := until(t, 6, firstRows)
	s := openAt(t, path, nil)
	m := message(t, s, 1)
	if m.Surge != 0 || m.Approved != 0 || m.Deliveries[0].Snapshot != "" || !m.Deliveries[0].ReadAt.IsZero() {
		t.Errorf("it is %+v", m)
	}
	if got := sizeBefore(t, s, 2); got != 0 {
		t.Errorf("a run of %d before", got)
	}
	if newer, err := s.Newer(t.Context(), 2); err != nil || newer != 0 {
		t.Errorf("%s takes its place, %v", newer, err)
	}
	if got := handed(t, s); got != "e2 m2" {
		t.Errorf("handed out: %s", got)
	}
}
