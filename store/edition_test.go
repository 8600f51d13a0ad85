package store

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/botd-chat/botd/chat"
)

// What was sent is read beside the process that has the store open, of one application.
func TestWhenTheServiceTookAndRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "botd.db")
	clock := newHand()
	s := openAt(t, path, clock.now)
	w, d := oneMessage(t, s, people(t, "boss"), people(t, "hana"))
	const wrongEdition = 10059
	wants := func(app chat.AppName, accepted, refused time.Time) {
		t.Helper()
		gotAccepted, gotRefused, err := TargetedSends(t.Context(), "sqlite:"+path, app, wrongEdition)
		if err != nil || !gotAccepted.Equal(accepted) || !gotRefused.Equal(refused) {
			t.Errorf("accepted %v, refused %v, %v; want %v and %v", gotAccepted, gotRefused, err, accepted, refused)
		}
	}
	wants(w.Message.App, time.Time{}, time.Time{})
	begun := []chat.Delivery{started(d[0], clock.now()), started(d[1], clock.now())}
	_, err := s.Begin(t.Context(), chat.Begin{Lease: w.Lease, Message: w.Message.ID, Deliveries: begun})
	must(t, err)
	took, refused := clock.now().Add(time.Millisecond), clock.now().Add(2*time.Millisecond)
	must(t, s.EndRound(t.Context(), chat.Round{Lease: w.Lease, Message: w.Message.ID, Deliveries: begun, Attempts: []chat.Attempt{
		{Delivery: d[0].ID, N: 1, Random: begun[0].Random, People: 1, Began: clock.now(), Ended: took, Result: chat.Yes},
		{Delivery: d[1].ID, N: 1, Random: begun[1].Random, People: 1, Began: clock.now(), Ended: refused, Result: chat.No, Code: wrongEdition},
	}}))
	wants(w.Message.App, took, refused)
	wants("another", time.Time{}, time.Time{})
	if _, _, err := TargetedSends(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "none.db"), "app", wrongEdition); err == nil {
		t.Error("there is no store, and none is missed")
	}
}
