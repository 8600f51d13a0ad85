package webhooks

import (
	"crypto/ed25519"
	"encoding/base64"
	"net/http"
	"strings"
	"testing"
	"time"
)

// The key pair and the signature of Svix's own example of v1a
// (svix/svix-webhooks server/README.md, and the tests of its server).
const (
	examplePrivate = "whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg=="
	examplePublic  = "whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4="
)

const unauthorized = http.StatusUnauthorized

// standardTable is what must hold whatever the headers are called and whatever
// the key.
func standardTable(n standardHeaders, d []Delivery) []sent {
	return []sent{
		{name: "as it should be", want: d},
		{name: "299 seconds old", at: 299 * time.Second, want: d},
		{name: "299 seconds from the future", at: -299 * time.Second, want: d},
		{name: "301 seconds old", at: 301 * time.Second, status: unauthorized},
		{name: "301 seconds from the future", at: -301 * time.Second, status: unauthorized},
		{name: "another body", change: otherBody, status: unauthorized},
		{name: "another id", change: set(n.id, "msg_2"), status: unauthorized},
		{name: "another time", change: set(n.timestamp, "1795510801"), status: unauthorized},
		{name: "a time with a sign", change: edited(n.timestamp, func(s string) string { return "+" + s }), status: unauthorized},
		{name: "a time with a fraction", change: edited(n.timestamp, func(s string) string { return s + ".0" }), status: unauthorized},
		{name: "an id with a dot", change: set(n.id, "msg.1"), status: unauthorized},
		{name: "no id", change: lacking(n.id), status: unauthorized},
		{name: "no time", change: lacking(n.timestamp), status: unauthorized},
		{name: "no signature", change: lacking(n.signature), status: unauthorized},
		{name: "an empty signature", change: set(n.signature, ""), status: unauthorized},
		{name: "two ids", change: doubled(n.id), status: unauthorized},
		{name: "two times", change: doubled(n.timestamp), status: unauthorized},
		{name: "two headers of signatures", change: doubled(n.signature), status: unauthorized},
		{name: "junk beside the signature", change: edited(n.signature, func(s string) string { return "v9,x v1,? v1a v1a,AAAA ,, " + s }), want: d},
		{name: "without its version", change: edited(n.signature, func(s string) string { return s[strings.IndexByte(s, ',')+1:] }), status: unauthorized},
		{name: "of the other version", change: edited(n.signature, func(s string) string {
			return strings.NewReplacer("v1a,", "v1,", "v1,", "v1a,").Replace(s)
		}), status: unauthorized},
		{name: "GitHub's headers instead", change: func(r *http.Request) {
			r.Header = http.Header{"Content-Type": {mediaJSON}, headerGitHubSignature: {"sha256=" + strings.Repeat("0", 64)}}
		}, status: unauthorized},
		{name: "signed and no JSON", body: `{"a":`, status: http.StatusBadRequest, detail: "one JSON value"},
	}
}

func TestStandardWebhooksAndSvix(t *testing.T) {
	body := `{"type":"order.paid","data":{}}`
	d := []Delivery{{ID: "msg_1", Type: "order.paid"}}
	m := Sample{ID: "msg_1", Body: []byte(body)}
	for kind, n := range map[string]standardHeaders{"standard_webhooks": standardNames, "svix": svixNames} {
		t.Run(kind, func(t *testing.T) {
			playKind(t, kind, Settings{Secrets: []string{secret, oldSecret}}, m, standardTable(n, d))
		})
		t.Run(kind+" with a private key", func(t *testing.T) {
			playKindSigned(t, kind, Settings{Keys: []string{"whpk_" + encode(make([]byte, 32)), examplePublic}},
				Settings{Secrets: []string{examplePrivate}}, m, standardTable(n, d))
		})
	}
}

// A header of one set of names is nothing for the other, whole or in part.
func TestTheTwoSetsOfNamesAreNotMixed(t *testing.T) {
	m := Sample{ID: "msg_1", At: now, Body: []byte(answer)}
	ours, theirs := must(sign("standard_webhooks", secret, m)), must(sign("svix", secret, m))
	if err := verified("standard_webhooks", secret, theirs, answer); err == nil {
		t.Error("Svix's headers passed for the standard's")
	}
	for i, name := range []string{headerID, headerTimestamp, headerSignature} {
		h := ours.Clone()
		h.Del(name)
		other := []string{svixNames.id, svixNames.timestamp, svixNames.signature}[i]
		h[other] = theirs[other]
		if verified("standard_webhooks", secret, h, answer) == nil || verified("svix", secret, h, answer) == nil {
			t.Errorf("a mixture with %s passed", other)
		}
	}
}

// The example of v1a that Svix's server is tested with.
func TestSvixsExample(t *testing.T) {
	h := http.Header{headerID: {"msg_p5jXN8AQM9LWM0D4loKWxJek"}, headerTimestamp: {"1614265330"},
		headerSignature: {"v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg=="}}
	v, _, err := standardKind.New(Settings{Keys: []string{examplePublic}})
	if err != nil {
		t.Fatal(err)
	}
	q := &Request{Header: h, Body: []byte(`{"test": 2432232314}`), Now: time.Unix(1614265330, 0)}
	if err := v.Verify(q); err != nil {
		t.Error(err)
	}
	got := must(sign("standard_webhooks", examplePrivate, Sample{ID: h.Get(headerID), At: q.Now, Body: q.Body}))
	if got.Get(headerSignature) != h.Get(headerSignature) {
		t.Errorf("we sign %s", got.Get(headerSignature))
	}
}

// Whoever knows the public key must not be able to sign with it as the key of an
// HMAC.
func TestAPublicKeyIsNoSecret(t *testing.T) {
	public, _ := base64.StdEncoding.DecodeString(strings.TrimPrefix(examplePublic, publicPrefix))
	for _, key := range [][]byte{public, []byte(examplePublic)} {
		h := http.Header{headerID: {"m"}, headerTimestamp: {"1795510800"},
			headerSignature: {"v1," + encode(mac(key, "m", "1795510800", []byte(answer))) + " v1a," + encode(mac(key, "m", "1795510800", []byte(answer)))}}
		v, _, _ := standardKind.New(Settings{Keys: []string{examplePublic}})
		if v.Verify(&Request{Header: h, Body: []byte(answer), Now: now}) == nil {
			t.Error("a MAC with the public key passed")
		}
	}
}

func TestStandardKeysThatAreNone(t *testing.T) {
	_, otherKey, _ := ed25519.GenerateKey(nil)
	halves := append(append([]byte{}, otherKey[:32]...), make([]byte, 32)...)
	for _, kind := range []string{"standard_webhooks", "svix"} {
		closedWithout(t, kind,
			Settings{Keys: []string{examplePublic}, Secrets: []string{secret}},
			Settings{Secrets: []string{examplePublic}}, Settings{Secrets: []string{examplePrivate}},
			Settings{Keys: []string{examplePrivate}}, Settings{Keys: []string{secret}}, Settings{Keys: []string{""}},
			Settings{Keys: []string{examplePublic[:40]}})
		for _, s := range []Settings{
			{Keys: []string{examplePublic}}, {Secrets: []string{"whsk_"}}, {Secrets: []string{"whsk_" + encode(halves)}}, {Secrets: []string{"whsk_!!"}},
		} {
			_, err := must(FindKind(kind)).Sign(s, Sample{ID: "m", At: now})
			if err == nil || len(s.Secrets) > 0 && len(s.Secrets[0]) > 6 && strings.Contains(err.Error(), s.Secrets[0]) {
				t.Errorf("%+v: %v", s, err)
			}
		}
	}
	if _, err := sign("svix", "whsk_"+encode(otherKey.Seed()), Sample{ID: "m", At: now}); err != nil {
		t.Errorf("a seed alone: %v", err)
	}
}

// A stranger cannot make botd check thousands of signatures of the dear kind.
func TestAPileOfSignaturesIsRefused(t *testing.T) {
	v, _, _ := standardKind.New(Settings{Keys: []string{examplePublic}})
	right := must(sign("standard_webhooks", examplePrivate, Sample{ID: "m", At: now, Body: []byte(answer)}))
	junk := " v1a," + encode(make([]byte, 64))
	for n, want := range map[int]bool{7: true, 8: false} {
		h := right.Clone()
		h.Set(headerSignature, right.Get(headerSignature)+strings.Repeat(junk, n))
		if err := v.Verify(&Request{Header: h, Body: []byte(answer), Now: now}); want != (err == nil) {
			t.Errorf("with %d others: %v", n, err)
		}
	}
}
