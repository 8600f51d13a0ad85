package daemon_test

import (
	"context"
	"encoding/json"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/console"
	"github.com/botd-chat/botd/plugins"
)

type remind struct {
	Text string `json:"text"`
	In   string `json:"in"`
}

var due = plugins.NewTimer[remind]("due")

// reminder says a text later to whoever wants it.
var reminder = plugins.Define("reminder", "1.0.0", func(struct{}) (plugins.Handler, error) {
	m := plugins.NewMux()
	plugins.On(m, "remind", func(_ context.Context, e chat.Event, r remind) ([]chat.Message, error) {
		in, err := time.ParseDuration(r.In)
		if err != nil {
			return nil, plugins.Permanent(err)
		}
		due.Key(r.Text).ForSender().Set(e, in, r)
		return nil, nil
	})
	plugins.OnTimer(m, due, func(_ context.Context, _ chat.Event, r remind) ([]chat.Message, error) {
		return chat.Sender.Say("%s", r.Text), nil
	})
	return m, nil
})

const reminding = `
  reminder:
    account: tellbot
    groups: ["@TGS#2ROOM"]
    on:
      remind: {webhook: remind, sender: payload.user, verify: {bearer: {token_file: hook.token}}}
    plugin: reminder
    audience: {sender: true}
    limits: {timers: 2}
`

// remind posts to the reminder and returns its event.
func (r *rig) remind(body string) chat.EventID {
	r.t.Helper()
	a := r.do(http.MethodPost, r.public+"/hooks/remind", http.Header{"Authorization": {"Bearer " + hookToken}}, body)
	var receipt chat.Receipt
	if err := json.Unmarshal([]byte(a.body), &receipt); err != nil || a.status != http.StatusAccepted {
		r.t.Fatalf("answered %d: %s", a.status, a.body)
	}
	return receipt.Events[0]
}

func TestATimerComesOverARestartAndReachesWhomItIsFor(t *testing.T) {
	r := newRig(t, reminding, reminder)
	r.tell(0, "no timer is pending", "timers", "list")
	e := r.remind(`{"user":"cy","text":"tea is ready","in":"2s"}`)
	r.settled(e)
	r.tell(0, "timer t1, due/tea is ready: comes 20", "events", "show", e.String())
	r.end()
	r.startAgain(reminder)
	r.until("the timer came", func() bool {
		var h chat.EventHistory
		r.ask("/v1/events/"+e.String(), &h)
		return h.Timers[0].Outcome == chat.Fired
	})
	r.settled(2)
	if diff := cmp.Diff(map[string][]string{"cy": {"tea is ready"}}, r.saw()); diff != "" {
		t.Errorf("who saw what (-want +got):\n%s", diff)
	}
	r.tell(0, "from timer \"due\" of bot \"reminder\"\ncaused by cy\ntimer of e1, for 20", "events", "show", "e2")
	r.tell(0, "as event e2", "events", "show", "e1")
	text := r.do(http.MethodGet, r.admin+"/metrics", nil, "").body
	for _, want := range []string{`botd_events_received_total{bot="reminder",source="timer"} 1`, "botd_timer_lateness_seconds_count 1", `botd_outbox_depth{kind="timer",status="ready"} 0`} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s in the metrics", want)
		}
	}
}

func TestTimersAreListedAndCalledOff(t *testing.T) {
	r := newRig(t, reminding, reminder)
	r.settled(r.remind(`{"user":"cy","text":"one","in":"2h"}`))
	r.settled(r.remind(`{"user":"dee","text":"two","in":"1h"}`))
	list := r.tell(0, "", "timers", "list")
	if !regexp.MustCompile(`(?s)TIMER.*t2 .*due/two .*e2\n.*t1 .*due/one .*e1\n`).MatchString(list) {
		t.Errorf("listed:\n%s", list)
	}
	r.tell(0, "t2\nlater ones: --after t2", "timers", "list", "--limit", "1")
	r.tell(0, "no timer is pending", "timers", "list", "--bot", "teller")
	var page console.TimerPage
	must(t, json.Unmarshal([]byte(r.tell(0, "", "timers", "list", "--bot", "reminder", "--group", room, "--after", "t2", "--json")), &page))
	if len(page.Timers) != 1 || page.Timers[0].ID != 1 || page.Timers[0].Sender != "cy" || page.Next != nil {
		t.Errorf("as JSON: %+v", page)
	}
	h := r.settled(r.remind(`{"user":"cy","text":"three","in":"1h"}`))
	if want := "with it 3 timers would be pending in this group, and the bot may have 2 (limits: timers)"; h.Event.Status != chat.Dead || !strings.Contains(h.Event.Reason, want) {
		t.Errorf("one too many: %+v", h.Event)
	}

	r.tell(0, "t1 is cancelled", "timers", "cancel", "t1", "--as", "kim", "--reason", "it rains")
	r.tell(0, "timer t1, due/one: cancelled\nbecause cancelled by kim: it rains\nt1 was cancelled by kim: it rains; before: ready", "events", "show", "e1")
	if line, ok := r.logged("a person acted"); !ok || line["what"] != "timer cancelled" || line["who"] != "kim" || line["target"] != "t1" {
		t.Errorf("the log says %v", line)
	}
	r.tell(1, "409\nnot pending any more: cancelled by kim", "timers", "cancel", "t1")
	r.tell(1, "404", "timers", "cancel", "t9")
	r.tell(1, "404", "timers", "list", "--after", "t9")
	r.tell(2, "id of a timer, which looks like t17", "timers", "cancel", "e1")

	// What would be set is said, and not done; a replay does it again.
	r.tell(0, "timer due/one would come after 2h0m0s", "events", "replay", "e1", "--dry-run")
	r.tell(0, "e4", "events", "replay", "e1")
	r.settled(4)
	if list := r.tell(0, "t3 \nt2 ", "timers", "list"); strings.Contains(list, "t1 ") {
		t.Errorf("listed:\n%s", list)
	}
	if saw := r.saw(); len(saw) > 0 {
		t.Errorf("seen: %v", saw)
	}
}
