package webhooks

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestStripe(t *testing.T) {
	// No base64, and used as it is written.
	const key, rolled = "whsec_canary_of_the_endpoint", "whsec_canary_before_it_was_rolled"
	body := `{"id":"evt_1NG8Du2eZvKYlo2CUI79vXWy","object":"event","type":"charge.succeeded"}`
	h := headerStripeSignature
	d := []Delivery{{ID: "evt_1NG8Du2eZvKYlo2CUI79vXWy", Type: "charge.succeeded"}}
	zeros := strings.Repeat("0", 64)
	playKind(t, "stripe", Settings{Secrets: []string{key, rolled}}, Sample{ID: "not looked at", Type: "nor this", Body: []byte(body)}, []sent{
		{name: "an event", want: d},
		{name: "299 seconds old", at: 299 * time.Second, want: d},
		{name: "299 seconds from the future", at: -299 * time.Second, want: d},
		{name: "301 seconds old", at: 301 * time.Second, status: unauthorized},
		{name: "301 seconds from the future", at: -301 * time.Second, status: unauthorized},
		{name: "another v1 beside it, while the secret is rolled", change: edited(h, func(s string) string { return s + ",v1=" + zeros }), want: d},
		{name: "another v1 before it", change: edited(h, func(s string) string { return strings.Replace(s, ",v1=", ",v1="+zeros+",v1=", 1) }), want: d},
		{name: "v0 beside it", change: edited(h, func(s string) string { return s + ",v0=" + zeros }), want: d},
		{name: "junk beside it", change: edited(h, func(s string) string { return ",,v2=x,v1=zz,v1," + s + ",=" }), want: d},
		{name: "v0 instead", change: edited(h, func(s string) string { return strings.Replace(s, "v1=", "v0=", 1) }), status: unauthorized},
		{name: "another time", change: edited(h, func(s string) string { return strings.Replace(s, "t=1", "t=2", 1) }), status: unauthorized},
		{name: "two times", change: edited(h, func(s string) string { return "t=1795510800," + s }), status: unauthorized},
		{name: "no time", change: edited(h, func(s string) string { return s[strings.IndexByte(s, ',')+1:] }), status: unauthorized},
		{name: "a time that is none", change: edited(h, func(s string) string { return strings.Replace(s, "t=", "t=+", 1) }), status: unauthorized},
		{name: "no signature in it", change: edited(h, func(s string) string { return s[:strings.IndexByte(s, ',')] }), status: unauthorized},
		{name: "an empty signature in it", change: edited(h, func(s string) string { return s[:strings.IndexByte(s, ',')] + ",v1=" }), status: unauthorized},
		{name: "no header", change: lacking(h), status: unauthorized},
		{name: "the header twice", change: doubled(h), status: unauthorized},
		{name: "another body", change: otherBody, status: unauthorized},
		{name: "the headers of Standard Webhooks instead", change: func(r *http.Request) {
			r.Header = must(sign("standard_webhooks", secret, Sample{ID: "m", At: now, Body: []byte(body)}))
			r.Header.Set("Content-Type", mediaJSON)
		}, status: unauthorized},
		{name: "no id", body: `{"type":"charge.succeeded"}`, status: http.StatusUnprocessableEntity, detail: "evt_"},
		{name: "an id that is a number", body: `{"id":7,"type":"charge.succeeded"}`, status: http.StatusUnprocessableEntity, detail: "evt_"},
		{name: "an id with another key's case", body: `{"ID":"evt_1","type":"charge.succeeded"}`, status: http.StatusUnprocessableEntity, detail: "evt_"},
		{name: "an id that cannot be kept", body: `{"id":"evt é","type":"x"}`, status: http.StatusBadRequest},
		{name: "no type", body: `{"id":"evt_1"}`, status: http.StatusUnprocessableEntity, detail: "a type"},
		{name: "no object", body: `[]`, status: http.StatusUnprocessableEntity, detail: "evt_"},
		{name: "signed and no JSON", body: `{"id":"evt_1"`, status: http.StatusBadRequest, detail: "one JSON value"},
	})
	closedWithout(t, "stripe", Settings{Secrets: []string{"sk_live_0123456789abcdef"}}, Settings{Secrets: []string{"whsec_"}}, Settings{Secrets: []string{key, ""}})
}
