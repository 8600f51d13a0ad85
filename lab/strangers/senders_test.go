package strangers

import (
	"cmp"
	"crypto/ed25519"
	"encoding/base64"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/botd-chat/botd/webhooks"
)

// sender is somebody who has a hook, and how it posts to it.
type sender struct {
	hook, kind string
	settings   webhooks.Settings
	verify     string   // in the configuration; SECRET stands for the name of the file
	proof      []string // the headers without which, or with another value of which, it proves nothing
	timed      string   // of these the one that holds a signed time, and nothing else; empty for none
	id         string   // the header of the delivery's id, where it is signed with nothing or is odd in itself; empty for none
	event      string   // of the sample
	body       string
	media      string   // of the body; empty: application/json
	takes      []string // beside JSON: "forms", or "anything" that says in its header what it is
}

// mark stands in whatever a stranger sends that must not be in a log.
const mark = "MARKofSTRANGER"

// secretOf is a text that is somewhat like a secret, the same in each run.
func secretOf(name string) string {
	return "SECRETof" + strings.ReplaceAll(name, "_", "") + strings.Repeat("0123456789abcdef", 3)
}

func keyOf(name string) string {
	return "whsec_" + base64.StdEncoding.EncodeToString([]byte(secretOf(name)[:40]))
}

var private = ed25519.NewKeyFromSeed([]byte("a seed of thirty-two bytes, odd."))

const (
	plainBody  = `{"text":"` + mark + `","user":"cy"}`
	alertBody  = `{"version":"4","groupKey":"{}:{}","status":"firing","receiver":"botd","groupLabels":{},"commonLabels":{},"commonAnnotations":{},"externalURL":"http://127.0.0.1","alerts":[{"status":"firing","labels":{"alertname":"` + mark + `"},"annotations":{},"startsAt":"2026-03-04T09:00:00Z","endsAt":"0001-01-01T00:00:00Z","generatorURL":"http://127.0.0.1","fingerprint":"0123456789abcdef"}]}`
	stripeBody = `{"id":"evt_1","object":"event","type":"charge.succeeded","data":{"object":{"description":"` + mark + `"}}}`
	cloudBody  = `{"specversion":"1.0","id":"ce1","source":"/here","type":"com.example.done","data":{"text":"` + mark + `"}}`
	slackBody  = `{"type":"event_callback","event_id":"Ev1","event":{"type":"message","text":"` + mark + `"}}`
)

// senders are one of each kind, and of some kinds one of each of their ways.
func senders() []sender {
	grafanaBody := strings.Replace(alertBody, `"version":"4"`, `"version":"1","orgId":1`, 1)
	secret := func(name string) webhooks.Settings { return webhooks.Settings{Secrets: []string{secretOf(name)}} }
	by := func(name, kind string) webhooks.Settings {
		s := secret(name)
		if s.By = kind; kind == "basic" {
			s.User = "ann"
		}
		return s
	}
	keyed := func(name string) webhooks.Settings { return webhooks.Settings{Secrets: []string{keyOf(name)}} }
	stamped := webhooks.HMAC{Header: "X-Signature", Encoding: "hex", Algorithm: "sha256", Signed: "{timestamp}.{body}", Timestamp: "X-Time", ID: "X-Id"}
	grafana := by("grafana", "hmac")
	grafana.HMAC = webhooks.HMAC{Timestamp: "X-Time"}
	custom := secret("hmac")
	custom.HMAC = stamped
	signing := keyed("gitlab_signing")
	signing.By = "standard_webhooks"
	basic := secret("basic")
	basic.User = "ann"
	return []sender{
		{hook: "alertmanager", settings: by("alertmanager", "bearer"), verify: "{bearer: {token_file: SECRET}}", proof: []string{"Authorization"}, body: alertBody},
		{hook: "alertmanager_basic", kind: "alertmanager", settings: by("alertmanager_basic", "basic"), verify: "{basic: {user: ann, password_file: SECRET}}", proof: []string{"Authorization"}, body: alertBody},
		{hook: "basic", settings: basic, verify: "{user: ann, password_file: SECRET}", proof: []string{"Authorization"}, id: "Idempotency-Key", body: plainBody},
		{hook: "bearer", settings: secret("bearer"), verify: "{token_file: SECRET}", proof: []string{"Authorization"}, id: "Idempotency-Key", body: plainBody},
		{hook: "cloudevents", settings: by("cloudevents", "bearer"), verify: "{bearer: {token_file: SECRET}}", proof: []string{"Authorization"}, body: cloudBody,
			media: "application/cloudevents+json", takes: []string{"anything"}},
		{hook: "forgejo", settings: secret("forgejo"), verify: "{secret_file: SECRET}", proof: []string{"X-Forgejo-Signature"}, id: "X-Forgejo-Delivery", event: "push", body: plainBody},
		{hook: "gitea", settings: secret("gitea"), verify: "{secret_file: SECRET}", proof: []string{"X-Gitea-Signature"}, id: "X-Gitea-Delivery", event: "push", body: plainBody},
		{hook: "github", settings: secret("github"), verify: "{secret_file: SECRET}", proof: []string{"X-Hub-Signature-256"}, id: "X-Github-Delivery", event: "push", body: plainBody, takes: []string{"forms"}},
		{hook: "gitlab", settings: secret("gitlab"), verify: "{token_file: SECRET}", proof: []string{"X-Gitlab-Token"}, id: "Idempotency-Key", event: "Push Hook", body: plainBody},
		{hook: "gitlab_signing", kind: "gitlab", settings: signing, verify: "{signing_token_file: SECRET}", proof: standardProof, timed: "Webhook-Timestamp", event: "Push Hook", body: plainBody},
		{hook: "grafana", settings: grafana, verify: "{hmac: {secret_file: SECRET, timestamp_header: X-Time}}", proof: []string{"X-Grafana-Alerting-Signature", "X-Time"}, timed: "X-Time", body: grafanaBody},
		{hook: "hmac", settings: custom, verify: `{secret_file: SECRET, header: X-Signature, signed: "{timestamp}.{body}", timestamp_header: X-Time, id_header: X-Id}`,
			proof: []string{"X-Signature", "X-Time"}, timed: "X-Time", id: "X-Id", body: plainBody},
		{hook: "none", verify: "{}", id: "Idempotency-Key", body: plainBody},
		{hook: "shopify", settings: secret("shopify"), verify: "{secret_file: SECRET}", proof: []string{"X-Shopify-Hmac-Sha256"}, id: "X-Shopify-Event-Id", event: "orders/create", body: plainBody},
		{hook: "slack", settings: secret("slack"), verify: "{secret_file: SECRET}", proof: []string{"X-Slack-Signature", "X-Slack-Request-Timestamp"}, timed: "X-Slack-Request-Timestamp", body: slackBody, takes: []string{"forms"}},
		{hook: "standard_webhooks", settings: keyed("standard_webhooks"), verify: "{secret_file: SECRET}", proof: standardProof, timed: "Webhook-Timestamp", body: plainBody},
		{hook: "standard_private", kind: "standard_webhooks",
			settings: webhooks.Settings{Secrets: []string{"whsk_" + base64.StdEncoding.EncodeToString(private)}},
			verify:   fmt.Sprintf("{public_keys: [whpk_%s]}", base64.StdEncoding.EncodeToString(private.Public().(ed25519.PublicKey))),
			proof:    standardProof, timed: "Webhook-Timestamp", body: plainBody},
		{hook: "stripe", settings: webhooks.Settings{Secrets: []string{"whsec_" + secretOf("stripe")}}, verify: "{secret_file: SECRET}", proof: []string{"Stripe-Signature"}, body: stripeBody},
		{hook: "svix", settings: keyed("svix"), verify: "{secret_file: SECRET}", proof: []string{"Svix-Id", "Svix-Timestamp", "Svix-Signature"}, timed: "Svix-Timestamp", body: plainBody},
	}
}

var standardProof = []string{"Webhook-Id", "Webhook-Timestamp", "Webhook-Signature"}

// everyKind makes sure that no scheme is left out.
func everyKind(t *testing.T, all []sender) {
	t.Helper()
	for _, kind := range webhooks.Kinds() {
		if !slices.ContainsFunc(all, func(s sender) bool { return s.scheme() == kind }) {
			t.Errorf("no hook of the scheme %s: add one to the senders", kind)
		}
	}
}

func (s sender) scheme() string {
	if s.kind != "" {
		return s.kind
	}
	return s.hook
}

// yaml is its trigger in the configuration.
func (s sender) yaml() string {
	return fmt.Sprintf("      %s: {webhook: %s, verify: {%s: %s}}\n", s.hook, s.hook, s.scheme(), strings.ReplaceAll(s.verify, "SECRET", s.hook+".secret"))
}

// signed are the headers of a body as the sender posts it, under an id of its own
// in each test.
func (s sender) signed(at time.Time, id string, body []byte) (http.Header, error) {
	kind, err := webhooks.FindKind(s.scheme())
	if err != nil {
		return nil, err
	}
	h, err := kind.Sign(s.settings, webhooks.Sample{ID: id, Type: s.event, At: at, Body: body})
	if err != nil {
		return nil, fmt.Errorf("signing for %s: %w", s.hook, err)
	}
	h.Set("Content-Type", cmp.Or(s.media, "application/json"))
	return h, nil
}

// lines are headers in an order that is the same in each run.
func lines(h http.Header) (list []line) {
	for _, name := range slices.Sorted(maps.Keys(h)) {
		for _, v := range h[name] {
			list = append(list, line{name, v})
		}
	}
	return list
}
