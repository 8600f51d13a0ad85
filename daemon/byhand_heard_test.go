package daemon_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/botd-chat/botd/chat"
)

// What somebody tries that a member could have written reaches whom that would reach, and
// so does what is handled again.
func TestWhatIsWrittenByHandStaysWithItsSender(t *testing.T) {
	r := newRig(t, parroting, parrot)
	const bounded = "can reach no more than\na trigger without relay: true\n1 of 4"
	r.tell(0, bounded, "event", "parrot", "asked", "--sender", "cy", "--text", "/ask me")
	r.tell(0, "3 of 4", "event", "parrot", "loud", "--sender", "cy", "--text", "/shout it")
	r.tell(0, "3 of 4", "event", "parrot", "typed", "--sender", "cy", "--text", "/answer B")
	r.tell(1, "say who (sender)", "event", "parrot", "asked", "--text", "/ask me")
	r.tell(1, "who is not a member of the group", "event", "parrot", "joined", "--sender", "eve")

	r.tell(0, "event e1 is stored", "event", "parrot", "asked", "--sender", "cy", "--text", "/ask me", "--send", "--as", "kim")
	r.settled(1)
	r.tell(0, "1 of 4", "events", "replay", "e1", "--dry-run")
	r.tell(0, "e2", "events", "replay", "e1", "--as", "kim")
	if h := r.settled(2); h.Event.Kind != chat.Typed || h.Event.Origin == nil || h.Event.Origin.Ceiling == nil {
		t.Errorf("%+v", h.Event)
	}
	if diff := cmp.Diff(map[string][]string{"cy": {"cy wrote /ask me", "cy wrote /ask me"}}, r.saw()); diff != "" {
		t.Errorf("who saw what (-want +got):\n%s", diff)
	}
	if strings.Contains(r.log.String(), "/ask") {
		t.Error("the log tells the text")
	}
}

// A reload with the same triggers changes nothing, patterns included.
func TestTheSameTriggersAreNoChange(t *testing.T) {
	r := newRig(t, parroting, parrot)
	r.tell(0, "nothing is different", "reload")
}
