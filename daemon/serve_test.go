package daemon_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/console"
	"github.com/botd-chat/botd/im/simulator"
	"github.com/botd-chat/botd/plugins"
	"github.com/botd-chat/botd/webhooks"
)

func TestAWebhookReachesExactlyTheRightMembers(t *testing.T) {
	r := newRig(t, "")
	receipt := r.post("w1", `{"text":"the door is open","user":"cy"}`)
	h := r.settled(receipt.Events[0])

	want := map[string][]string{"ann": {"the door is open"}, "bo": {"the door is open"}}
	if diff := cmp.Diff(want, r.saw()); diff != "" {
		t.Errorf("who saw what (-want +got):\n%s", diff)
	}
	if h.Event.Sender != "cy" || h.Event.Status != chat.Done || h.Messages[0].Outcome != chat.Sent {
		t.Errorf("history: %+v", h)
	}
	t.Run("the same webhook again is the same event and no second message", func(t *testing.T) {
		again := r.post("w1", `{"text":"the door is open","user":"cy"}`)
		if !again.Repeated || again.ID != receipt.ID || !cmp.Equal(again.Events, receipt.Events) {
			t.Errorf("%+v after %+v", again, receipt)
		}
		r.settled(r.post("w2", `{"text":"another","user":"cy"}`).Events[0])
		if got := r.saw()["ann"]; len(got) != 2 {
			t.Errorf("ann saw %q", got)
		}
	})
	t.Run("the log follows it by its id from end to end, without its text", func(t *testing.T) {
		log := r.log.String()
		for _, msg := range []string{"webhook accepted", "event handled", "delivery ended", "message ended"} {
			line, ok := r.logged(msg)
			if text, _ := json.Marshal(line); !ok || !strings.Contains(string(text), `"e1"`) {
				t.Errorf("%q: %s", msg, text)
			}
		}
		if strings.Contains(log, "the door is open") {
			t.Error("the log tells the text")
		}
	})
}

func TestASenderWhoIsNoMemberIsRefused(t *testing.T) {
	r := newRig(t, "")
	h := r.settled(r.post("w1", `{"text":"hello","user":"stranger"}`).Events[0])
	if h.Event.Outcome != chat.Refused || !strings.Contains(h.Event.Reason, "stranger") || len(h.Messages) != 0 {
		t.Errorf("%+v", h)
	}
	if saw := r.saw(); len(saw) != 0 {
		t.Errorf("somebody saw it: %v", saw)
	}
}

func TestBadRequestsLeaveNothing(t *testing.T) {
	r := newRig(t, "")
	good := `{"text":"x","user":"cy"}`
	signed := func(at time.Time, body string) http.Header {
		h, err := webhooks.SignStandard(r.secret, "w1", at, []byte(body))
		must(t, err)
		return h
	}
	other, err := webhooks.SignStandard(webhooks.NewSecret(), "w1", time.Now(), []byte(good))
	must(t, err)
	bearer := http.Header{"Authorization": {"Bearer " + hookToken}}
	with := func(h http.Header, name, value string) http.Header {
		h = h.Clone()
		h.Set(name, value)
		return h
	}
	for _, c := range []struct {
		name   string
		method string
		path   string
		header http.Header
		body   string
		want   int
	}{
		{"not signed", "POST", "/hooks/signed", nil, good, 401},
		{"signed by somebody else", "POST", "/hooks/signed", other, good, 401},
		{"another body than was signed", "POST", "/hooks/signed", signed(time.Now(), "{}"), good, 401},
		{"an hour old", "POST", "/hooks/signed", signed(time.Now().Add(-time.Hour), good), good, 401},
		{"an hour ahead", "POST", "/hooks/signed", signed(time.Now().Add(time.Hour), good), good, 401},
		{"another token", "POST", "/hooks/token", http.Header{"Authorization": {"Bearer nope"}}, good, 401},
		{"no token", "POST", "/hooks/token", nil, good, 401},
		{"too large", "POST", "/hooks/token", bearer, `{"text":"` + strings.Repeat("x", 2<<20) + `"}`, 413},
		{"not JSON", "POST", "/hooks/token", bearer, "hello", 400},
		{"two values", "POST", "/hooks/token", bearer, good + good, 400},
		{"not UTF-8", "POST", "/hooks/token", bearer, "{\"text\":\"\xff\"}", 400},
		{"a form", "POST", "/hooks/token", with(bearer, "Content-Type", "application/x-www-form-urlencoded"), "a=b", 415},
		{"compressed", "POST", "/hooks/token", with(bearer, "Content-Encoding", "gzip"), good, 415},
		{"an unknown hook", "POST", "/hooks/nope", bearer, good, 404},
		{"another path", "POST", "/", bearer, good, 404},
		{"the admin API at the public address", "GET", "/v1/events", bearer, "", 404},
		{"metrics at the public address", "GET", "/metrics", bearer, "", 404},
		{"a wrong method", "GET", "/hooks/token", bearer, "", 405},
		{"without what the sender is read from", "POST", "/hooks/signed", signed(time.Now(), `{"text":"x"}`), `{"text":"x"}`, 422},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := r.do(c.method, r.public+c.path, c.header, c.body)
			if a.status != c.want || a.header.Get("Content-Type") != "application/problem+json" {
				t.Errorf("%d %s, want %d: %s", a.status, a.header.Get("Content-Type"), c.want, a.body)
			}
		})
	}
	var page console.EventPage
	r.ask("/v1/events", &page)
	if len(page.Events) != 0 || len(r.saw()) != 0 {
		t.Errorf("stored %v, seen %v", page.Events, r.saw())
	}
	for _, secret := range []string{r.secret, strings.TrimPrefix(r.secret, "whsec_"), hookToken, adminToken, appKey, "usersig"} {
		if strings.Contains(r.log.String(), secret) {
			t.Errorf("a secret is in the log: %.12s…", secret)
		}
	}
}

func TestWhatWasAcceptedSurvivesAnOutageAndARestart(t *testing.T) {
	r := newRig(t, "")
	must(t, r.sim.Inject(simulator.Fault{Kind: simulator.BadStatus}))
	events := map[chat.EventID]bool{}
	for i := range 5 {
		for _, id := range r.post(fmt.Sprintf("w%d", i), fmt.Sprintf(`{"text":"message %d","user":"cy"}`, i)).Events {
			events[id] = true
		}
	}
	r.until("the outage was noticed", func() bool { _, ok := r.logged("event will be tried again"); return ok })
	if code := r.end(); code != 0 {
		t.Fatalf("botd ended with code %d in an outage:\n%s", code, r.log)
	}
	r.sim.ClearFaults()
	r.startAgain()
	for id := range maps.Keys(events) {
		if h := r.settled(id); h.Event.Status != chat.Done || h.Messages[0].Outcome != chat.Sent {
			t.Errorf("%+v", h)
		}
	}
	want := []string{"message 0", "message 1", "message 2", "message 3", "message 4"}
	if diff := cmp.Diff(map[string][]string{"ann": want, "bo": want}, r.saw()); diff != "" {
		t.Errorf("who saw what, in order (-want +got):\n%s", diff)
	}
}

func TestAMessageThatWaitsSaysWhyAndUntilWhen(t *testing.T) {
	r := newRig(t, "")
	must(t, r.sim.Inject(simulator.Fault{API: "get_group_info", Kind: simulator.ErrorCode, Code: 10002}))
	// The hook with a token names no sender, so the group is first read for the message.
	a := r.do("POST", r.public+"/hooks/token", http.Header{"Authorization": {"Bearer " + hookToken}}, `{"text":"x"}`)
	var receipt chat.Receipt
	must(t, json.Unmarshal([]byte(a.body), &receipt))
	id := receipt.Events[0]
	r.until("the message waits", func() bool {
		var h chat.EventHistory
		r.ask("/v1/events/"+id.String(), &h)
		return len(h.Messages) == 1 && strings.Contains(h.Messages[0].Reason, "10002") && !h.Messages[0].Due.IsZero()
	})
	_, stdout, _ := botd(t, "", "events", "show", id.String(), "--config", r.config(), "--admin", r.admin)
	for _, want := range []string{"message m1: waits, looks again", "because waits: ", "10002", "next try 20"} {
		if !strings.Contains(stdout, want) {
			t.Errorf("no %q in:\n%s", want, stdout)
		}
	}
	r.sim.ClearFaults()
	if m := r.settled(id).Messages[0]; m.Outcome != chat.Sent || m.Reason != "" {
		t.Errorf("in the end: %+v", m.MessageRecord)
	}
}

func TestAStopFinishesWhatIsInFlight(t *testing.T) {
	entered, release := make(chan struct{}), make(chan struct{})
	slow := plugins.Define("slow", "1", func(struct{}) (plugins.Handler, error) {
		return plugins.Func(func(_ context.Context, _ chat.Event) ([]chat.Message, error) {
			close(entered)
			<-release
			return chat.Admins.Say("at last"), nil
		}), nil
	})
	r := newRig(t, `
  slow:
    account: tellbot
    groups: ["@TGS#2ROOM"]
    on: {go: {webhook: go, verify: {bearer: {token_file: hook.token}}}}
    plugin: slow
    audience: {roles: [owner, admin]}
`, slow)
	a := r.do("POST", r.public+"/hooks/go", http.Header{"Authorization": {"Bearer " + hookToken}}, `{}`)
	if a.status != http.StatusAccepted {
		t.Fatalf("%d %s", a.status, a.body)
	}
	<-entered
	r.stop()
	r.until("it is stopping", func() bool { _, ok := r.logged("stopping: finishing what is in flight"); return ok })
	close(release)
	if code := r.end(); code != 0 {
		t.Fatalf("code %d:\n%s", code, r.log)
	}
	// The message is on disk, and was sent if there was time; else it is now.
	r.startAgain(slow)
	r.settled(1)
	if diff := cmp.Diff(map[string][]string{"ann": {"at last"}, "bo": {"at last"}}, r.saw()); diff != "" {
		t.Errorf("who saw what (-want +got):\n%s", diff)
	}
}

func TestTheAdminListenerTellsHowItGoes(t *testing.T) {
	r := newRig(t, "")
	r.settled(r.post("w1", `{"text":"x","user":"cy"}`).Events[0])
	for path, want := range map[string]string{
		"/healthz": "ok", "/readyz": "ready", "/version": "version",
	} {
		if a := r.do("GET", r.admin+path, nil, ""); a.status != 200 || !strings.Contains(a.body, want) {
			t.Errorf("%s: %d %s", path, a.status, a.body)
		}
	}
	var metrics string
	for range 100 { // what is counted is counted just after the store has it
		metrics = r.do("GET", r.admin+"/metrics", nil, "").body
		if strings.Contains(metrics, `botd_messages_total{bot="teller",outcome="sent"} 1`+"\n") {
			break
		}
	}
	for _, want := range []string{
		`botd_events_received_total{bot="teller",source="webhook"} 1`,
		`botd_events_total{bot="teller",outcome="handled",status="done"} 1`,
		`botd_deliveries_total{bot="teller",outcome="sent"} 1`,
		`botd_messages_total{bot="teller",outcome="sent"} 1`,
		`botd_im_requests_total{api="send_group_msg",class="",code="0"} 1`,
		`botd_webhook_requests_total{hook="signed",status="202"} 1`,
		`botd_outbox_depth{kind="message",status="ready"} 0`,
	} {
		if !strings.Contains(metrics, want+"\n") {
			t.Errorf("no %s", want)
		}
	}
	if strings.Contains(metrics, room) || strings.Contains(metrics, "ann") {
		t.Error("the metrics name a group or a person")
	}
}

func TestTwoProcessesCannotShareAFile(t *testing.T) {
	r := newRig(t, "")
	code, _, stderr := botd(t, "", "serve", "--config", r.config())
	if code != 1 || !strings.Contains(stderr, filepath.Join(r.folder, "botd.db")) {
		t.Errorf("code %d: %s", code, stderr)
	}
}

func TestVerbsThatAskARunningBotd(t *testing.T) {
	r := newRig(t, "")
	r.settled(r.post("w1", `{"text":"x","user":"cy"}`).Events[0])
	at := []string{"--config", r.config(), "--admin", r.admin}
	for _, c := range []struct {
		name string
		args []string
		code int
		want []string
	}{
		{"events list", []string{"events", "list"}, 0, []string{"e1", "teller", "done: handled"}},
		{"events list of another bot", []string{"events", "list", "--bot", "other"}, 0, []string{"no events"}},
		{"events list with a wrong status", []string{"events", "list", "--status", "gone"}, 1, []string{"no status"}},
		{"events show", []string{"events", "show", "e1"}, 0, []string{"caused by cy", "delivery d1", "[ann bo]", "attempt 1"}},
		{"events show of an unknown one", []string{"events", "show", "e99"}, 1, []string{"404: no event e99\n"}},
		{"events show of no id", []string{"events", "show", "d1"}, 2, []string{"id of an event"}},
		{"audience explain", []string{"audience", "explain", "teller"}, 0, []string{"has role owner", "has role admin", "2 of 4"}},
		{"audience explain with a sender", []string{"audience", "explain", "teller", "--sender", "cy"}, 0, []string{"3 of 4"}},
		{"audience explain with a rule that is too wide", []string{"audience", "explain", "teller", "--rule", `{"everyone":true}`}, 0, []string{"may only reach", "2 of 4"}},
		{"audience explain with a rule for nobody", []string{"audience", "explain", "teller", "--rule", `{"users":["dee"]}`}, 0, []string{"nothing would be sent", "0 of 4"}},
		{"audience explain with a misspelt rule", []string{"audience", "explain", "teller", "--rule", `{"evryone":true}`}, 1, []string{"rule"}},
		{"audience explain of an unknown bot", []string{"audience", "explain", "nobody"}, 1, []string{"no bot"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			code, stdout, stderr := botd(t, "", append(c.args, at...)...)
			if code != c.code {
				t.Fatalf("code %d, want %d: %s%s", code, c.code, stdout, stderr)
			}
			for _, want := range c.want {
				if !strings.Contains(stdout+stderr, want) {
					t.Errorf("no %q in:\n%s%s", want, stdout, stderr)
				}
			}
		})
	}
	t.Run("without the token", func(t *testing.T) {
		wrong := filepath.Join(t.TempDir(), "token")
		must(t, os.WriteFile(wrong, []byte("wrong"), 0o600))
		code, _, stderr := botd(t, "", append([]string{"events", "list", "--token-file", wrong}, at...)...)
		if code != 1 || !strings.Contains(stderr, "admin token") {
			t.Errorf("code %d: %s", code, stderr)
		}
	})
}
