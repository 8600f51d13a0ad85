package webhooks

import (
	"net/http"
	"slices"
	"strings"
	"testing"
)

const hmacSecret = "canary-secret-of-the-hmac"

// The rules of senders that have no kind of their own, as their documentation
// gives them.
var senders = map[string]HMAC{
	// support.atlassian.com, Manage webhooks: Secure webhooks
	"bitbucket": {Header: "X-Hub-Signature", Prefix: "sha256=", ID: "X-Request-UUID", Type: "X-Event-Key"},
	// linear.app/developers/webhooks
	"linear": {Header: "Linear-Signature", ID: "Linear-Delivery", Type: "Linear-Event"},
	// docs.sentry.io, Integration platform: Webhooks
	"sentry": {Header: "Sentry-Hook-Signature", ID: "Request-ID", Type: "Sentry-Hook-Resource"},
	// getconvoy.io/docs/product-manual/signatures
	"convoy":          {Header: "X-Convoy-Signature", Algorithm: "sha512", Encoding: "base64"},
	"convoy advanced": {Header: "X-Convoy-Signature", Prefix: "v1=", TimestampPrefix: "t=", Signed: "{timestamp},{body}"},
	// as Standard Webhooks, and after the body
	"dotted":   {Header: "X-Sig", Signed: "{id}.{timestamp}.{body}", ID: "X-Id", Timestamp: "X-Time"},
	"trailing": {Header: "X-Sig", Signed: "v0:{body}|{timestamp}|{id}", ID: "X-Id", Timestamp: "X-Time"},
}

func TestHMACOfTheBody(t *testing.T) {
	push := []Delivery{{ID: "6f1b", Loose: true, Type: "repo:push"}}
	playKind(t, "hmac", Settings{Secrets: []string{"canary-secret-before-the-rotation", hmacSecret}, HMAC: senders["bitbucket"]},
		Sample{ID: "6f1b", Type: "repo:push", Body: []byte(answer)}, []sent{
			{name: "right", want: push},
			{name: "hours later, since no time is signed", at: 5 * 3600e9, want: push},
			{name: "another body", change: func(r *http.Request) { r.Body = http.NoBody; r.ContentLength = 0 }, status: http.StatusUnauthorized},
			{name: "no signature", change: func(r *http.Request) { r.Header.Del("X-Hub-Signature") }, status: http.StatusUnauthorized},
			{name: "an empty signature", change: set("X-Hub-Signature", "sha256="), status: http.StatusUnauthorized},
			{name: "an empty header", change: set("X-Hub-Signature", ""), status: http.StatusUnauthorized},
			{name: "a signature that is not hexadecimal", change: set("X-Hub-Signature", "sha256="+strings.Repeat("zz", 32)), status: http.StatusUnauthorized},
			{name: "the signature twice", change: func(r *http.Request) { r.Header.Add("X-Hub-Signature", r.Header.Get("X-Hub-Signature")) }, status: http.StatusUnauthorized},
			{name: "without its prefix", change: func(r *http.Request) {
				r.Header.Set("X-Hub-Signature", strings.TrimPrefix(r.Header.Get("X-Hub-Signature"), "sha256="))
			}, status: http.StatusUnauthorized},
			{name: "in a list, which this sender has not", change: func(r *http.Request) {
				r.Header.Set("X-Hub-Signature", r.Header.Get("X-Hub-Signature")+",sha256=00")
			}, status: http.StatusUnauthorized},
			{name: "in the header of another sender", change: func(r *http.Request) {
				r.Header["X-Hub-Signature-256"] = r.Header["X-Hub-Signature"]
				r.Header.Del("X-Hub-Signature")
			}, status: http.StatusUnauthorized},
			{name: "two ids", change: set("X-Request-UUID", "a", "b"), status: http.StatusBadRequest},
			{name: "an id that is none", change: set("X-Request-UUID", "a b"), status: http.StatusBadRequest},
			{name: "no id", change: func(r *http.Request) { r.Header.Del("X-Request-UUID") }, want: []Delivery{{Loose: true, Type: "repo:push"}}},
			{name: "a kind of event that is none", change: set("X-Event-Key", "a\x7f"), status: http.StatusBadRequest},
			{name: "signed and no JSON", body: "{", status: http.StatusBadRequest},
			{name: "plain text", media: "text/plain", status: http.StatusUnsupportedMediaType},
		})
}

func TestHMACOfATime(t *testing.T) {
	s := Settings{Secrets: []string{hmacSecret}, HMAC: senders["dotted"]}
	want := []Delivery{{ID: "m1", Type: "graded"}}
	playKind(t, "hmac", s, Sample{ID: "m1", Body: []byte(`{"type":"graded"}`)}, []sent{
		{name: "right", want: want},
		{name: "five minutes old", at: window, want: want},
		{name: "five minutes early", at: -window, want: want},
		{name: "stale", at: window + 1e9, status: http.StatusUnauthorized},
		{name: "from the future", at: -window - 1e9, status: http.StatusUnauthorized},
		{name: "another time", change: set("X-Time", "1732438801"), status: http.StatusUnauthorized},
		{name: "no time", change: func(r *http.Request) { r.Header.Del("X-Time") }, status: http.StatusUnauthorized},
		{name: "two times", change: func(r *http.Request) { r.Header.Add("X-Time", r.Header.Get("X-Time")) }, status: http.StatusUnauthorized},
		{name: "a time with a sign", change: func(r *http.Request) { r.Header.Set("X-Time", "+"+r.Header.Get("X-Time")) }, status: http.StatusUnauthorized},
		{name: "a time with a fraction", change: func(r *http.Request) { r.Header.Set("X-Time", r.Header.Get("X-Time")+".0") }, status: http.StatusUnauthorized},
		{name: "another id", change: set("X-Id", "m2"), status: http.StatusUnauthorized},
		{name: "no id", change: func(r *http.Request) { r.Header.Del("X-Id") }, status: http.StatusUnauthorized},
		{name: "an id with a dot", change: set("X-Id", "m.1"), status: http.StatusUnauthorized},
	})
	if _, err := must(FindKind("hmac")).Sign(s, Sample{ID: "m.1", At: now}); err == nil {
		t.Error("an id with a dot was signed")
	}
}

// Where the id comes after the body, its border cannot be moved either.
func TestHMACAfterTheBody(t *testing.T) {
	want := []Delivery{{ID: "m1"}}
	playKind(t, "hmac", Settings{Secrets: []string{hmacSecret}, HMAC: senders["trailing"]}, Sample{ID: "m1", Body: []byte(answer)}, []sent{
		{name: "right", want: want},
		{name: "stale", at: window + 1e9, status: http.StatusUnauthorized},
		{name: "an id with what stands before it", change: set("X-Id", "m|1"), status: http.StatusUnauthorized},
		{name: "another id", change: set("X-Id", "m2"), status: http.StatusUnauthorized},
	})
}

func TestHMACInAList(t *testing.T) {
	want := []Delivery{{Loose: true}}
	header := "X-Convoy-Signature"
	edit := func(f func(string) string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set(header, f(r.Header.Get(header))) }
	}
	playKind(t, "hmac", Settings{Secrets: []string{hmacSecret}, HMAC: senders["convoy advanced"]}, Sample{Body: []byte(answer)}, []sent{
		{name: "right", want: want},
		{name: "beside an older one and another version", change: edit(func(s string) string {
			return strings.Replace(s, ",", ",v1="+strings.Repeat("ab", 32)+", v0=00,junk,", 1)
		}), want: want},
		{name: "the time last", change: edit(func(s string) string {
			at, signature, _ := strings.Cut(s, ",")
			return signature + "," + at
		}), want: want},
		{name: "stale", at: window + 1e9, status: http.StatusUnauthorized},
		{name: "from the future", at: -window - 1e9, status: http.StatusUnauthorized},
		{name: "two times", change: edit(func(s string) string { return "t=1," + s }), status: http.StatusUnauthorized},
		{name: "no time", change: edit(func(s string) string { return s[strings.Index(s, ",")+1:] }), status: http.StatusUnauthorized},
		{name: "no signature", change: edit(func(s string) string { return s[:strings.Index(s, ",")] }), status: http.StatusUnauthorized},
		{name: "as another version", change: edit(func(s string) string { return strings.Replace(s, "v1=", "v0=", 1) }), status: http.StatusUnauthorized},
		{name: "in another encoding", change: edit(func(s string) string { return strings.Replace(s, "v1=", "v1=AA", 1) }), status: http.StatusUnauthorized},
	})
}

// The example of Atlassian's documentation ("Secure webhooks"), whose secret is
// the same as in GitHub's.
func TestBitbucketsExample(t *testing.T) {
	s := Settings{Secrets: []string{"It's a Secret to Everybody"}, HMAC: senders["bitbucket"]}
	v := must(newSigned(s))
	h := http.Header{"X-Hub-Signature": {"sha256=a4771c39fbe90f317c7824e83ddef3caae9cb3d976c214ace1f2937e133263c9"}}
	if err := v.Verify(&Request{Header: h, Body: []byte("Hello World!"), Now: now}); err != nil {
		t.Error(err)
	}
}

func TestEveryDocumentedSenderIsUnderstood(t *testing.T) {
	for name, rules := range senders {
		s := Settings{Secrets: []string{hmacSecret}, HMAC: rules}
		h := must(must(FindKind("hmac")).Sign(s, Sample{ID: "m1", Type: "x", At: now, Body: []byte(answer)}))
		v := must(newSigned(s))
		if err := v.Verify(&Request{Header: h, Body: []byte(answer), Now: now}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if err := v.Verify(&Request{Header: h, Body: []byte(answer + " "), Now: now}); err == nil {
			t.Errorf("%s: another body passed", name)
		}
	}
}

func TestRulesThatProveLittleAreRefused(t *testing.T) {
	for name, rules := range map[string]HMAC{
		"no header":              {},
		"an old hash":            {Header: "X", Algorithm: "sha1"},
		"an encoding of nobody":  {Header: "X", Encoding: "base58"},
		"no body":                {Header: "X", Signed: "{timestamp}", Timestamp: "T"},
		"the body twice":         {Header: "X", Signed: "{body}.{body}"},
		"an unknown place":       {Header: "X", Signed: "{url}.{body}"},
		"a brace left open":      {Header: "X", Signed: "{body}.{"},
		"a brace too many":       {Header: "X", Signed: "{body}}"},
		"nothing between two":    {Header: "X", Signed: "{id}{body}", ID: "I"},
		"a digit beside a time":  {Header: "X", Signed: "{timestamp}0{body}", Timestamp: "T"},
		"a digit before a time":  {Header: "X", Signed: "{body}.0{timestamp}", Timestamp: "T"},
		"a time from nowhere":    {Header: "X", Signed: "{timestamp}.{body}"},
		"an id from nowhere":     {Header: "X", Signed: "{id}.{body}"},
		"a time that is not one": {Header: "X", Timestamp: "T"},
		"a list without prefix":  {Header: "X", Signed: "{timestamp}.{body}", TimestampPrefix: "t="},
		"one prefix for both":    {Header: "X", Signed: "{timestamp}.{body}", TimestampPrefix: "t=", Prefix: "t="},
		"a time in two places":   {Header: "X", Signed: "{timestamp}.{body}", TimestampPrefix: "t=", Prefix: "v1=", Timestamp: "T"},
	} {
		if _, err := NewHook("h", "hmac", Settings{Secrets: []string{hmacSecret}, HMAC: rules}, (&kept{}).accept); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
	for _, secrets := range [][]string{nil, {""}, {"short"}} {
		if _, err := NewHook("h", "hmac", Settings{Secrets: secrets, HMAC: senders["linear"]}, (&kept{}).accept); err == nil {
			t.Errorf("%q was taken", secrets)
		}
	}
}

// FuzzHMAC holds that nothing passes but what was signed as the rules say, that
// what passes could be read in one way only, and that its id can be stored.
func FuzzHMAC(f *testing.F) {
	var all []string
	for name := range senders {
		all = append(all, name)
	}
	slices.Sort(all)
	for i, name := range all {
		rules := senders[name]
		h := must(must(FindKind("hmac")).Sign(Settings{Secrets: []string{hmacSecret}, HMAC: rules}, Sample{ID: "m1", At: now, Body: []byte(answer)}))
		f.Add(i, h.Get(rules.Header), h.Get(rules.Timestamp), "m1", answer)
	}
	f.Add(0, "t=1,t=2,v1=", "-1", "a.b", "")
	f.Fuzz(func(t *testing.T, which int, signature, at, id, body string) {
		rules := senders[all[max(which, -(which+1))%len(all)]]
		v := must(newSigned(Settings{Secrets: []string{hmacSecret}, HMAC: rules}))
		h := http.Header{v.rules.Header: {signature}}
		for name, value := range map[string]string{v.rules.Timestamp: at, v.rules.ID: id} {
			if name != "" {
				h[name] = []string{value}
			}
		}
		q := &Request{Header: h, Body: []byte(body), Now: now}
		if v.Verify(q) != nil {
			return
		}
		if v.rules.TimestampPrefix != "" {
			_, at, _ = v.items(signature)
		}
		sum := v.encode(v.keys.sum(fillIn(v.before, at, id), []byte(body), fillIn(v.after, at, id)))
		if !strings.Contains(strings.ToLower(signature), strings.ToLower(sum)) {
			t.Errorf("%q passed, and %q is right", signature, sum)
		}
		reading, err := signedReader{rules: v.rules, signed: v.signs(placeID)}.Read(q)
		if err == nil && reading.Deliveries[0].ID != "" && checkID("id", reading.Deliveries[0].ID) != nil {
			t.Errorf("the id is %q", reading.Deliveries[0].ID)
		}
	})
}
