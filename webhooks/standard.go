package webhooks

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"hash"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// The headers of Standard Webhooks
// (standard-webhooks/standard-webhooks spec/standard-webhooks.md).
const (
	headerID        = "Webhook-Id"
	headerTimestamp = "Webhook-Timestamp"
	headerSignature = "Webhook-Signature"
)

const secretPrefix = "whsec_"

// window is how far a signed time may lie from ours, in both directions:
// accepting the future would let a captured request be kept for later.
const window = 300 * time.Second

type standard struct{ keys []*signer }

// signer signs with one key. It keeps hashes that have read the key for the next
// time.
type signer struct{ hashes sync.Pool }

func newSigner(key []byte) *signer {
	return &signer{sync.Pool{New: func() any { return hmac.New(sha256.New, key) }}}
}

// StandardWebhooks verifies version v1 of Standard Webhooks with any of the
// secrets, so that a secret can be replaced without a gap. A secret is whsec_
// and the base64 of 24 to 64 bytes.
func StandardWebhooks(secrets ...string) (Verifier, error) {
	if len(secrets) == 0 {
		return nil, errors.New("standard webhooks: no secret is given, and without one nobody could be verified")
	}
	var s standard
	for i, secret := range secrets {
		key, err := parseSecret(secret)
		if err != nil {
			return nil, fmt.Errorf("standard webhooks: secret %d: %w", i+1, err)
		}
		s.keys = append(s.keys, newSigner(key))
	}
	return s, nil
}

// NewSecret makes a secret for [StandardWebhooks].
func NewSecret() string {
	key := make([]byte, 32)
	_, _ = rand.Read(key) // never fails
	return secretPrefix + base64.StdEncoding.EncodeToString(key)
}

// parseSecret returns the key in a secret. Its errors do not quote the secret.
func parseSecret(secret string) ([]byte, error) {
	encoded, ok := strings.CutPrefix(strings.TrimSpace(secret), secretPrefix)
	if !ok {
		return nil, errors.New("it does not begin with whsec_; copy the whole text that the sender shows, or make one with whsec_$(openssl rand -base64 32)")
	}
	key, err := base64.StdEncoding.Strict().DecodeString(encoded)
	if err != nil {
		return nil, errors.New("what follows whsec_ is not base64; copy the whole text that the sender shows")
	}
	if len(key) < 24 || len(key) > 64 {
		return nil, fmt.Errorf("the key has %d bytes and must have 24 to 64", len(key))
	}
	return key, nil
}

// Challenge is empty: Standard Webhooks has no name as an HTTP scheme.
func (standard) Challenge() string { return "" }

// Verify checks the signature over id, time and raw body, and then the time.
func (s standard) Verify(h http.Header, body []byte, now time.Time) (string, error) {
	id, err := only(h, headerID)
	if err != nil {
		return "", err
	}
	at, err := only(h, headerTimestamp)
	if err != nil {
		return "", err
	}
	signatures, err := only(h, headerSignature)
	if err != nil {
		return "", err
	}
	if err := checkID(headerID, id); err != nil {
		return "", refuse(err.Error())
	}
	// A dot in the id would let the border between id and time be moved.
	if strings.Contains(id, ".") {
		return "", refuse(headerID + " contains a dot")
	}
	signed, err := parseTimestamp(at)
	if err != nil {
		return "", err
	}
	if !s.matches(signatures, id, at, body) {
		return "", refuse("no signature is right for any of the secrets")
	}
	if age := now.Sub(signed); age > window || age < -window {
		return "", refuse(fmt.Sprintf("signed %s from our time, which is more than %s; check both clocks", age.Round(time.Second), window))
	}
	return id, nil
}

// matches reports whether one of the listed signatures is a v1 made with one
// of the keys. Unknown versions and junk are passed over: during a rotation a
// sender lists several.
func (s standard) matches(list, id, at string, body []byte) bool {
	wanted := make([][sha256.Size]byte, len(s.keys))
	for i, key := range s.keys {
		key.mac(id, at, body, &wanted[i])
	}
	for entry := range strings.SplitSeq(list, " ") {
		encoded, ok := strings.CutPrefix(entry, "v1,")
		if !ok {
			continue
		}
		got, err := base64.StdEncoding.Strict().DecodeString(encoded)
		if err != nil {
			continue
		}
		for _, w := range wanted {
			if hmac.Equal(got, w[:]) {
				return true
			}
		}
	}
	return false
}

// mac writes what a signature of v1 is made of into sum.
func (s *signer) mac(id, at string, body []byte, sum *[sha256.Size]byte) {
	m, _ := s.hashes.Get().(hash.Hash)
	defer s.hashes.Put(m)
	m.Reset()
	m.Write([]byte(id + "." + at + "."))
	m.Write(body)
	m.Sum(sum[:0])
}

// parseTimestamp reads integer seconds since 1970 in digits alone: what
// strconv would take besides (signs, underscores) is not what a sender writes.
func parseTimestamp(s string) (time.Time, error) {
	if len(s) > 12 {
		return time.Time{}, refuse(headerTimestamp + " is too long for seconds")
	}
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return time.Time{}, refuse(headerTimestamp + " is not in whole seconds")
		}
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return time.Time{}, refuse(headerTimestamp + " is not in whole seconds")
	}
	return time.Unix(n, 0), nil
}

// only returns the header's value. Where it is given twice, we and a proxy in
// front of us could each read another one.
func only(h http.Header, name string) (string, error) {
	switch v := h[name]; {
	case len(v) == 0 || v[0] == "":
		return "", refuse(name + " is missing")
	case len(v) > 1:
		return "", refuse(name + " is given more than once")
	default:
		return v[0], nil
	}
}

// refusal is why a sender is not believed; the text is a constant of ours but
// for numbers.
type refusal string

func (r refusal) Error() string { return string(r) }

func refuse(why string) error { return refusal(why) }
