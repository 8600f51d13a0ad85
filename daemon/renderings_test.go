package daemon_test

import (
	"context"
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/console"
	"github.com/botd-chat/botd/im/simulator"
	"github.com/botd-chat/botd/plugins"
)

// alarms tells everybody that something failed, admins why, and cy that it is theirs.
var alarms = plugins.Define("alarms", "1.0.0", func(struct{}) (plugins.Handler, error) {
	return plugins.Func(func(context.Context, chat.Event) ([]chat.Message, error) {
		return chat.Rather(chat.Everyone.Say("It failed."), chat.Users("cy").Say("It failed, and it is yours."), chat.Admins.Say("It failed: line 7")), nil
	}), nil
})

const alarm = `
  alarm:
    account: tellbot
    groups: ["@TGS#2ROOM"]
    on:
      cry: {webhook: cry, verify: {bearer: {token_file: hook.token}}}
    plugin: alarms
    audience: {everyone: true}
    limits: {role_max_age: 0s}
`

func TestWhoGetsWhichTextIsToldBeforeAndAfter(t *testing.T) {
	r := newRig(t, alarm, alarms)
	e := r.cries("x")
	h := r.settled(e)
	want := map[string][]string{"ann": {"It failed: line 7"}, "bo": {"It failed: line 7"}, "cy": {"It failed, and it is yours."}, "dee": {"It failed."}}
	if saw := r.saw(); !reflect.DeepEqual(saw, want) {
		t.Errorf("they saw %v", saw)
	}
	if p := h.Messages[0].Progress; p.People != 4 || p.Reached != 4 || len(h.Messages[0].Renderings) != 2 {
		t.Errorf("%s, %+v", p, h.Messages[0].Renderings)
	}
	r.tell(0, `to {"everyone":true}
text 1 to {"users":["cy"]}
text 2 to {"roles":["owner","admin"]}
part 1: done: sent
part 2, text 1: done: sent
part 3, text 2: done: sent
4 of 4 reached`, "events", "show", e.String())
	r.tell(0, "bo got message m1 of event e1", "why", "bo", "m1")
	r.tell(0, "is a member, and everyone is addressed; gets text 2\ntext 2 of it is for owner, admin", "why", "bo", "m1")
	r.tell(0, "gets the text for all others", "why", "dee", "m1")
	r.tell(0, `its own text is for all others: dee
| It failed.
text 1 is for user cy: cy
| It failed, and it is yours.
text 2 is for owner, admin: ann, bo
| It failed: line 7
each member gets one of these at most
4 of 4 in @TGS#2ROOM would see it`, "events", "replay", e.String(), "--dry-run", "--show-text")
	var d console.Done
	must(t, json.Unmarshal([]byte(r.tell(0, "", "events", "replay", e.String(), "--dry-run", "--json")), &d))
	texts := d.Dry.Messages[0].Texts
	if len(texts) != 3 || texts[1].Body != nil || !reflect.DeepEqual(texts[2].People, []chat.UserID{"ann", "bo"}) || texts[0].To != nil {
		t.Errorf("%+v", texts)
	}
	r.until("it has its receipts", func() bool {
		_, out, _ := botd(t, "", "receipts", "show", "d2", "--config", r.config(), "--admin", r.admin)
		return strings.Contains(out, "of its texts text 1, for user cy")
	})
	r.tell(0, "of its texts text 2, for owner, admin\nto bo, who is a member, and everyone is addressed; gets text 2", "receipts", "show", "d3")
	r.tell(0, "of its texts the text for all others", "receipts", "show", "d1")
}

func TestWhyTellsThatSomebodyWasToGetAnotherTextByThen(t *testing.T) {
	r := newRig(t, alarm, alarms)
	must(t, r.sim.Inject(simulator.Fault{API: "send_group_msg", Kind: simulator.ErrorCode, Code: 10023, Count: 3}))
	e := r.cries("x")
	r.until("it was tried", func() bool {
		var h chat.EventHistory
		r.ask("/v1/events/"+e.String(), &h)
		return len(h.Messages) == 1 && len(h.Messages[0].Deliveries) == 3
	})
	must(t, r.sim.SetRole(room, "dee", "Admin"))
	r.settled(e)
	r.tell(0, "dee did not get message m1\ngets the text for all others, but was left out of what was sent\nis a member, and everyone is addressed; gets text 2 now, and not this one", "why", "dee", "m1")
	if saw := r.saw(); len(saw["dee"]) != 0 || len(saw["bo"]) != 1 {
		t.Errorf("they saw %v", saw)
	}
}
