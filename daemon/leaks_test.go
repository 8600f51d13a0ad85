package daemon_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/botd-chat/botd/callbacks"
	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/console"
	"github.com/botd-chat/botd/im/simulator"
)

// leaks waits until so many leaks have ended, and returns them, the newest first.
func (r *rig) leaks(n int) []console.ToldLeak {
	r.t.Helper()
	var page console.LeakPage
	r.until("what others saw was taken back", func() bool {
		page = console.LeakPage{}
		r.ask("/v1/leaks", &page)
		return len(page.Leaks) == n && !slices.ContainsFunc(page.Leaks, func(l console.ToldLeak) bool { return l.Ended.IsZero() })
	})
	return page.Leaks
}

// watchesRoom waits until botd has looked at the room's history.
func (r *rig) watchesRoom() {
	r.t.Helper()
	r.until("botd has looked at the room's history", func() bool {
		return r.metric(r.t, `botd_im_requests_total{api="group_msg_get_simple",class="",code="0"} 1`)
	})
}

// notice waits until an admin was told of a leak, and returns what.
func (r *rig) notice() (text string) {
	r.t.Helper()
	r.until("the admins are told of the leak", func() bool {
		for _, m := range r.got()["ann"] {
			if strings.Contains(m, "the whole group could see it") {
				text = m
			}
		}
		return text != ""
	})
	return text
}

func TestWhatSlippedThroughIsTakenBack(t *testing.T) {
	r := newRig(t, parroting, parrot)
	r.watchesRoom()
	must(t, r.sim.Inject(simulator.Fault{Direction: simulator.OfCallbacks, API: simulator.BeforeSendMsg, Kind: simulator.WrongURL, Count: 1}))
	if told := r.writes("cy", "/answer B"); told.Fate != simulator.Delivered {
		t.Fatalf("it did not slip through: %+v", told)
	}
	l := r.leaks(1)[0]
	if l.Result != chat.Recalled || l.FoundBy != chat.FoundByCallback || l.Sender != "cy" || len(l.Events) != 1 || l.App != "main" || l.Group != room {
		t.Errorf("%+v", l)
	}
	if m := r.sim.Messages()[0]; m.Text != "/answer B" || m.Recalled.IsZero() || m.Recalled.Sub(m.Time) > 5*time.Second {
		t.Errorf("in the room: %+v", m)
	}
	if text := r.notice(); strings.Contains(text, "answer") || !strings.HasPrefix(text, "cy wrote") || !strings.Contains(text, "taken back") {
		t.Errorf("the admins are told %q", text)
	}
	h := r.heard(1)
	if n := count(r.got()["bo"], "cy wrote /answer B"); n != 1 || h.Event.Heard == nil || !h.Event.Heard.Leaked || len(h.Leaks) != 1 {
		t.Errorf("bo got it %d times; %+v", n, h)
	}
	if got := r.got()["dee"]; got != nil {
		t.Errorf("dee got %q", got)
	}
	r.tell(0, "leaked: it was to be held, and others saw it\nleak l1: others could see it from\nuntil it was taken back", "events", "show", "e1")
	r.tell(0, "l1\ncallback\nrecalled\ne1", "leaks", "list", "--bot", "parrot", "--group", room)
	r.tell(0, "no leaks", "leaks", "list", "--open")
	var page console.LeakPage
	must(t, json.Unmarshal([]byte(r.tell(0, "", "leaks", "list", "--json")), &page))
	if len(page.Leaks) != 1 || page.Leaks[0].ID != 1 {
		t.Errorf("as JSON: %+v", page)
	}
	for _, line := range []string{`botd_leaks_total{app="main",found_by="callback"} 1`, `botd_leak_visible_seconds_count 1`, `botd_leaks_open 0`} {
		if !r.metric(t, line) {
			t.Errorf("no %s in the metrics", line)
		}
	}
	if line, ok := r.logged("members saw a message that was to be held; it is being taken back"); !ok || line["level"] != "ERROR" || strings.Contains(r.log.String(), "/answer") {
		t.Errorf("the log says %v", line)
	}
	if line, _ := r.logged("members saw a message that was to be held; it is being taken back"); !inSeconds.MatchString(fmt.Sprint(line["visible"])) {
		t.Errorf("the log says that it was to be seen for %v", line["visible"])
	}
	if list := r.tell(0, "", "leaks", "list"); !inSeconds.MatchString(list) {
		t.Errorf("the list does not say for how long it was to be seen:\n%s", list)
	}
}

// inSeconds is a duration as somebody reads it: no nanoseconds, and not 0s.
var inSeconds = regexp.MustCompile(`(?m)(^| )[1-9]\d?s( |$)`)

func count(list []string, of string) (n int) {
	for _, s := range list {
		if s == of {
			n++
		}
	}
	return n
}

func TestWhatWasWrittenWhileBotdWasDown(t *testing.T) {
	r := newRig(t, parroting, parrot)
	r.watchesRoom()
	r.writes("cy", "/answer A")
	r.heard(1)
	if code := r.end(); code != 0 {
		t.Fatalf("botd ended with %d", code)
	}
	for _, w := range []struct{ user, text string }{{"cy", "/answer B"}, {"dee", "hello"}, {"ann", "/answer C"}} {
		if told := r.writes(w.user, w.text); told.Fate != simulator.Delivered {
			t.Fatalf("%+v", told)
		}
	}
	r.startAgain(parrot)
	if l := r.leaks(1)[0]; l.Result != chat.Recalled || l.FoundBy != chat.FoundBySweep || l.Sender != "cy" {
		t.Errorf("%+v", l)
	}
	r.notice()
	r.heard(2)
	for _, want := range []string{"cy wrote /answer A", "cy wrote /answer B"} {
		if n := count(r.got()["bo"], want); n != 1 {
			t.Errorf("bo got %q %d times", want, n)
		}
	}
	for _, m := range r.sim.Messages() {
		if held := m.Text == "/answer B"; m.Reason == simulator.Broadcast && m.Recalled.IsZero() == held {
			t.Errorf("%q of %s was taken back at %v", m.Text, m.From, m.Recalled)
		}
	}
}

func TestAForgedCallbackTakesNothingBack(t *testing.T) {
	r := newRig(t, parroting, parrot)
	r.watchesRoom()
	r.writes("dee", "hello")
	f := genuine(callbacks.AfterGroupMessage, about("dee", "/answer C", 8))
	f.body["MsgSeq"], f.body["MsgTime"] = 1, time.Now().Unix() // the number of what dee wrote
	if a := r.forge(f); a.status != 200 {
		t.Fatalf("%d %s", a.status, a.body)
	}
	r.until("the history was looked at for it", func() bool {
		return !r.metric(t, `botd_im_requests_total{api="group_msg_get_simple",class="",code="0"} 1`)
	})
	must(t, r.sim.Inject(simulator.Fault{Direction: simulator.OfCallbacks, API: simulator.BeforeSendMsg, Kind: simulator.WrongURL, Count: 1}))
	r.writes("cy", "/answer B") // after which what came before has been judged
	if l := r.leaks(1)[0]; l.MsgSeq != 2 {
		t.Errorf("%+v", l)
	}
	if m := r.sim.Messages()[0]; m.Text != "hello" || !m.Recalled.IsZero() {
		t.Errorf("%+v", m)
	}
}

func TestWhatIsHeldIsReadAgain(t *testing.T) {
	r := newRig(t, parroting, parrot)
	r.watchesRoom()
	if told := r.writes("cy", "/vote B"); told.Fate != simulator.Delivered {
		t.Errorf("%+v", told)
	}
	r.until("the history was looked at, so that the message is not judged by what comes", func() bool {
		return !r.metric(t, `botd_im_requests_total{api="group_msg_get_simple",class="",code="0"} 1`)
	})
	r.edit("{command: answer, roles: [member]}", "{command: [vote, answer]}")
	r.reloaded(`bot "parrot" changed`)
	if told := r.writes("cy", "/vote B"); told.Fate != simulator.Discarded {
		t.Errorf("after the reload: %+v", told)
	}
	if told := r.writes("ann", "/answer A"); told.Fate != simulator.Discarded {
		t.Errorf("after the reload, of an owner: %+v", told)
	}
	r.heard(2)
	const fresh = "another-token-that-nobody-guesses"
	r.write("call.token", fresh)
	r.reloaded(`app "main" changed`)
	must(t, r.sim.SetCallbacks(simulator.Callbacks{URL: r.public + "/callbacks/tencent", Token: fresh}))
	if told := r.writes("cy", "/answer C"); told.Fate != simulator.Discarded {
		t.Errorf("with another token: %+v", told)
	}
	r.heard(3)
	r.edit("hold: true, received: \"\", again: \"Once more, please.\"", "relay: true")
	r.reloaded(`bot "parrot" changed`)
	if told := r.writes("cy", "/answer D"); told.Fate != simulator.Delivered {
		t.Errorf("not held any more: %+v", told)
	}
	r.heard(4)
	r.tell(0, "no leaks", "leaks", "list")
	if code := r.end(); code != 0 {
		t.Errorf("botd ended with %d", code)
	}
}

// Members write all the while; whatever the reloads do, none of it is seen or lost.
func TestReloadsWhileMembersWrite(t *testing.T) {
	r := newRig(t, parroting, parrot)
	r.watchesRoom()
	done := make(chan error, 1)
	const n = 56
	go func() {
		for i := range n {
			from := []string{"cy", "dee"}[i%2] // none of whom writes more than one may in a minute
			told, err := r.sim.Say(simulator.Utterance{Group: room, From: from, Text: "/answer A" + strings.Repeat("!", i)})
			if err != nil || told.Fate != simulator.Discarded {
				t.Errorf("%+v, %v", told, err)
			}
			time.Sleep(20 * time.Millisecond)
		}
		done <- nil
	}()
	for again := true; again; {
		select {
		case <-done:
			again = false
		default:
			r.edit("Once more, please.", "Once more, please!")
			r.reload()
			r.edit("Once more, please!", "Once more, please.")
			r.reload()
		}
	}
	if events := r.events(); len(events) != n {
		t.Errorf("%d events", len(events))
	}
}
