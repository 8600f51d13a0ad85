package senders

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	stripe "github.com/stripe/stripe-go/v85/webhook"

	"github.com/botd-chat/botd/internal/need"
	"github.com/botd-chat/botd/lab/rig"
	"github.com/botd-chat/botd/webhooks"
)

const tutorials = "../../docs/examples/senders"

var (
	admins = []string{"owner", "admin1", "admin2"}
	owner  = []string{"owner"}
)

// TestTheTutorials gives one botd the bots of all pages of docs/senders, and
// posts to each what its sender would, signed by the sender's own library where
// there is one. All is posted twice, as by a sender that lost the answer.
func TestTheTutorials(t *testing.T) {
	t.Parallel()
	h := furnish(t, map[string]string{
		"secrets/github": plainWord, "secrets/gitlab": signingKey, "secrets/gitea": plainWord, "secrets/stripe": signingKey,
		"secrets/slack": plainWord, "secrets/shopify": plainWord, "secrets/alertmanager": token, "secrets/grafana": plainWord,
		"secrets/cloudevents": token, "secrets/jobs": token, "secrets/bitbucket": plainWord, "secrets/convoy": plainWord, "secrets/orders": signingKey,
	}, allBots(t))
	h.start()
	for _, c := range []struct {
		hook string
		body []byte
		sign func(body []byte) http.Header
		want string
		who  []string
	}{
		{"github", preset(t, "github/push.json"), as("github", plainWord, "push"), golden(t, "github/push.txt"), admins},
		{"gitlab", preset(t, "gitlab/pipeline.json"), as("gitlab", signingKey, "Pipeline Hook"), golden(t, "gitlab/pipeline.txt"), admins},
		{"gitea", preset(t, "gitea/push.json"), as("gitea", plainWord, "push"), golden(t, "gitea/push.txt"), admins},
		{"stripe", preset(t, "stripe/payment_intent.payment_failed.json"), byStripe, golden(t, "stripe/payment_intent.payment_failed.txt"), owner},
		{"slack", []byte(mentioned), as("slack", plainWord, ""), "Somebody calls for help in Slack:\n<@U0LAN0Z89> the printer burns", admins},
		{"slack-commands", []byte(paged), posted(as("slack", plainWord, "")), onCall[0] + " asks for help:\nthe printer burns", admins},
		{"shopify", []byte(ordered), as("shopify", plainWord, "orders/create"), "Order #1001: 598.94 USD", admins},
		{"alerts", preset(t, "alertmanager/firing.json"), byToken, golden(t, "alertmanager/firing.txt"), onCall},
		{"grafana", preset(t, "grafana/firing.json"), as("grafana", plainWord, ""), golden(t, "grafana/firing.txt"), onCall},
		{"bitbucket", []byte(asked), byBitbucket, "Ann asks to merge: Larger buttons\nhttps://bitbucket.org/acme/shop/pull-requests/7", admins},
		{"convoy", []byte(`{"invoice": "I-7"}`), byConvoy, "Invoice I-7 is due.", admins},
		{"orders", []byte(`{"type": "order.paid", "timestamp": "2026-11-30T20:00:00Z", "data": {"number": 4711}}`), byStandardWebhooks, "Order 4711 is paid.", admins},
	} {
		t.Run(c.hook, func(t *testing.T) {
			h.shown(t, c.who, c.want, func() {
				header := c.sign(c.body)
				for range 2 {
					if code := h.post(c.hook, header.Clone(), c.body); code/100 != 2 {
						t.Errorf("the answer is %d", code)
					}
				}
			})
		})
	}
	t.Run("cloudevents", func(t *testing.T) { h.shown(t, admins, "Order 4711 is paid.", func() { h.sdk(t) }) })
	t.Run("jobs", func(t *testing.T) {
		h.shown(t, admins, "nightly \"quoted\": failure\nhttps://ci.example.com/1", func() { h.script(t) })
	})
}

const (
	mentioned = `{"token": "x", "team_id": "T061EG9R6", "api_app_id": "A0FFV41KK", "type": "event_callback", "event_id": "Ev9UQ52YNA", "event_time": 1796069000,
		"event": {"type": "app_mention", "user": "U061F7AUR", "text": "<@U0LAN0Z89> the printer burns", "ts": "1796069000.000100", "channel": "C0LAN2Q65"}}`
	paged   = "token=x&team_id=T061EG9R6&user_id=U2147483697&user_name=tina&command=%2Fpage&text=the+printer+burns&trigger_id=13345224609.738474920.8088930838d88f008e0"
	ordered = `{"id": 820982911946154508, "name": "#1001", "total_price": "598.94", "currency": "USD", "financial_status": "paid", "line_items": []}`
	asked   = `{"actor": {"display_name": "Ann"}, "repository": {"full_name": "acme/shop"},
		"pullrequest": {"id": 7, "title": "Larger buttons", "links": {"html": {"href": "https://bitbucket.org/acme/shop/pull-requests/7"}}}}`
)

// allBots are the bots of all pages, in the group of the house.
func allBots(t *testing.T) string {
	t.Helper()
	pages, err := filepath.Glob(filepath.Join(tutorials, "*.yaml"))
	if err != nil || len(pages) < 12 {
		t.Fatalf("%d pages: %v", len(pages), err)
	}
	all := "bots:\n"
	for _, page := range pages {
		bots, found := strings.CutPrefix(string(file(t, page)), "bots:\n")
		if !found {
			t.Errorf("%s does not begin with its bots", page)
		}
		all += bots
	}
	return strings.NewReplacer(`"@TGS#2TEAMROOM01"`, fmt.Sprintf("%q", rig.GroupID(0)), "account: noticebot", "account: "+rig.Account,
		"[tina, uma]", "["+strings.Join(onCall, ", ")+"]", `"tina"`, strconv.Quote(onCall[0])).Replace(all)
}

// posted is for what is posted as a form.
func posted(sign func([]byte) http.Header) func([]byte) http.Header {
	return func(body []byte) http.Header {
		h := sign(body)
		h.Set("Content-Type", "application/x-www-form-urlencoded")
		return h
	}
}

func preset(t *testing.T, name string) []byte {
	t.Helper()
	return file(t, filepath.Join("../../plugins/rules/presets/testdata", name))
}

func golden(t *testing.T, name string) string {
	t.Helper()
	return strings.TrimSuffix(string(preset(t, name)), "\n")
}

// as signs as `botd hook sign` does, for senders that have no library which
// signs.
func as(name, secret, event string) func([]byte) http.Header {
	return func(body []byte) http.Header {
		settings := webhooks.Settings{Secrets: []string{secret}}
		if name == "grafana" {
			settings.By, settings.HMAC.Timestamp = "hmac", "X-Grafana-Alerting-Timestamp"
		}
		kind, err := webhooks.FindKind(name)
		if err != nil {
			panic(err)
		}
		h, err := kind.Sign(settings, webhooks.Sample{ID: "of-" + name, Type: event, At: time.Now(), Body: body})
		if err != nil {
			panic(err)
		}
		return h
	}
}

func byStripe(body []byte) http.Header {
	signed := stripe.GenerateTestSignedPayload(&stripe.UnsignedPayload{Payload: body, Secret: signingKey})
	return http.Header{"Stripe-Signature": {signed.Header}}
}

func byToken([]byte) http.Header { return http.Header{"Authorization": {"Bearer " + token}} }

// byBitbucket has the signature of GitHub in a header of another name.
func byBitbucket(body []byte) http.Header {
	h := as("github", plainWord, "")(body)
	return http.Header{"X-Hub-Signature": h["X-Hub-Signature-256"], "X-Request-Uuid": {"r-7"}, "X-Event-Key": {"pullrequest:created"}}
}

// byConvoy signs as Convoy's documentation has it, with a second signature of a
// secret that botd does not know yet.
func byConvoy(body []byte) http.Header {
	at := strconv.FormatInt(time.Now().Unix(), 10)
	value := "t=" + at
	for _, secret := range []string{"the-next-secret-of-convoy", plainWord} {
		sum := hmac.New(sha256.New, []byte(secret))
		sum.Write([]byte(at + "," + string(body)))
		value += ",v1=" + hex.EncodeToString(sum.Sum(nil))
	}
	return http.Header{"X-Convoy-Signature": {value}}
}

func byStandardWebhooks(body []byte) http.Header {
	hook, err := standardwebhooks.NewWebhook(signingKey)
	if err != nil {
		panic(err)
	}
	now := time.Now()
	signature, err := hook.Sign("msg_4711", now, body)
	if err != nil {
		panic(err)
	}
	return http.Header{"Webhook-Id": {"msg_4711"}, "Webhook-Timestamp": {fmt.Sprint(now.Unix())}, "Webhook-Signature": {signature}}
}

// sdk sends an event with the program of the page, twice.
func (h *house) sdk(t *testing.T) {
	t.Helper()
	secret := filepath.Join(h.folder, "secrets/cloudevents")
	for range 2 {
		c := exec.CommandContext(t.Context(), "go", "run", "./"+filepath.Join(tutorials, "cloudevents"), h.botd.Hook("cloudevents"), secret)
		if out, err := c.CombinedOutput(); err != nil {
			t.Errorf("%v\n%s", err, out)
		}
	}
}

// script runs the script of the page, twice, with what a job would give it.
func (h *house) script(t *testing.T) {
	t.Helper()
	need.Program(t, "jq", "jq")
	need.Program(t, "curl", "curl")
	for range 2 {
		c := exec.CommandContext(t.Context(), "sh", "notify.sh")
		c.Dir = tutorials
		c.Env = append(os.Environ(), "BOTD="+strings.TrimSuffix(h.botd.Hook(""), "/hooks/"), "HOOK_TOKEN="+token,
			"RUN=nightly-1", `JOB=nightly "quoted"`, "STATUS=failure", "LINK=https://ci.example.com/1")
		if out, err := c.CombinedOutput(); err != nil {
			t.Errorf("%v\n%s", err, out)
		}
	}
}

// What is refused is not tried again, which takes half a minute and is of no use.
func TestTheScriptEndsWhenItIsRefused(t *testing.T) {
	t.Parallel()
	need.Program(t, "jq", "jq")
	need.Program(t, "curl", "curl")
	var asked atomic.Int32
	refuses := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		http.Error(w, "who are you?", http.StatusUnauthorized)
	}))
	defer refuses.Close()
	c := exec.CommandContext(t.Context(), "sh", "notify.sh")
	c.Dir = tutorials
	c.Env = append(os.Environ(), "BOTD="+refuses.URL, "HOOK_TOKEN=x", "RUN=1", "JOB=nightly", "STATUS=failure", "LINK=x")
	if out, err := c.CombinedOutput(); err == nil || asked.Load() != 1 || !strings.Contains(string(out), "who are you?") {
		t.Errorf("asked %d times, %v: %s", asked.Load(), err, out)
	}
}

// shown does something and waits until what comes of it has arrived: each of
// these has one new message, with this text, and nobody else has any.
func (h *house) shown(t *testing.T, who []string, text string, do func()) {
	t.Helper()
	before := map[string]int{}
	for user, inbox := range h.service.Inboxes() {
		before[user] = len(inbox.Messages)
	}
	do()
	await(t, "message", func() bool {
		inbox, err := h.service.Inbox(who[0])
		waiting, failed := h.botd.Waiting(t.Context())
		return err == nil && failed == nil && waiting == 0 && len(inbox.Messages) > before[who[0]]
	})
	for user, inbox := range h.service.Inboxes() {
		fresh := inbox.Messages[before[user]:]
		switch {
		case !slices.Contains(who, user):
			if len(fresh) > 0 {
				t.Errorf("%s was shown %q", user, fresh[0].Text)
			}
		case len(fresh) != 1:
			t.Errorf("%s was told %d times", user, len(fresh))
		case fresh[0].Text != text:
			t.Errorf("%s was told\n%s\nwant\n%s", user, fresh[0].Text, text)
		}
	}
}

// TestTheActionGivesTheScriptAllThatItReads compares the two by the names of
// variables.
func TestTheActionGivesTheScriptAllThatItReads(t *testing.T) {
	action := string(file(t, filepath.Join(tutorials, "actions.yml")))
	read := regexp.MustCompile(`\$([A-Z_]+)`).FindAllStringSubmatch(string(file(t, filepath.Join(tutorials, "notify.sh"))), -1)
	if len(read) < 6 {
		t.Errorf("the script reads %q", read)
	}
	for _, name := range read {
		if !strings.Contains(action, "\n    "+name[1]+": ") {
			t.Errorf("the script reads %s, and the action does not set it", name[1])
		}
	}
}
