package daemon

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/botd-chat/botd/console"
)

func TestWhatIsToldIsCounted(t *testing.T) {
	var h hearsay
	at := time.Date(2026, 1, 1, 9, 0, 0, 0, time.UTC)
	for i := range 3 {
		h.tell("main", "State.StateChange", at.Add(time.Duration(i)*time.Second))
	}
	h.tell("main", "C2C.CallbackAfterSendMsg", at)
	h.tell("other", "State.StateChange", at)
	h.refuse("main", "sign", "once", at)
	h.refuse("", "unknown_app", "", at)
	h.refuse("main", "sign", "again", at.Add(time.Second))
	want := []console.CallbackCommand{{Command: "C2C.CallbackAfterSendMsg", Count: 1, Last: at}, {Command: "State.StateChange", Count: 3, Last: at.Add(2 * time.Second)}}
	if diff := cmp.Diff(want, h.commands("main")); diff != "" {
		t.Error(diff)
	}
	refused := []console.RefusedCallbacks{{Reason: "unknown_app", Count: 1, Last: at}, {App: "main", Reason: "sign", Count: 2, Last: at.Add(time.Second), Detail: "again"}}
	if diff := cmp.Diff(refused, h.refusals()); diff != "" {
		t.Error(diff)
	}
}
