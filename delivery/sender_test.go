package delivery_test

import (
	"testing"

	"github.com/botd-chat/botd/chat"
)

// Rule 21 of package im: whoever caused an event is not whom its messages are
// from.
func TestRule21_MessagesAreFromTheBotsAccount(t *testing.T) {
	r := newRig(t)
	r.say(class, "carol", chat.Admins.Say("carol says B")...)
	r.settle(minute)
	list := r.sim.Messages()
	if len(list) != 1 || list[0].From != "quizbot" {
		t.Errorf("sent %+v, want one message from quizbot", list)
	}
}
