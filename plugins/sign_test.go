package plugins_test

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/botd-chat/botd/plugins"
)

var (
	secret = "whsec_" + base64.StdEncoding.EncodeToString([]byte("a secret of thirty-two bytes, 32"))
	other  = "whsec_" + base64.StdEncoding.EncodeToString([]byte("another of thirty-two bytes, 32b"))
)

func TestANewKeyIsTheOneThatIsWritten(t *testing.T) {
	key, text := plugins.NewSigningKey()
	if _, other := plugins.NewSigningKey(); other == text {
		t.Error("two new keys are the same")
	}
	now := time.Now()
	if err := key.Verify("1", strconv.FormatInt(now.Unix(), 10), keyOf(t, text).Sign("1", now, nil), now, nil); err != nil {
		t.Error(err)
	}
}

func keyOf(t *testing.T, text string) plugins.SigningKey {
	t.Helper()
	key, err := plugins.ParseSigningKey(text)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// What we sign, the library of Standard Webhooks takes, and the other way round.
func TestSignaturesAreThoseOfStandardWebhooks(t *testing.T) {
	wh, err := standardwebhooks.NewWebhook(secret)
	if err != nil {
		t.Fatal(err)
	}
	now, body := time.Now(), []byte(`{"botd":1,"text":"Grüße"}`)
	ours := keyOf(t, secret).Sign("e17", now, body)
	header := http.Header{}
	header.Set(plugins.HeaderID, "e17")
	header.Set(plugins.HeaderTimestamp, strconv.FormatInt(now.Unix(), 10))
	header.Set(plugins.HeaderSignature, ours)
	if err := wh.Verify(body, header); err != nil {
		t.Errorf("the library refuses ours: %v", err)
	}
	theirs, err := wh.Sign("e17", now, body)
	if err != nil {
		t.Fatal(err)
	}
	if err := keyOf(t, secret).Verify("e17", header.Get(plugins.HeaderTimestamp), theirs, now, body); err != nil {
		t.Errorf("we refuse the library's: %v", err)
	}
}

func TestWhatIsNotSignedWithTheKeyIsRefused(t *testing.T) {
	now, body := time.Unix(1_800_000_000, 0), []byte(`{}`)
	stamp := strconv.FormatInt(now.Unix(), 10)
	key := keyOf(t, secret)
	right, wrong := key.Sign("e1", now, body), keyOf(t, other).Sign("e1", now, body)
	for _, c := range []struct {
		name, id, stamp, signature string
		now                        time.Time
		body, want                 string
	}{
		{"as it was signed", "e1", stamp, right, now, "{}", ""},
		{"among others, while a key is changed", "e1", stamp, "v1a,xx " + wrong + "  " + right, now, "{}", ""},
		{"just within the time", "e1", stamp, right, now.Add(5 * time.Minute), "{}", ""},
		{"too late", "e1", stamp, right, now.Add(5*time.Minute + time.Second), "{}", "set the clocks right"},
		{"too early", "e1", stamp, right, now.Add(-6 * time.Minute), "{}", "signed 6m0s before or after now"},
		{"of another id", "e2", stamp, right, now, "{}", "is not of this key and body"},
		{"of another time", "e1", "1800000001", right, now, "{}", "is not of this key and body"},
		{"of another body", "e1", stamp, right, now, "{ }", "is not of this key and body"},
		{"of another key", "e1", stamp, wrong, now, "{}", "is not of this key and body"},
		{"of another scheme", "e1", stamp, "v1a," + right[3:], now, "{}", "is not of this key and body"},
		{"cut short", "e1", stamp, right[:20], now, "{}", "is not of this key and body"},
		{"without a signature", "e1", stamp, "", now, "{}", "is not of this key and body"},
		{"without an id", "", stamp, right, now, "{}", "is not signed"},
		{"without a time", "e1", "", right, now, "{}", "is not signed"},
		{"with a time that is none", "e1", "soon", right, now, "{}", "is not signed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := key.Verify(c.id, c.stamp, c.signature, c.now, []byte(c.body))
			if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
	if (plugins.SigningKey{}).Verify("e1", stamp, (plugins.SigningKey{}).Sign("e1", now, body), now, body) == nil {
		t.Error("without a key, anybody can sign")
	}
}

func TestSigningKeys(t *testing.T) {
	of := func(n int) string { return "whsec_" + base64.StdEncoding.EncodeToString(make([]byte, n)) }
	for text, ok := range map[string]bool{
		secret: true, " " + secret + "\n": true, of(16): true, of(64): true,
		of(15): false, of(65): false, "": false, "whsec_": false, secret[6:]: false, "whsec_???": false, "whsk_" + secret[6:]: false,
	} {
		key, err := plugins.ParseSigningKey(text)
		if (err == nil) != ok || key.IsZero() == ok {
			t.Errorf("%q: %v", text, err)
		}
		if err != nil && len(text) > 8 && strings.Contains(err.Error(), text[6:]) {
			t.Errorf("%v tells the key", err)
		}
	}
	key := keyOf(t, secret)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		text := fmt.Sprintf(verb, key) + fmt.Sprintf(verb, &key) + fmt.Sprintf(verb, struct{ k plugins.SigningKey }{key})
		if strings.Contains(text, "secret") || strings.Contains(text, "736563726574") || strings.Contains(text, "115 101") {
			t.Errorf("%s shows the key: %s", verb, text)
		}
	}
}
