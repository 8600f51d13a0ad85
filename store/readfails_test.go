package store

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
)

// Some failures, such as a page that cannot be read, have SQLite end the whole
// transaction, also in a statement that only looks. What others of the group
// store after it must not be stored each by itself.
func TestATransactionThatSQLiteEndsIsRunAgain(t *testing.T) {
	mine := errors.New("mine")
	for name, c := range map[string]struct {
		told error // what the function whose statement failed makes of it
		last error // of a caller behind it, after it has written
	}{
		"and all is well":               {},
		"and is told of":                {told: errors.New("disk I/O error")},
		"and then another caller fails": {told: errors.New("disk I/O error"), last: mine},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, s *Store) {
				read, accepted, other := make(chan error, 1), make(chan error, 1), make(chan error, 1)
				busy(t, s, func() {
					ended := false
					go func() {
						read <- s.tx(context.Background(), func(q *tx) error {
							if ended {
								return nil
							}
							ended = true
							_, err := q.conn.exec("ROLLBACK") // as SQLite does it
							return errors.Join(err, c.told)
						})
					}()
					synctest.Wait()
					go func() { _, err := s.Accept(context.Background(), arrival("", "g")); accepted <- err }()
					synctest.Wait()
					go func() {
						other <- s.tx(context.Background(), func(q *tx) error {
							_, err := q.exec(`INSERT INTO budget (name, next_at) VALUES ('other', 1)`)
							return errors.Join(err, c.last)
						})
					}()
				})
				must(t, <-read)
				must(t, <-accepted)
				if err := <-other; !errors.Is(err, c.last) {
					t.Errorf("the other got %v", err)
				}
				must(t, s.Ping(context.Background()))
				var events, others int
				must(t, s.reader.view(context.Background(), func(v view) error {
					return errors.Join(v.one(`SELECT COUNT(*) FROM event`).Scan(&events), v.one(`SELECT COUNT(*) FROM budget WHERE name = 'other'`).Scan(&others))
				}))
				want := 1
				if c.last != nil {
					want = 0
				}
				if events != 1 || others != want {
					t.Errorf("%d events of 1 accepted, and %d of %d of another caller", events, others, want)
				}
			})
		})
	}
}
