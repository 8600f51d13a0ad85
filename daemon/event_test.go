package daemon_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/console"
)

const clocked = `
  clocked:
    account: tellbot
    groups: ["@TGS#2ROOM"]
    on: {morning: {schedule: "0 9 * * *"}}
    audience: {everyone: true}
    rules: [{on: morning, to: 'id == "dee"', say: "Good morning."}]
`

func TestAnEventIsTriedByHandAndNothingIsKept(t *testing.T) {
	r := newRig(t, clocked)
	out := r.tell(0, "done: handled\ncaused by cy\n| the door is open\nann\nhas role owner\n2 of 4\nnothing was stored and nothing was sent",
		"event", "teller", "signed", `{"user":"cy","text":"the door is open"}`)
	if strings.Contains(out, "dee     member  yes") {
		t.Errorf("dee would see it:\n%s", out)
	}
	r.tell(0, "caused by dee", "event", "teller", "signed", `{"text":"hello"}`, "--sender", "dee")
	file := filepath.Join(t.TempDir(), "a.json")
	must(t, os.WriteFile(file, []byte(`{"user":"cy","text":"from a file"}`), 0o600))
	var list []console.Rehearsal
	must(t, json.Unmarshal([]byte(r.tell(0, "", "event", "teller", "signed", "@"+file, "--json")), &list))
	if len(list) != 1 || list[0].Messages[0].Body[0].Text.Text != "from a file" {
		t.Errorf("%+v", list)
	}
	r.tell(0, "| Good morning.\ndee\n1 of 4", "event", "clocked", "morning")

	r.tell(2, "is not JSON", "event", "teller", "signed", `{"user":`)
	r.tell(2, "go with --send", "event", "teller", "signed", `{}`, "--as", "ann")
	r.tell(1, "404: no bot \"tellr\"; did you mean teller?", "event", "tellr", "signed", `{}`)
	r.tell(1, "has no trigger \"signd\"; did you mean signed?", "event", "teller", "signd", `{}`)
	r.tell(1, "422\nsender: payload.user", "event", "teller", "signed", `{"text":"hello"}`)
	r.tell(1, "not one of bot", "event", "teller", "signed", `{"user":"cy"}`, "--group", "@TGS#2OTHER")
	r.tell(1, "brings no payload", "event", "clocked", "morning", `{}`)
	r.tell(1, "a text is typed by a member", "event", "teller", "token", `{"text":"x"}`, "--text", "/x")
	r.tell(1, "the event would not be handled yet\n\"eve\" is not in", "event", "teller", "signed", `{"text":"hello"}`, "--sender", "eve")
	r.tell(1, "the event would be dead", "event", "teller", "signed", `{"user":"cy"}`)
	if saw := r.saw(); len(saw) != 0 {
		t.Errorf("what was only tried was seen: %v", saw)
	}
	r.tell(0, "no events", "events", "list")
}

func TestAnEventIsMadeByHandOnceAndSaysByWhom(t *testing.T) {
	r := newRig(t, clocked)
	send := []string{"event", "teller", "signed", `{"user":"cy","text":"hello"}`, "--send", "--as", "kim", "--reason", "to see it"}
	r.tell(0, "event e1 is stored", send...)
	r.settled(1)
	r.tell(0, "the same event was made within ten minutes, as e1, and nothing was done", send...)
	if diff := cmp.Diff(map[string][]string{"ann": {"hello"}, "bo": {"hello"}}, r.saw()); diff != "" {
		t.Errorf("who saw what (-want +got):\n%s", diff)
	}
	r.tell(0, "from webhook \"signed\"\ncaused by cy\ne1 was made by hand by kim: to see it\n", "events", "show", "e1")
	r.tell(0, "event e2 is stored", append(send, "--again")...)
	r.tell(0, "event e3 is stored", "event", "teller", "signed", `{"user":"cy","text":"hello"}`, "--send", "--sender", "dee")
	r.tell(0, "event e4 is stored", "event", "clocked", "morning", "--send")
	if h := r.settled(4); h.Event.Kind != chat.Schedule || len(r.saw()["dee"]) != 1 {
		t.Errorf("%+v; %v", h.Event, r.saw())
	}
	if line, ok := r.logged("an event was made by hand"); !ok || line["who"] != "kim" || strings.Contains(r.log.String(), "hello") {
		t.Errorf("the log says %v", line)
	}
}

// Who tries a hook by hand is bounded as its sender is.
func TestAnEventMadeByHandStaysWithinTheCeilingOfItsHook(t *testing.T) {
	r := newRig(t, `
  narrow:
    account: tellbot
    groups: ["@TGS#2ROOM"]
    on: {narrow: {webhook: narrow, allow: {audience: {roles: [owner]}}, verify: {bearer: {token_file: hook.token}}}}
    plugin: notice
    options: {to: {roles: [owner, admin]}}
    audience: {roles: [owner, admin]}
`)
	r.tell(0, "can reach no more than\n1 of 4", "event", "narrow", "narrow", `{"text":"hello"}`)
	r.tell(0, "e1", "event", "narrow", "narrow", `{"text":"hello"}`, "--send")
	r.settled(1)
	if diff := cmp.Diff(map[string][]string{"ann": {"hello"}}, r.saw()); diff != "" {
		t.Errorf("who saw what (-want +got):\n%s", diff)
	}
}
