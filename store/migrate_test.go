package store

import (
	"database/sql"
	"io/fs"
	"path/filepath"
	"testing"

	"github.com/pressly/goose/v3"

	"github.com/botd-chat/botd/chat"
)

// A store of the first version, with something of everything in it.
const firstRows = `
INSERT INTO event (receipt, app, bot, trigger_name, kind, group_id, sender, lane, time, accepted, status, outcome, reason, attempts, due_at, ended, payload)
VALUES ('r1', 'main', 'quiz', 'answers', 'webhook', '@TGS#1', 'minji', 'e/quiz/@TGS#1', 1, 1, 'done', 'handled', '', 1, 1, 2, '{}'),
	('r2', 'main', 'quiz', 'answers', 'webhook', '@TGS#1', 'minji', 'e/quiz/@TGS#1', 1, 1, 'ready', '', '', 0, 1, 0, '{}');
INSERT INTO message (event_id, app, bot, group_id, sender, lane, body, created, status, outcome, reason, ended, ceiling, snapshot, read_at)
VALUES (1, 'main', 'quiz', '@TGS#1', 'minji', 'm/main/@TGS#1/normal', '{"to":{"roles":["owner"]},"text":"x"}', 2, 'held', 'unknown', 'who knows', 3, '{"everyone":true}', 'h', 2),
	(1, 'main', 'quiz', '@TGS#1', 'minji', 'm/main/@TGS#1/normal', '{"to":{"roles":["owner"]},"text":"y"}', 2, 'ready', '', '', 0, '', '', 0);
INSERT INTO delivery (message_id, part, recipients, lost, random, series, digest, attempts, due_at, status, outcome, reason, msg_seq, ended)
VALUES (1, 1, '["boss"]', '', 7, 2, 'd', 1, 0, 'held', 'unknown', 'who knows', 0, 3);
INSERT INTO attempt (delivery_id, n, random, people, began, ended, result, code, error) VALUES (1, 1, 7, 1, 2, 3, 'unclear', 0, '');
INSERT INTO lane (name, kind, app, n, due_at, take, leased)
VALUES ('e/quiz/@TGS#1', 'event', 'main', 1, 1, 1, 0), ('m/main/@TGS#1/normal', 'message', 'main', 1, 1, 1, 0);
INSERT INTO snapshot (hash, group_id, type, read_at, members) VALUES ('h', '@TGS#1', 'Public', 2, '[{"id":"boss","role":"owner"}]');
INSERT INTO state (bot, group_id, data) VALUES ('quiz', '@TGS#1', '{"n":1}');
INSERT INTO seen (key, group_id, receipt, event_id, at) VALUES ('k', '@TGS#1', 'r1', 1, 1);
INSERT INTO budget (name, next_at) VALUES ('app/main/send_group_msg', 1);`

// first makes a store as the first version left it behind.
func first(t *testing.T) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "botd.db")
	migrating(t, path, func(p *goose.Provider, db *sql.DB) {
		_, err := p.UpTo(t.Context(), 1)
		must(t, err)
		_, err = db.ExecContext(t.Context(), firstRows)
		must(t, err)
	})
	return path
}

// migrating lets f change which version the tables of a file are of.
func migrating(t *testing.T, path string, f func(*goose.Provider, *sql.DB)) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path)
	must(t, err)
	defer func() { must(t, db.Close()) }()
	dir, err := fs.Sub(migrations, "migrations/sqlite")
	must(t, err)
	p, err := goose.NewProvider(goose.DialectSQLite3, db, dir, goose.WithDisableGlobalRegistry(true))
	must(t, err)
	f(p, db)
}

func TestAStoreOfTheFirstVersionGoesOn(t *testing.T) {
	s := openAt(t, first(t), nil)
	h, err := s.History(t.Context(), 1)
	must(t, err)
	if len(h.Messages) != 2 || h.Messages[0].Only != nil || h.Messages[0].Progress.String() != "0 of 1 reached, 1 unclear" || len(h.Acts) != 0 {
		t.Errorf("its history is %+v", h)
	}
	if got := handed(t, s); got != "e2 m2" {
		t.Errorf("handed out: %s", got)
	}
	if made, err := s.AnswerUnknown(t.Context(), 1, chat.AnswerResend, ann); err != nil || made != 3 {
		t.Errorf("answering: %s, %v", made, err)
	}
	if r := accept(t, s, arrival("k", "@TGS#1")); !r.Repeated || r.Events[0] != 1 {
		t.Errorf("a repeat: %+v", r)
	}
}

func TestAStoreFromBeforeTimersGoesOn(t *testing.T) {
	path := first(t)
	migrating(t, path, func(p *goose.Provider, _ *sql.DB) {
		for _, to := range []int64{8, 7} { // there and back, with rows in it
			move := p.UpTo
			if to == 7 {
				move = p.DownTo
			}
			_, err := move(t.Context(), to)
			must(t, err)
		}
	})
	s := openAt(t, path, nil)
	w := takeEvents(t, s, 1)[0]
	if w.Event.ID != 2 || w.Event.TimerOf != 0 {
		t.Errorf("took %+v", w.Event)
	}
	end := done(w)
	end.Timers = []chat.Later{{Name: "closes"}} // at once
	must(t, s.EndEvent(t.Context(), end))
	if got := fire(t, s); got != "closes e3" {
		t.Errorf("came: %s", got)
	}
}
