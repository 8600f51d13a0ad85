package daemon_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/console"
	"github.com/botd-chat/botd/im/simulator"
)

// crier is a bot that speaks to everybody, asks about a surge, and takes
// newcomers in; roles are read each time.
const crier = `
  crier:
    account: tellbot
    groups: ["@TGS#2ROOM"]
    on:
      cry: {webhook: cry, verify: {bearer: {token_file: hook.token}}}
    plugin: notice
    options: {to: {everyone: true}}
    audience: {everyone: true}
    limits: {recipients: 200, role_max_age: 0s}
    surge: hold
    newcomers: include
`

// cries has the crier say something.
func (r *rig) cries(text string) chat.EventID {
	r.t.Helper()
	var receipt chat.Receipt
	body := fmt.Sprintf(`{"text":%q}`, text)
	a := r.do("POST", r.public+"/hooks/cry", map[string][]string{"Authorization": {"Bearer " + hookToken}, "Content-Type": {"application/json"}}, body)
	if err := json.Unmarshal([]byte(a.body), &receipt); err != nil || a.status != 202 {
		r.t.Fatalf("%d: %s", a.status, a.body)
	}
	return receipt.Events[0]
}

func TestASurgeWaitsForAYes(t *testing.T) {
	r := newRig(t, crier)
	r.settled(r.cries("four of us"))
	for i := range 20 {
		must(t, r.sim.Join(room, simulator.Member{ID: fmt.Sprintf("guest%02d", i)}))
	}
	e := r.cries("many of us")
	r.settled(e)
	r.tell(0, "m2\nheld: surge\nit is for 24 members, and e1\nwas for 4: more than 3 times as many\nbotd dlq approve m2", "dlq", "list", "--outcome", "surge")
	r.tell(0, "ann did not get message m2\nis a member, and everyone is addressed\nsent to nobody", "why", "ann", "m2")
	r.tell(0, "24 of 24\nsend nothing; botd dlq approve m2 sends it", "dlq", "retry", "m2", "--dry-run")
	r.tell(0, "m2 dry run, 1 message to 24 recipients: dlq retry would ask again", "dlq", "retry", "--outcome", "surge", "--dry-run")
	r.tell(2, "only messages wait for approval", "dlq", "approve", e.String())
	r.tell(0, "m2 is approved, and will be sent as m3", "dlq", "approve", "m2", "--as", "ann", "--reason", "they are all here")
	r.settled(e)
	if saw := r.saw(); len(saw) != 24 || len(saw["guest07"]) != 1 || len(saw["ann"]) != 2 {
		t.Errorf("%d saw something: %v", len(saw), saw)
	}
	r.tell(0, "m2\napproved\nann: they are all here\nm3", "events", "show", e.String())
	r.tell(1, "nobody is asked about it: it is done: retried", "dlq", "approve", "m2")
	if a := r.do("POST", r.admin+"/v1/messages/m2/approve", nil, ""); a.status != 401 {
		t.Errorf("without the token: %d", a.status)
	}
}

func TestWhyTellsOfNewcomers(t *testing.T) {
	for rule, want := range map[string]string{
		"include": "late got message m1\nand came to qualify after the message was first held against the group\nis not a member of the group\nso they joined it (newcomers: include)",
		"exclude": "late did not get message m1\nis not a member of the group\nqualifies as read\nis not included because newcomers are excluded (newcomers: exclude)",
	} {
		t.Run(rule, func(t *testing.T) {
			r := newRig(t, strings.ReplaceAll(crier, "newcomers: include", "newcomers: "+rule))
			must(t, r.sim.Inject(simulator.Fault{API: "send_group_msg", Kind: simulator.ErrorCode, Code: 10023, Count: 1}))
			e := r.cries("hello")
			r.until("the first attempt is over", func() bool {
				var h chat.EventHistory
				r.ask("/v1/events/"+e.String(), &h)
				return len(h.Messages) == 1 && len(h.Messages[0].Deliveries) == 1 && len(h.Messages[0].Deliveries[0].Tries) == 1
			})
			must(t, r.sim.Join(room, simulator.Member{ID: "late"}))
			r.settled(e)
			r.tell(0, want, "why", "late", "m1")
			var w console.Why
			must(t, json.Unmarshal([]byte(r.tell(0, "", "why", "late", "m1", "--json")), &w))
			if joined := w.Got == console.GotIt; joined != (rule == "include") || joined && w.Role != chat.Normal {
				t.Errorf("%+v", w)
			}
		})
	}
}

func TestWhyTellsThatNewcomersWereTooMany(t *testing.T) {
	r := newRig(t, strings.ReplaceAll(crier, "recipients: 200", "recipients: 4"))
	must(t, r.sim.Inject(simulator.Fault{API: "send_group_msg", Kind: simulator.ErrorCode, Code: 10023, Count: 1}))
	e := r.cries("hello")
	r.until("the first attempt is over", func() bool {
		var h chat.EventHistory
		r.ask("/v1/events/"+e.String(), &h)
		return len(h.Messages) == 1 && len(h.Messages[0].Deliveries) == 1 && len(h.Messages[0].Deliveries[0].Tries) == 1
	})
	must(t, r.sim.Join(room, simulator.Member{ID: "late"}))
	r.settled(e)
	if out := r.tell(0, "late did not get message m1", "why", "late", "m1"); strings.Contains(out, "no reading that was made for an attempt has them so") {
		t.Errorf("the second attempt had a reading that has them: %s", out)
	}
}
