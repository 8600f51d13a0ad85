package moves_test

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/internal/moves"
	"github.com/botd-chat/botd/store"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func watched(t *testing.T) (*store.Store, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "botd.db")
	s, err := store.Open(t.Context(), store.Options{URL: "sqlite:" + path})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	if err := moves.Watch(t.Context(), path); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Accept(t.Context(), chat.Arrival{App: "main", Bot: "quiz", Trigger: "answers", Kind: chat.Webhook, Groups: []chat.GroupID{"g"}}); err != nil {
		t.Fatal(err)
	}
	return s, path
}

func TestWhatMovesAsItShouldIsSeen(t *testing.T) {
	_, path := watched(t)
	list, err := moves.All(t.Context(), path)
	if err != nil || len(list) != 1 || list[0].String() != "event 1: not there → ready (1 times)" {
		t.Errorf("%v, %v", list, err)
	}
	if err := moves.Check(t.Context(), path); err != nil {
		t.Error(err)
	}
}

func TestWhatMovesOtherwiseIsCaught(t *testing.T) {
	_, path := watched(t)
	db, err := sql.Open("sqlite", "file:"+path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(t.Context(), `UPDATE event SET status = 'done', outcome = 'sent'`); err != nil {
		t.Fatal(err)
	}
	if err := moves.Check(t.Context(), path); err == nil || !strings.Contains(err.Error(), "event 1: ready → done: sent") {
		t.Errorf("got %v", err)
	}
	failed := &probe{TB: t}
	moves.In(failed, path)
	for _, f := range failed.after {
		f()
	}
	if !strings.Contains(failed.said, "done: sent") {
		t.Errorf("the test was told %q", failed.said)
	}
}

// probe is a test that is not really one.
type probe struct {
	testing.TB
	said  string
	after []func()
}

func (p *probe) Errorf(format string, args ...any) { p.said = fmt.Sprintf(format, args...) }
func (p *probe) Cleanup(f func())                  { p.after = append(p.after, f) }

func TestAFileThatIsNotThereIsNotMade(t *testing.T) {
	if err := moves.Watch(t.Context(), filepath.Join(t.TempDir(), "none.db")); err == nil {
		t.Error("it was watched")
	}
}
