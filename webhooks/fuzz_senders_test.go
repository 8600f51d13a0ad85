package webhooks

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"
)

// dressed is which headers of a kind are filled with nonsense; empty for none.
type dressed struct{ signature, at, id, event string }

// fuzzKind holds of a kind that nothing passes without what its sender would
// have signed, and that what is read of a request that passed can be kept.
func fuzzKind(f *testing.F, kind string, hook, sender Settings, d dressed, bodies ...string) {
	k := must(FindKind(kind))
	verify, read, err := k.New(hook)
	if err != nil {
		f.Fatal(err)
	}
	for _, body := range bodies {
		h := must(k.Sign(sender, Sample{ID: "id-1", Type: "event", At: now, Body: []byte(body)}))
		f.Add(h.Get(d.signature), h.Get(d.at), h.Get(d.id), h.Get(d.event), body, false)
		f.Add(","+h.Get(d.signature)+" ,x=y", "+1", "é", strings.Repeat("x", 200), body, true)
		f.Add(strings.ToUpper(h.Get(d.signature)), h.Get(d.at), "", "a b", "payload="+body, true)
	}
	f.Fuzz(func(t *testing.T, signature, at, id, event, body string, form bool) {
		h := http.Header{"Content-Type": {mediaJSON}}
		if form {
			h.Set("Content-Type", mediaForm)
		}
		for name, value := range map[string]string{d.signature: signature, d.at: at, d.id: id, d.event: event} {
			if name != "" {
				h[name] = []string{value}
			}
		}
		q := &Request{Header: h, Body: []byte(body), Now: now}
		if verify.Verify(q) == nil && !signedFor(k, sender, d, h, body) {
			t.Errorf("%q passed", h)
		}
		keeps(t, read, q)
	})
}

var stripeTime = regexp.MustCompile(`(?:^|,)t=([0-9]+)`)

// signedFor reports whether a request has what its sender would have signed it
// with at that time.
func signedFor(k Kind, sender Settings, d dressed, h http.Header, body string) bool {
	at := h.Get(d.at)
	if m := stripeTime.FindStringSubmatch(h.Get(d.signature)); m != nil {
		at = m[1]
	}
	m := Sample{ID: h.Get(d.id), Body: []byte(body)}
	if at != "" {
		when, err := parseSeconds("at", at)
		if err != nil || when.Sub(now).Abs() > 300*time.Second {
			return false
		}
		m.At = when
	}
	if checkID("id", m.ID) != nil || strings.Contains(m.ID, ".") {
		m.ID = "x"
	}
	right := must(k.Sign(sender, m)).Get(d.signature)
	right = right[strings.LastIndexAny(strings.TrimRight(right, "="), ",=")+1:]
	return strings.Contains(strings.ToLower(h.Get(d.signature)), strings.ToLower(right))
}

// keeps holds that whatever is read of a request is an answer, an error that
// says something, or deliveries with ids and payloads that can be kept.
func keeps(t *testing.T, read Reader, q *Request) {
	t.Helper()
	media := mediaOf(q.Header)
	if !read.Takes(media) || isJSON(media) && checkJSON(q.Body) != nil {
		return // refused before
	}
	reading, err := read.Read(q)
	switch {
	case err != nil && err.Error() == "":
		t.Error("an error without words")
	case err != nil:
		return
	case reading.Answer == nil && len(reading.Deliveries) == 0:
		t.Error("nothing is read and nothing said")
	}
	for _, d := range reading.Deliveries {
		if d.ID != "" && checkID("id", d.ID) != nil || len(d.Type) > maxLabel {
			t.Errorf("read as %q, %q", d.ID, d.Type)
		}
		if err := checkJSON(d.Payload); err != nil {
			t.Errorf("the payload %q: %v", d.Payload, err)
		}
	}
}

func FuzzGitHub(f *testing.F) {
	s := Settings{Secrets: []string{token}}
	fuzzKind(f, "github", s, s, dressed{headerGitHubSignature, "", headerGitHubDelivery, headerGitHubEvent}, answer, "payload=%7B%7D")
}

func FuzzForges(f *testing.F) {
	s := Settings{Secrets: []string{token, oldToken}}
	fuzzKind(f, "forgejo", s, s, dressed{"X-Forgejo-Signature", "", "X-Forgejo-Delivery", "X-Forgejo-Event"}, answer)
}

func FuzzGitLab(f *testing.F) {
	s := Settings{Secrets: []string{token, oldToken}}
	fuzzKind(f, "gitlab", s, s, dressed{headerGitLabToken, "", headerIdempotencyKey, headerGitLabEvent}, answer)
}

func FuzzShopify(f *testing.F) {
	s := Settings{Secrets: []string{token}}
	fuzzKind(f, "shopify", s, s, dressed{headerShopifySignature, "", headerShopifyEvent, headerShopifyTopic}, answer)
}

func FuzzStripe(f *testing.F) {
	s := Settings{Secrets: []string{secret}}
	fuzzKind(f, "stripe", s, s, dressed{signature: headerStripeSignature}, `{"id":"evt_1","type":"x"}`, `{"id":7,"type":"x"}`, "[]")
}

func FuzzSlack(f *testing.F) {
	fuzzKind(f, "slack", slackSettings, slackSettings, dressed{signature: headerSlackSignature, at: headerSlackTimestamp},
		`{"type":"event_callback","event_id":"E","event":{"type":"x"}}`, `{"type":"url_verification","challenge":"c"}`,
		"command=/a&text=b&trigger_id=1.2", "payload=%7B%22type%22%3A%22x%22%7D", "ssl_check=1")
}

func FuzzPublicKeys(f *testing.F) {
	fuzzKind(f, "svix", Settings{Keys: []string{examplePublic}}, Settings{Secrets: []string{examplePrivate}},
		dressed{svixNames.signature, svixNames.timestamp, svixNames.id, ""}, answer)
}
