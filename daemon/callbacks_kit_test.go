package daemon_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/botd-chat/botd/callbacks"
	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/console"
	"github.com/botd-chat/botd/im/simulator"
	"github.com/botd-chat/botd/plugins"
)

// parrot repeats what members write, and tells what happens, to the admins and to
// whoever caused it.
var parrot = plugins.Define("parrot", "1.0.0", func(struct{}) (plugins.Handler, error) {
	return plugins.Func(func(_ context.Context, e chat.Event) ([]chat.Message, error) {
		to := chat.Audience{Roles: []chat.Role{chat.Owner, chat.Admin}, Sender: e.Sender != nil}
		if e.Kind == chat.Callback {
			h, err := plugins.Payload[chat.Happening](e)
			return to.Say("%s: %s", h.What, h.User), err
		}
		return to.Say("%s wrote %s", e.Sender.ID, e.Text), nil
	}), nil
})

// parroting has a trigger of each sort.
const parroting = `
  parrot:
    account: tellbot
    groups: ["@TGS#2ROOM"]
    on:
      typed: {message: {command: answer, roles: [member]}, hold: true, received: "", again: "Once more, please."}
      asked: {message: {command: ask}}
      loud: {message: {command: shout}, relay: true}
      clean: {message: {pattern: damn}, mask: {words: [damn]}}
      private: {direct: {any: true}}
      joined: {member_joined: true}
      gone: {member_left: true}
      raised: {role_changed: true}
    plugin: parrot
    audience: {roles: [owner, admin], sender: true}
`

// receivedText is what senders of held messages are told where nothing else is said.
const receivedText = "Received. It is not shown in the group."

// knowsRoles waits until botd has read who is in the room.
func (r *rig) knowsRoles() {
	r.t.Helper()
	r.until("botd has read who is in the room", func() bool {
		return r.metric(r.t, `botd_im_requests_total{api="get_group_member_info",class="",code="0"} 1`)
	})
}

// writes has a member write in the room, as with an app.
func (r *rig) writes(user, text string) simulator.Told {
	r.t.Helper()
	told, err := r.sim.Say(simulator.Utterance{Group: room, From: user, Text: text})
	must(r.t, err)
	return told
}

// events are all there are, the first first.
func (r *rig) events() []chat.EventRecord {
	r.t.Helper()
	var page console.EventPage
	r.ask("/v1/events?limit=500", &page)
	slices.Reverse(page.Events)
	return page.Events
}

// heard waits for the n-th event and until nothing more comes of it.
func (r *rig) heard(n int) chat.EventHistory {
	r.t.Helper()
	var all []chat.EventRecord
	r.until(fmt.Sprintf("there are %d events", n), func() bool { all = r.events(); return len(all) >= n })
	if len(all) > n {
		r.t.Fatalf("%d events, and %d were expected: %+v", len(all), n, all)
	}
	return r.settled(all[n-1].ID)
}

// got says who received messages of botd; those of members are left out.
func (r *rig) got() map[string][]string {
	got := map[string][]string{}
	for user, inbox := range r.sim.Inboxes() {
		for _, m := range inbox.Messages {
			if m.Reason == simulator.Targeted {
				got[user] = append(got[user], m.Text)
			}
		}
	}
	return got
}

func (r *rig) wantGot(want map[string][]string) {
	r.t.Helper()
	if diff := cmp.Diff(want, r.got()); diff != "" {
		r.t.Errorf("who got what (-want +got):\n%s", diff)
	}
}

// sawWritten says who saw what a member wrote in the room, apart from themselves.
func (r *rig) sawWritten(text string) (users []string) {
	for user, inbox := range r.sim.Inboxes() {
		for _, m := range inbox.Messages {
			if m.Reason == simulator.Broadcast && m.Text == text && m.From != user {
				users = append(users, user)
			}
		}
	}
	slices.Sort(users)
	return users
}

// forgery is a callback that somebody else makes up, or that the service would have
// made.
type forgery struct {
	path, app, token string
	at               time.Time
	unsigned         bool
	body             map[string]any
}

// forge sends it.
func (r *rig) forge(f forgery) answer {
	r.t.Helper()
	a, err := r.tryForge(f)
	must(r.t, err)
	return a
}

func (r *rig) tryForge(f forgery) (answer, error) {
	r.t.Helper()
	at := strconv.FormatInt(f.at.Unix(), 10)
	q := url.Values{"SdkAppid": {f.app}, "CallbackCommand": {fmt.Sprint(f.body["CallbackCommand"])}, "contenttype": {"json"}, "ClientIP": {"127.0.0.1"}, "OptPlatform": {"Android"}}
	if !f.unsigned {
		q.Set("Sign", callbacks.Sign(f.token, at))
		q.Set("RequestTime", at)
	}
	body, err := json.Marshal(f.body)
	must(r.t, err)
	// What answers there is in the service's words, and in no document of ours.
	client := &http.Client{Transport: &http.Transport{}, Timeout: 10 * time.Second}
	defer client.CloseIdleConnections()
	res, err := client.Post(r.public+f.path+"?"+q.Encode(), "application/json", bytes.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	return answer{res.StatusCode, res.Header, string(text)}, err
}

// genuine is a callback that is believed.
func genuine(command string, more map[string]any) forgery {
	body := map[string]any{"CallbackCommand": command, "GroupId": room, "Type": "Public", "EventTime": time.Now().UnixMilli()}
	for k, v := range more {
		body[k] = v
	}
	return forgery{path: "/callbacks/tencent", app: "1400001001", token: callToken, at: time.Now(), body: body}
}

// about is what callbacks say about a message.
func about(from, text string, random uint32) map[string]any {
	return map[string]any{"From_Account": from, "Operator_Account": from, "Random": random, "CloudCustomData": "",
		"MsgBody": []any{map[string]any{"MsgType": "TIMTextElem", "MsgContent": map[string]any{"Text": text}}}}
}

// metric finds a line of the metrics.
func (r *rig) metric(t *testing.T, line string) bool {
	t.Helper()
	text := r.do(http.MethodGet, r.admin+"/metrics", nil, "").body
	return slices.Contains(strings.Split(text, "\n"), line)
}
