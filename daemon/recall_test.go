package daemon_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/console"
	"github.com/botd-chat/botd/im/simulator"
)

func TestWhatWasSentIsTakenBack(t *testing.T) {
	r := newRig(t, "")
	r.notices("wrong")
	r.notices("right")
	r.tell(0, "delivery d1, message 1 of its group: recalled", "deliveries", "recall", "d1", "--as", "kim", "--reason", "wrong answer")
	if list := r.sim.Messages(); len(list) != 2 || list[0].Recalled.IsZero() || !list[1].Recalled.IsZero() {
		t.Fatalf("the service has %+v", list)
	}
	r.tell(0, "recall at\nby kim: wrong answer: delivery d1, message 1 of its group: recalled", "events", "show", "e1")
	r.tell(1, "not recalled\n10030 no such message\n1 of 1 message not recalled", "deliveries", "recall", "--event", "e1")
	if text := r.tell(0, "d2", "events", "show", "e2"); strings.Contains(text, "recall") {
		t.Errorf("of the other it says:\n%s", text)
	}
	if line, ok := r.logged("a person recalled a message"); !ok || line["who"] != "kim" || line["delivery"] != "d1" || line["result"] != "recalled" {
		t.Errorf("the log says %v", line)
	}
	var got console.Recalled
	must(t, json.Unmarshal([]byte(r.tell(0, "", "deliveries", "recall", "--event", "e2", "--json")), &got))
	if got.Target != "e2" || len(got.Recalls) != 1 || got.Recalls[0].Result != chat.Recalled || got.Recalls[0].Who != "admin token" {
		t.Errorf("as JSON: %+v", got)
	}
}

func TestWhatWasNotSentIsNotTakenBack(t *testing.T) {
	r := newRig(t, "")
	r.refuses()
	r.notices("hello")
	r.tell(1, "409\nit was not sent: it is dead refused", "deliveries", "recall", "d1")
	r.tell(1, "409\nnothing was sent for event e1", "deliveries", "recall", "--event", "e1")
	r.tell(1, "404", "deliveries", "recall", "d9")
	r.tell(1, "404", "deliveries", "recall", "--event", "e9")
	r.tell(2, "name either a delivery or --event", "deliveries", "recall")
	r.tell(2, "name either a delivery or --event", "deliveries", "recall", "d1", "--event", "e1")
	r.tell(2, "id of a delivery", "deliveries", "recall", "e1")
	r.tell(2, "--event", "deliveries", "recall", "--event", "d1")
	if n := r.sim.Counts()["group_msg_recall"].Calls; n != 0 {
		t.Errorf("%d calls", n)
	}
	a := r.do(http.MethodPost, r.admin+"/v1/deliveries/d1/recall", http.Header{"Authorization": {"Bearer " + adminToken}, "Content-Type": {"application/json"}}, `{"answer":"sent"}`)
	if a.status != http.StatusBadRequest || !strings.Contains(a.body, "have as, reason") {
		t.Errorf("a field of another order: %d %s", a.status, a.body)
	}
	if a := r.do(http.MethodPost, r.admin+"/v1/events/e1/recall", nil, ""); a.status != http.StatusUnauthorized {
		t.Errorf("without a token: %d", a.status)
	}
}

// The dispatcher reads groups too. Nothing else waits here, so it has to find
// out by itself that the service is back.
func TestEventsWaitForTheServiceWithoutHammeringIt(t *testing.T) {
	var groups []string
	for i := range 20 {
		groups = append(groups, fmt.Sprintf("@TGS#2MANY%02d", i))
	}
	r := newRig(t, fmt.Sprintf(`
  many:
    account: tellbot
    groups: ["%s"]
    on: {all: {webhook: all, sender: payload.user, verify: {bearer: {token_file: hook.token}}}}
    plugin: notice
    options: {to: {roles: [owner]}}
    audience: {roles: [owner]}
`, strings.Join(groups, `", "`)))
	for _, id := range groups {
		must(t, r.sim.AddGroup(simulator.Group{ID: id, Type: "Public", Members: []simulator.Member{{ID: "ann", Role: "Owner"}, {ID: "cy"}}}))
	}
	must(t, r.sim.Inject(simulator.Fault{Kind: simulator.HangUp}))
	a := r.do(http.MethodPost, r.public+"/hooks/all", http.Header{"Authorization": {"Bearer " + hookToken}}, `{"text":"hello","user":"cy"}`)
	var receipt chat.Receipt
	must(t, json.Unmarshal([]byte(a.body), &receipt))
	if len(receipt.Events) != 20 {
		t.Fatalf("answered %d: %s", a.status, a.body)
	}
	r.until("the line is broken", func() bool {
		_, ok := r.logged("the service cannot be reached: messages wait, one at a time is tried, and nothing is lost")
		return ok
	})
	r.until("a long pause between two calls", func() bool {
		calls := r.sim.Calls()
		return slices.ContainsFunc(calls[1:], func(c simulator.Call) bool {
			i := slices.Index(calls, c)
			return i > 0 && c.Time.Sub(calls[i-1].Time) > 1500*time.Millisecond
		})
	})
	// Those that were in flight when it broke, and three or four that tried.
	if n := len(r.sim.Calls()); n > 26 {
		t.Errorf("%d calls", n)
	}
	r.sim.ClearFaults()
	for _, e := range receipt.Events {
		r.settled(e)
	}
	if n := len(r.saw()["ann"]); n != 20 {
		t.Errorf("ann saw %d of 20", n)
	}
	if _, ok := r.logged("the service answers again"); !ok {
		t.Error("the log does not say that it is back")
	}
}
