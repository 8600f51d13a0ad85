package store

import (
	"testing"

	"github.com/botd-chat/botd/chat"
)

// What a worker has in hand stays in hand also when the head of its lane is of
// another bot, which is paused.
func TestWhatIsInHandBehindAPausedBotIsNotReplaced(t *testing.T) {
	s, _ := newStore(t)
	accept(t, s, from("notice", "@TGS#1"))
	must(t, s.EndEvent(t.Context(), done(takeEvents(t, s, 1)[0], chat.Admins.Say("waits")...)))
	brake(t, s, "notice")
	first := score(t, s, withKey("score", "1"))
	inHand := takeMessages(t, s, 1)[0]
	if inHand.Message.ID != first[0] {
		t.Fatalf("took %s", inHand.Message.ID)
	}
	second := score(t, s, withKey("score", "2"))
	if got := standings(t, s, first[0], second[0]); got != "ready, ready" {
		t.Errorf("they stand %s", got)
	}
	counts(t, s)
}
