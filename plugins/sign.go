package plugins

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/botd-chat/botd/chat"
)

// The headers of a signed request, as Standard Webhooks has them
// (https://www.standardwebhooks.com).
const (
	HeaderID        = "webhook-id"
	HeaderTimestamp = "webhook-timestamp" // seconds since 1970
	HeaderSignature = "webhook-signature" // "v1," and the MAC in base64; several with blanks between
)

// tolerance is how far the clocks of a host and its plugin may be apart.
const tolerance = 5 * time.Minute

// SigningKey is the secret that a host and a plugin elsewhere share. It does not print,
// nor does what holds it.
type SigningKey struct{ bytes chat.Secret }

const keyPrefix = "whsec_"

// ParseSigningKey reads a key, "whsec_" and 16 to 64 bytes in base64.
func ParseSigningKey(text string) (SigningKey, error) {
	raw, ok := strings.CutPrefix(strings.TrimSpace(text), keyPrefix)
	secret, err := base64.StdEncoding.DecodeString(raw)
	if !ok || err != nil || len(secret) < 16 || len(secret) > 64 {
		return SigningKey{}, errors.New("is no key: it has whsec_ and then 16 to 64 bytes in base64")
	}
	return SigningKey{chat.NewSecret(string(secret))}, nil
}

// NewSigningKey is a key that nobody else knows, and how it is written.
func NewSigningKey() (key SigningKey, text string) {
	raw := make([]byte, 32)
	_, _ = rand.Read(raw) // it never fails
	return SigningKey{chat.NewSecret(string(raw))}, keyPrefix + base64.StdEncoding.EncodeToString(raw)
}

// Format writes "***", whatever the verb.
func (k SigningKey) Format(f fmt.State, verb rune) { k.bytes.Format(f, verb) }

// IsZero reports whether there is no key.
func (k SigningKey) IsZero() bool { return k.bytes.IsZero() }

// Sign is the signature of a request.
func (k SigningKey) Sign(id string, at time.Time, body []byte) string {
	return "v1," + base64.StdEncoding.EncodeToString(k.mac(id, strconv.FormatInt(at.Unix(), 10), body))
}

func (k SigningKey) mac(id, timestamp string, body []byte) []byte {
	h := hmac.New(sha256.New, []byte(k.bytes.Reveal()))
	_, _ = fmt.Fprintf(h, "%s.%s.", id, timestamp)
	_, _ = h.Write(body)
	return h.Sum(nil)
}

// Verify reports a request that was not signed with the key, or not lately.
func (k SigningKey) Verify(id, timestamp, signatures string, now time.Time, body []byte) error {
	seconds, err := strconv.ParseInt(timestamp, 10, 64)
	if err != nil || id == "" || k.IsZero() {
		return errors.New("the request is not signed")
	}
	if off := now.Sub(time.Unix(seconds, 0)).Abs(); off > tolerance {
		return fmt.Errorf("the request was signed %v before or after now; set the clocks right", off.Round(time.Second))
	}
	want := k.mac(id, timestamp, body)
	for one := range strings.FieldsSeq(signatures) {
		raw, ok := strings.CutPrefix(one, "v1,")
		if got, err := base64.StdEncoding.DecodeString(raw); ok && err == nil && hmac.Equal(got, want) {
			return nil
		}
	}
	return errors.New("the signature is not of this key and body")
}
