package daemon

import (
	"fmt"
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
	h.refuse("sign", "the Sign is wrong", at)
	h.refuse("sign", "there is no Sign", at.Add(time.Second))
	want := []console.CallbackCommand{{Command: "C2C.CallbackAfterSendMsg", Count: 1, Last: at}, {Command: "State.StateChange", Count: 3, Last: at.Add(2 * time.Second)}}
	if diff := cmp.Diff(want, h.commands("main")); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]console.RefusedCallbacks{{Reason: "sign", Count: 2, Last: at.Add(time.Second), Detail: "there is no Sign"}}, h.refusals()); diff != "" {
		t.Error(diff)
	}
}

func TestWhoeverMakesUpCommandsDoesNotFillTheMemory(t *testing.T) {
	var h hearsay
	for i := range 10 * tellings {
		h.tell("main", fmt.Sprint("Made.Up", i), time.Unix(int64(i), 0))
	}
	list := h.commands("main")
	if n := len(list); n != tellings+1 {
		t.Fatalf("%d commands are kept", n)
	}
	last := list[tellings]
	if last.Command != otherCommands || last.Count != 9*tellings {
		t.Errorf("the others are %+v", last)
	}
}
