package senders

import (
	"net/http"
	"testing"
	"time"

	"github.com/google/go-github/v75/github"
	"github.com/slack-go/slack"
	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	stripe "github.com/stripe/stripe-go/v85/webhook"

	"github.com/botd-chat/botd/webhooks"
)

// The secrets of the tests below, which nobody else has.
const (
	signingKey = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	plainWord  = "a-word-for-the-laboratory-alone"
)

// TestTheSendersLibrariesBelieveWhatBotdSigns checks what `botd hook sign` makes
// with what receivers elsewhere check with: were both sides of ours wrong alike,
// the senders' own would say so.
func TestTheSendersLibrariesBelieveWhatBotdSigns(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		kind, secret string
		check        func(h http.Header, body []byte) error
	}{
		{"github", plainWord, func(h http.Header, body []byte) error {
			return github.ValidateSignature(h.Get("X-Hub-Signature-256"), body, []byte(plainWord))
		}},
		{"standard_webhooks", signingKey, func(h http.Header, body []byte) error {
			hook, err := standardwebhooks.NewWebhook(signingKey)
			if err != nil {
				return err
			}
			return hook.Verify(body, h)
		}},
		{"stripe", signingKey, func(h http.Header, body []byte) error {
			return stripe.ValidatePayload(body, h.Get("Stripe-Signature"), signingKey)
		}},
		{"slack", plainWord, func(h http.Header, body []byte) error {
			v, err := slack.NewSecretsVerifier(h, plainWord)
			if err != nil {
				return err
			}
			if _, err := v.Write(body); err != nil {
				return err
			}
			return v.Ensure()
		}},
	} {
		t.Run(c.kind, func(t *testing.T) {
			kind, err := webhooks.FindKind(c.kind)
			if err != nil {
				t.Fatal(err)
			}
			body := []byte(`{"id": "evt_1", "event_id": "Ev1", "type": "order.paid", "text": "Größe, 大小"}`)
			h, err := kind.Sign(webhooks.Settings{Secrets: []string{c.secret}}, webhooks.Sample{ID: "evt_1", Type: "push", At: time.Now(), Body: body})
			if err != nil {
				t.Fatal(err)
			}
			if err := c.check(h, body); err != nil {
				t.Error(err)
			}
			if err := c.check(h, append(body, ' ')); err == nil {
				t.Error("it believes another body as well, so it checks nothing")
			}
		})
	}
}
