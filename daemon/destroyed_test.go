package daemon_test

import (
	"strings"
	"testing"

	"github.com/botd-chat/botd/chat"
)

// A plugin is told that its group is gone; what it says then can reach nobody, and ends
// with a reason. That it is gone is not believed while it is there.
func TestAPluginIsToldThatItsGroupIsGone(t *testing.T) {
	r := newRig(t, strings.Replace(parroting, "gone: {member_left: true}", "gone: {group_destroyed: true}", 1), parrot)
	r.tell(1, "the service said that the group is gone, and it is there", "event", "parrot", "gone")
	must(t, r.sim.Destroy(room))
	h := r.heard(1)
	if h.Event.Kind != chat.Callback || h.Event.Outcome != chat.Handled || len(h.Messages) != 1 {
		t.Fatalf("%+v", h)
	}
	if m := h.Messages[0]; m.Outcome != chat.Refused || m.Reason == "" {
		t.Errorf("the message is %s: %s", m.Outcome, m.Reason)
	}
	r.wantGot(map[string][]string{})
}
