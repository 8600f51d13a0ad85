package daemon_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/plugins"
)

// A bot that can reach everyone, and two senders of its hook: one that anybody may
// have got hold of, and one without a ceiling.
const leaky = `
  crier:
    account: tellbot
    groups: ["@TGS#2ROOM", "@TGS#2OTHER"]
    on:
      say: {webhook: cry, group: payload.group, sender: payload.user, verify: {credentials: [ci, cd]}}
    plugin: notice
    options: {to: {everyone: true}, choose: true}
    audience: {everyone: true}
credentials:
  ci:
    bearer: {token_file: hook.token}
    allow: {bots: [crier], groups: ["@TGS#2ROOM"], audience: {roles: [owner, admin], sender: true}, recipients: 3, per_minute: 4}
  cd: {bearer: {token_file: hook.secret}}
`

func (r *rig) cry(token, id, body string) answer {
	r.t.Helper()
	body = fmt.Sprintf(`{"text": %q, "user": "cy", "group": %q, %s}`, id, room, body)
	if strings.Contains(body, "OTHER") {
		body = strings.Replace(body, room, "@TGS#2OTHER", 1)
	}
	return r.do(http.MethodPost, r.public+"/hooks/cry", http.Header{"Authorization": {"Bearer " + token}, "Idempotency-Key": {`"` + strings.ReplaceAll(id, " ", "-") + `"`}}, body)
}

func TestALeakedTokenReachesNobodyElse(t *testing.T) {
	r := newRig(t, leaky)
	for name, c := range map[string]struct {
		asks string
		rule string
	}{
		"everyone":               {`"to": {"everyone": true}`, "credentials.ci.allow.audience"},
		"a role":                 {`"to": {"roles": ["admin", "member"]}`, "credentials.ci.allow.audience"},
		"one of a union":         {`"to": {"any_of": [{"sender": true}, {"roles": ["member"]}]}`, "credentials.ci.allow.audience"},
		"too many":               {`"to": {"users": ["ann", "bo", "cy", "dee"]}`, "credentials.ci.allow.recipients"},
		"another group":          {`"to": {"sender": true}, "except": ["OTHER"]`, "credentials.ci.allow.groups"},
		"another group, roughly": {`"except": ["OTHER"]`, "credentials.ci.allow.groups"},
	} {
		a := r.cry(hookToken, name, c.asks)
		if a.status != http.StatusForbidden || !strings.Contains(a.body, "("+c.rule+")") || !strings.Contains(a.header.Get("Content-Type"), "problem+json") {
			t.Errorf("%s: answered %d: %s; want %s", name, a.status, a.body, c.rule)
		}
	}
	// What cannot be seen in the payload is held against each message.
	receipts := map[string]chat.Receipt{}
	for id, asks := range map[string]string{
		"by the options": `"except": ["nobody"]`, "by a condition": `"to": {"everyone": true, "where": "true or id == 'dee'"}`, "by name": `"to": {"users": ["bo", "dee"]}`,
	} {
		for range 2 { // a repeat is no event more
			a := r.cry(hookToken, id, asks)
			if a.status != http.StatusAccepted {
				t.Fatalf("%s: answered %d: %s", id, a.status, a.body)
			}
			var receipt chat.Receipt
			must(t, json.Unmarshal([]byte(a.body), &receipt))
			receipts[id] = receipt
		}
	}
	all := r.cry(r.secret, "by the other sender", `"to": {"everyone": true}`)
	if all.status != http.StatusAccepted {
		t.Fatalf("answered %d: %s", all.status, all.body)
	}
	var other chat.Receipt
	must(t, json.Unmarshal([]byte(all.body), &other))
	for _, x := range receipts {
		r.settled(x.Events[0])
	}
	r.settled(other.Events[0])
	want := map[string][]string{
		"ann": {"by a condition", "by the options", "by the other sender"}, "bo": {"by a condition", "by name", "by the options", "by the other sender"},
		"cy": {"by a condition", "by the options", "by the other sender"}, "dee": {"by the other sender"},
	}
	saw := r.saw()
	for user, texts := range want {
		if slices.Sort(saw[user]); !slices.Equal(saw[user], texts) {
			t.Errorf("%s saw %q, want %q", user, saw[user], texts)
		}
	}
	t.Run("it is told", func(t *testing.T) {
		r.tell(0, "with credential ci\ncan reach no more than owner, admin, user cy", "events", "show", receipts["by name"].Events[0].String())
		h := r.settled(receipts["by name"].Events[0])
		r.tell(0, "is named, but is not within (owner, admin, user cy)", "why", "dee", h.Messages[0].Deliveries[0].ID.String())
	})
	t.Run("it is told before", func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "body.json")
		must(t, os.WriteFile(file, []byte(`{"text": "x", "user": "cy", "group": "@TGS#2ROOM", "to": {"everyone": true, "where": "true"}}`), 0o600))
		r.tell(0, "with credential ci\nno more than owner, admin, user cy, 3 recipients with one message (credentials.ci.allow)\nnot within (owner, admin, user cy)\n3 of 4", "hook", "test", "cry", "--file", file)
		r.tell(0, "no more than owner, admin, user cy\n3 of 4", "audience", "explain", "crier", "--event", file)
		r.tell(0, "with credential cd\n4 of 4", "hook", "test", "cry", "--file", file, "--credential", "cd")
		r.tell(1, "404", "hook", "test", "cry", "--file", file, "--credential", "ce")
		must(t, os.WriteFile(file, []byte(`{"text": "x", "user": "cy", "group": "@TGS#2ROOM", "to": {"everyone": true}}`), 0o600))
		r.tell(1, "403 Forbidden\n(credentials.ci.allow.audience)", "hook", "test", "cry", "--file", file)
		r.tell(1, "422\n(credentials.ci.allow.audience)", "audience", "explain", "crier", "--event", file)
	})
	t.Run("each of the credentials signs", func(t *testing.T) {
		for name, token := range map[string]string{"": hookToken, "ci": hookToken, "cd": r.secret} {
			code, out, errs := botd(t, "", "hook", "sign", "cry", "{}", "--config", r.config(), "--credential", name, "--lines")
			if code != 0 || !strings.Contains(out, "Authorization: Bearer "+token) {
				t.Errorf("%q: %d %s%s", name, code, out, errs)
			}
		}
		if code, _, errs := botd(t, "", "hook", "sign", "cry", "{}", "--config", r.config(), "--credential", "ce"); code != 2 || !strings.Contains(errs, `takes no credential "ce"`) {
			t.Errorf("%d %s", code, errs)
		}
		if _, out, _ := botd(t, "", "hook", "list", "--config", r.config()); !strings.Contains(out, "credential ci, 1 secret") || !strings.Contains(out, "credential cd, 1 secret") {
			t.Errorf("%s", out)
		}
	})
	t.Run("what is handled again stays within it", func(t *testing.T) {
		event := receipts["by a condition"].Events[0].String()
		r.tell(0, "not within (owner, admin, user cy)\n3 of 4", "events", "replay", event, "--dry-run")
		r.tell(0, "will be handled again", "events", "replay", event)
		r.until("it was sent again", func() bool {
			n := 0
			for _, text := range r.saw()["ann"] {
				if text == "by a condition" {
					n++
				}
			}
			return n == 2
		})
		if saw := r.saw()["dee"]; len(saw) != 1 {
			t.Errorf("dee saw %q", saw)
		}
	})
	t.Run("more than so many a minute are told to wait", func(t *testing.T) {
		// Under the id of one that was refused, which is free.
		if a := r.cry(hookToken, "everyone", `"to": {"users": ["bo"]}`); a.status != http.StatusAccepted {
			t.Errorf("answered %d: %s", a.status, a.body)
		}
		a := r.cry(hookToken, "the fifth", `"to": {"users": ["bo"]}`)
		if a.status != http.StatusTooManyRequests || !strings.Contains(a.body, "(credentials.ci.allow.per_minute)") || a.header.Get("Retry-After") == "" {
			t.Errorf("answered %d %v: %s", a.status, a.header, a.body)
		}
		if a := r.cry(r.secret, "the other sender", `"to": {"users": ["bo"]}`); a.status != http.StatusAccepted {
			t.Errorf("the other sender: answered %d: %s", a.status, a.body)
		}
	})
	t.Run("nothing was kept of what was refused", func(t *testing.T) {
		list := r.tell(0, "crier", "events", "list", "--limit", "100")
		if n := strings.Count(list, "crier"); n != 3+1+1+2 {
			t.Errorf("%d events:\n%s", n, list)
		}
		if strings.Contains(r.log.String(), hookToken) || regexp.MustCompile(`\bdee\b`).MatchString(r.log.String()) {
			t.Error("the log quotes a token or a payload")
		}
	})
}

// gossip tells everyone, a moment later.
var gossip = plugins.Define("gossip", "1.0.0", func(struct{}) (plugins.Handler, error) {
	m := plugins.NewMux()
	plugins.On(m, "hear", func(_ context.Context, e chat.Event, r remind) ([]chat.Message, error) {
		rumour.Set(e, time.Second, r)
		return nil, nil
	})
	plugins.OnTimer(m, rumour, func(_ context.Context, _ chat.Event, r remind) ([]chat.Message, error) {
		return chat.Everyone.Say("%s", r.Text), nil
	})
	return m, nil
})

var rumour = plugins.NewTimer[remind]("rumour")

func TestWhatATimerBringsStaysWithinTheCeilingOfItsWebhook(t *testing.T) {
	r := newRig(t, `
  gossip:
    account: tellbot
    groups: ["@TGS#2ROOM"]
    on:
      hear: {webhook: hear, verify: {bearer: {token_file: hook.token}}, allow: {audience: {roles: [admin]}}}
    plugin: gossip
    audience: {everyone: true}
`, gossip)
	a := r.do(http.MethodPost, r.public+"/hooks/hear", http.Header{"Authorization": {"Bearer " + hookToken}}, `{"text": "psst"}`)
	if a.status != http.StatusAccepted {
		t.Fatalf("answered %d: %s", a.status, a.body)
	}
	r.until("the timer came", func() bool { return len(r.saw()) > 0 })
	h := r.settled(2)
	if saw := r.saw(); len(saw) != 1 || !slices.Equal(saw["bo"], []string{"psst"}) || h.Event.Kind != chat.Timer {
		t.Errorf("%q saw it, of %+v", saw, h.Event)
	}
	r.tell(0, "can reach no more than admin", "events", "show", "e2")
}

// Ids can be guessed, and so can what somebody else will post. Who has a leaked
// token and was first must not have the other sender's webhook taken for a repeat.
func TestALeakedTokenDoesNotUseUpTheIdsOfOthers(t *testing.T) {
	for _, rule := range []string{"flag", "drop"} {
		t.Run("same_body: "+rule, func(t *testing.T) {
			r := newRig(t, strings.Replace(leaky, "{webhook: cry, ", "{webhook: cry, same_body: "+rule+", ", 1))
			var receipts []chat.Receipt
			for _, x := range []struct{ token, asks string }{
				{hookToken, `"to": {"users": ["bo"]}`}, {r.secret, `"to": {"everyone": true}`}, {r.secret, `"to": {"everyone": true}`},
				{hookToken, `"to": {"users": ["bo"]}`},
			} {
				a := r.cry(x.token, "release-7", x.asks)
				if a.status != http.StatusAccepted {
					t.Fatalf("answered %d: %s", a.status, a.body)
				}
				var receipt chat.Receipt
				must(t, json.Unmarshal([]byte(a.body), &receipt))
				receipts = append(receipts, receipt)
			}
			if a, b := receipts[0], receipts[1]; b.Repeated || a.ID == b.ID {
				t.Errorf("the other sender's is a repeat: %+v, %+v", a, b)
			}
			if !receipts[2].Repeated || receipts[2].ID != receipts[1].ID || !receipts[3].Repeated || receipts[3].ID != receipts[0].ID {
				t.Errorf("a repeat is none: %+v", receipts)
			}
			r.settled(receipts[1].Events[0])
			if saw := r.saw()["dee"]; len(saw) != 1 {
				t.Errorf("dee saw %q", saw)
			}
		})
	}
	t.Run("nor by the body", func(t *testing.T) {
		r := newRig(t, strings.Replace(leaky, "{webhook: cry, ", "{webhook: cry, same_body: drop, ", 1))
		body := fmt.Sprintf(`{"text": "the release is out", "user": "cy", "group": %q}`, room)
		for i, token := range []string{hookToken, r.secret} {
			a := r.do(http.MethodPost, r.public+"/hooks/cry", http.Header{"Authorization": {"Bearer " + token}, "Idempotency-Key": {fmt.Sprintf("id-%d", i)}}, body)
			if a.status != http.StatusAccepted || strings.Contains(a.body, `"repeated":true`) {
				t.Errorf("answered %d: %s", a.status, a.body)
			}
		}
	})
}
