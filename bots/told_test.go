package bots_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/plugins"
)

// asks is a plugin that says what its payload says and wants to be told how that
// ended; when it is, it says so, and with again it wants to be told of that as well.
func asks(again bool) plugins.Plugin {
	return pluginOf(func(_ context.Context, e chat.Event) ([]chat.Message, error) {
		text := "asked"
		if e.Kind == chat.Reported {
			var x chat.Ending
			if err := json.Unmarshal(e.Payload, &x); err != nil {
				return nil, plugins.Permanent(err)
			}
			text = fmt.Sprintf("%s %s as %s, %s, of %d", x.Message, x.Outcome, e.Name, x.Data, x.People)
		}
		list := chat.Owners.Say("%s", text)
		if e.Kind != chat.Reported || again {
			list[0].Report = &chat.Report{Name: "told", Data: json.RawMessage(`{"n":1}`)}
		}
		return list, nil
	})
}

// givesUp ends the message at the head of a lane, which comes to nobody.
func (r *rig) givesUp() {
	r.t.Helper()
	work, _, err := r.store.TakeMessages(r.t.Context(), 1, time.Minute)
	must(r.t, err)
	if len(work) != 1 {
		r.t.Fatalf("%d messages are to be sent", len(work))
	}
	must(r.t, r.store.EndRound(r.t.Context(), chat.Round{Lease: work[0].Lease, Message: work[0].Message.ID,
		End: &chat.MessageEnd{Status: chat.Done, Outcome: chat.Nobody, Reason: "it came to nobody"}}))
}

func TestAPluginIsToldHowItsMessageEnded(t *testing.T) {
	r := newRig(t, asks(false))
	r.arrive(class, "", `{}`)
	r.settle(0)
	r.givesUp()
	r.settle(0)
	h := r.ended(2, chat.Done, chat.Handled)
	if h.Event.ReportOf != 1 || h.Event.Trigger != "told" || len(h.Messages) != 1 || h.Messages[0].Message.Text != `m1 nobody as told, {"n":1}, of 0` {
		t.Errorf("it answered %+v", h)
	}
}

func TestWhatAReportSaysIsNotToldOfAgain(t *testing.T) {
	r := newRig(t, asks(true))
	r.arrive(class, "", `{}`)
	r.settle(0)
	r.givesUp()
	r.settle(0)
	if h := r.ended(2, chat.Dead, chat.Refused); !strings.Contains(h.Event.Reason, "asks for a report, and answers one") {
		t.Errorf("because %s", h.Event.Reason)
	}
}

func TestNobodyIsToldForASenderWhoHasLeft(t *testing.T) {
	r := newRig(t, asks(false))
	r.arrive(class, "carol", `{}`)
	r.settle(0)
	r.directory.set(func() { r.directory.members = r.directory.members[:1] })
	r.givesUp()
	r.settle(2 * time.Minute)
	if h := r.ended(2, chat.Done, chat.Refused); !strings.Contains(h.Event.Reason, "not a member") {
		t.Errorf("because %s", h.Event.Reason)
	}
}

func TestTheReportOfABotThatIsGoneWaitsForItAndHoldsUpNobody(t *testing.T) {
	r := newRig(t, asks(false))
	r.arrive(class, "", `{}`)
	r.settle(0)
	gone := specOf(asks(false))
	other := gone
	other.Name = "other"
	r.configure(other)
	r.givesUp()
	r.settle(0)
	if h := r.history(2); h.Event.Status != chat.Ready || !strings.Contains(h.Event.Reason, `no bot "quiz"`) {
		t.Errorf("it is %s: %s", h.Event.Status, h.Event.Reason)
	}
	receipt, err := r.store.Accept(t.Context(), chat.Arrival{App: "main", Bot: "other", Trigger: "answers", Kind: chat.Webhook, Groups: []chat.GroupID{class}, Payload: json.RawMessage(`{}`)})
	must(t, err)
	r.settle(0)
	r.ended(receipt.Events[0], chat.Done, chat.Handled)
	r.configure(gone, other)
	r.settle(2 * time.Minute)
	r.ended(2, chat.Done, chat.Handled)
}

// A run that fails leaves nothing in the session, and one that answers all of it.
func TestASessionIsKeptWithTheAnswer(t *testing.T) {
	runs := 0
	r := newRig(t, pluginOf(func(_ context.Context, e chat.Event) ([]chat.Message, error) {
		score.Set(e.Session, score.Get(e.Session)+1)
		if runs++; runs == 2 {
			return nil, errors.New("once it fails")
		}
		return chat.Sender.Say("%d", score.Get(e.Session)), nil
	}))
	for i := range 3 {
		e := r.arrive(class, "carol", `{}`)
		r.settle(time.Minute)
		if got := r.history(e).Messages; len(got) != 1 || got[0].Message.Text != fmt.Sprint(i+1) {
			t.Errorf("the %d. event says %+v", i+1, got)
		}
	}
	if e := r.arrive(class, "alice", `{}`); e != 0 {
		r.settle(0)
		if got := r.history(e).Messages[0].Message.Text; got != "1" {
			t.Errorf("somebody else's says %s", got)
		}
	}
}

func TestASessionOfNobodyIsRefused(t *testing.T) {
	r := newRig(t, pluginOf(func(_ context.Context, e chat.Event) ([]chat.Message, error) {
		score.Set(e.Session, 1)
		return nil, nil
	}))
	e := r.arrive(class, "", `{}`)
	r.settle(0)
	if h := r.ended(e, chat.Dead, chat.Refused); !strings.Contains(h.Event.Reason, "the trigger names none") {
		t.Errorf("because %s", h.Event.Reason)
	}
	e = r.arrive(class, "carol", `{}`)
	r.settle(0)
	end, err := r.dispatcher.Rehearse(t.Context(), r.history(e).Event, nil, chat.State{"score": json.RawMessage(`7`)})
	must(t, err)
	if score.Get(end.Session) != 1 || end.Status != chat.Done {
		t.Errorf("it would end as %+v", end)
	}
}
