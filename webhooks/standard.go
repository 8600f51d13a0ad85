package webhooks

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

// The headers of Standard Webhooks
// (standard-webhooks/standard-webhooks spec/standard-webhooks.md).
const (
	headerID        = "Webhook-Id"
	headerTimestamp = "Webhook-Timestamp"
	headerSignature = "Webhook-Signature"
)

const secretPrefix = "whsec_"

// standardKind is Standard Webhooks, version v1 of its signatures. A secret is
// whsec_ and the base64 of 24 to 64 bytes.
var standardKind = Kind{
	Name: "standard_webhooks",
	New: func(s Settings) (Verifier, Reader, error) {
		v, err := newStandard(s.Secrets)
		return v, standardReader{}, err
	},
	Sign: func(s Settings, m Sample) (http.Header, error) {
		v, err := newStandard(s.Secrets)
		if err != nil {
			return nil, err
		}
		return v.sign(m)
	},
}

type standard struct{ keys macs }

func newStandard(secrets []string) (standard, error) {
	keys := make([][]byte, len(secrets))
	for i, secret := range secrets {
		key, err := parseSecret(secret)
		if err != nil {
			return standard{}, fmt.Errorf("standard webhooks: secret %d: %w", i+1, err)
		}
		keys[i] = key
	}
	m, err := newMacs(keys)
	if err != nil {
		return standard{}, fmt.Errorf("standard webhooks: %w", err)
	}
	return standard{m}, nil
}

// NewSecret makes a secret for Standard Webhooks.
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
func (s standard) Verify(q *Request) error {
	id, err := only(q.Header, headerID)
	if err != nil {
		return err
	}
	at, err := only(q.Header, headerTimestamp)
	if err != nil {
		return err
	}
	list, err := only(q.Header, headerSignature)
	if err != nil {
		return err
	}
	if err := checkID(headerID, id); err != nil {
		return refuse(err.Error())
	}
	// A dot in the id would let the border between id and time be moved.
	if strings.Contains(id, ".") {
		return refuse(headerID + " contains a dot")
	}
	signed, err := parseSeconds(headerTimestamp, at)
	if err != nil {
		return err
	}
	if err := s.keys.check(signatures(list, "v1,"), []byte(id+"."+at+"."), q.Body); err != nil {
		return err
	}
	return fresh(signed, q.Now)
}

// signatures are those of one version in a list. Other versions and junk are
// passed over: during a rotation a sender lists several.
func signatures(list, version string) [][]byte {
	var found [][]byte
	for entry := range strings.SplitSeq(list, " ") {
		encoded, ok := strings.CutPrefix(entry, version)
		if !ok {
			continue
		}
		if got, err := base64.StdEncoding.Strict().DecodeString(encoded); err == nil {
			found = append(found, got)
		}
	}
	return found
}

func (s standard) sign(m Sample) (http.Header, error) {
	if err := checkID(headerID, m.ID); err != nil {
		return nil, fmt.Errorf("signing: %w", err)
	}
	if strings.Contains(m.ID, ".") {
		return nil, errors.New("signing: an id with a dot in it is refused by receivers; leave the dot out")
	}
	seconds := strconv.FormatInt(m.At.Unix(), 10)
	sum := s.keys.sum([]byte(m.ID+"."+seconds+"."), m.Body)
	return headers(headerID, m.ID, headerTimestamp, seconds,
		headerSignature, "v1,"+base64.StdEncoding.EncodeToString(sum)), nil
}

// standardReader reads JSON whose id was signed with it.
type standardReader struct{ jsonOnly }

// Read takes the body as it is; the kind of event is its "type", if it has one.
func (standardReader) Read(q *Request) (Reading, error) {
	return one(Delivery{ID: q.Header.Get(headerID), Type: textIn(q.Body, "type"), Payload: q.Body}), nil
}
