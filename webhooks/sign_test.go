package webhooks

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

func encode(b []byte) string { return base64.StdEncoding.EncodeToString(b) }

// sign signs as a sender of a kind would, and verified asks whether a request
// passes that kind's check.
func sign(kind, secret string, m Sample) (http.Header, error) {
	return must(FindKind(kind)).Sign(Settings{Secrets: []string{secret}}, m)
}

func verified(kind, secret string, h http.Header, body string) error {
	v, _, err := must(FindKind(kind)).New(Settings{Secrets: []string{secret}})
	if err != nil {
		return err
	}
	return v.Verify(&Request{Header: h, Body: []byte(body), Now: now})
}

func TestSign(t *testing.T) {
	t.Run("the official library accepts what we sign", func(t *testing.T) {
		made := NewSecret()
		h := must(SignStandard(made, "msg_1", time.Now(), []byte(answer)))
		if err := must(standardwebhooks.NewWebhook(made)).Verify([]byte(answer), h); err != nil {
			t.Error(err)
		}
	})
	t.Run("curl's arguments survive a shell that splits at blanks", func(t *testing.T) {
		signed := must(CurlArgs(must(SignStandard(secret, "msg_1", now, []byte(answer)))))
		h := http.Header{}
		for i, arg := range strings.Fields(signed) {
			if i%2 == 0 {
				if arg != "-H" {
					t.Fatalf("argument %q", arg)
				}
				continue
			}
			name, value, _ := strings.Cut(arg, ":")
			h.Set(name, value)
		}
		if err := verified("standard_webhooks", secret, h, answer); err != nil {
			t.Error(err)
		}
		if got := must(CurlArgs(must(sign("bearer", token, Sample{})))); got != "--oauth2-bearer "+token {
			t.Errorf("%q", got)
		}
	})
	t.Run("what no receiver would take is not signed", func(t *testing.T) {
		for _, id := range []string{"", "a.b", "a b", strings.Repeat("x", 256)} {
			if _, err := SignStandard(secret, id, now, nil); err == nil {
				t.Errorf("id %q was signed", id)
			}
		}
		if _, err := SignStandard("whsec_", "m", now, nil); err == nil {
			t.Error("an empty secret signed")
		}
		if _, err := sign("bearer", "short", Sample{}); err == nil {
			t.Error("a short token signed")
		}
		if _, err := CurlArgs(http.Header{"X": {"a b"}}); err == nil {
			t.Error("a blank passed")
		}
	})
}

// Whatever stands in the headers, verifying neither panics nor passes without
// the signature over just these values.
func FuzzStandardHeaders(f *testing.F) {
	right := must(SignStandard(secret, "m", now, []byte(answer)))
	f.Add("m", right.Get(headerTimestamp), right.Get(headerSignature))
	f.Add("m", "-1", "v1,")
	f.Add("", "99999999999999999999", "v1 v1, ,, v1a,x")
	f.Add("m.1", "1", "v1,"+strings.Repeat("=", 100))
	hook := signing("h", nil)
	key := must(parseSecret(secret))
	f.Fuzz(func(t *testing.T, id, at, list string) {
		q := &Request{Header: http.Header{headerID: {id}, headerTimestamp: {at}, headerSignature: {list}}, Body: []byte(answer), Now: now}
		_, err := hook.verify(q)
		signed := strings.Contains(" "+list+" ", " v1,"+encode(mac(key, id, at, []byte(answer)))+" ")
		if err == nil && !signed {
			t.Errorf("%q %q %q passed", id, at, list)
		}
		if err != nil {
			return
		}
		if got := must(hook.Read.Read(q)).Deliveries[0].ID; got != id || checkID("id", got) != nil {
			t.Errorf("the id is %q", got)
		}
	})
}

// What passes is UTF-8 and JSON, and reads the same whether the first or the
// last of two keys wins, because there are no two.
func FuzzJSON(f *testing.F) {
	for _, s := range []string{answer, `{"a":1,"\u0061":2}`, `"\ud83d\ude00"`, `"\ud83d\\ude00"`, `[[],{},""]`, `{"":{"":[]}}`, "\"\\", `{"a\"b":1,"a\\":2}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if checkJSON(b) != nil {
			return
		}
		var v any
		if err := json.Unmarshal(b, &v); err != nil {
			t.Fatalf("%q passed and is no JSON: %v", b, err)
		}
		again := must(json.Marshal(v))
		if got, want := countKeys(b), countKeys(again); got != want {
			t.Errorf("%q has %d keys and %d after reading", b, got, want)
		}
	})
}

// countKeys counts the colons outside strings.
func countKeys(b []byte) int {
	n, quoted := 0, false
	for i := 0; i < len(b); i++ {
		switch {
		case b[i] == '\\':
			i++
		case b[i] == '"':
			quoted = !quoted
		case b[i] == ':' && !quoted:
			n++
		}
	}
	return n
}
