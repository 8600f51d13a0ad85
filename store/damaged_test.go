package store

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/botd-chat/botd/chat"
)

func TestADamagedHeadDoesNotHoldUpItsLane(t *testing.T) {
	t.Run("of messages", func(t *testing.T) {
		s, h := newStore(t)
		accept(t, s, arrival("a", "@TGS#1"))
		w := takeEvents(t, s, 1)
		must(t, s.EndEvent(t.Context(), done(w[0], chat.Everyone.Say("one")[0], chat.Everyone.Say("two")[0])))
		must(t, s.tx(t.Context(), func(q *tx) error { _, err := q.exec(`UPDATE message SET body = '{"to":7}' WHERE id = 1`); return err }))
		for waited := time.Duration(0); len(takeMessages(t, s, 1)) == 0; waited += 10 * time.Second {
			if waited > time.Minute {
				t.Fatal("the message behind it was not handed out in a minute")
			}
			h.move(10 * time.Second)
		}
	})
	t.Run("of events", func(t *testing.T) {
		s, h := newStore(t)
		accept(t, s, arrival("a", "@TGS#1"))
		w := takeEvents(t, s, 1)
		end := done(w[0])
		end.State = chat.State{"n": []byte("1")}
		must(t, s.EndEvent(t.Context(), end))
		r := accept(t, s, arrival("b", "@TGS#1"))
		must(t, s.tx(t.Context(), func(q *tx) error { _, err := q.exec(`UPDATE state SET data = '{'`); return err }))
		takeEvents(t, s, 1)
		h.move(time.Minute)
		got, err := s.History(t.Context(), r.Events[0])
		must(t, err)
		if got.Event.Status != chat.Held || got.Event.Reason == "" {
			t.Errorf("%+v", got.Event)
		}
	})
}

func TestADamagedPageIsRefusedWithItsOwnRemedy(t *testing.T) {
	path := filepath.Join(t.TempDir(), "botd.db")
	s := openUnwatched(t, path, nil)
	accept(t, s, arrival("a", "@TGS#1"))
	var page int64
	must(t, s.tx(t.Context(), func(q *tx) error {
		return q.one(`SELECT rootpage FROM sqlite_schema WHERE name = 'seen'`).Scan(&page)
	}))
	must(t, s.Close())
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	must(t, err)
	_, err = file.WriteAt(make([]byte, 4096), (page-1)*4096)
	must(t, errors.Join(err, file.Close()))

	s = openUnwatched(t, path, nil)
	for range 2 { // also when it is asked again
		if _, err = s.Accept(t.Context(), arrival("b", "@TGS#1")); err == nil {
			t.Fatal("accepted into a damaged file")
		}
	}
	if !errors.Is(err, ErrRefusing) || !strings.Contains(err.Error(), "restore a backup") || s.Refusal() == nil {
		t.Errorf("refused with %v", err)
	}
}
