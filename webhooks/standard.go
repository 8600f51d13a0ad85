package webhooks

import (
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

// standardKind is Standard Webhooks. Senders sign with a secret, whsec_ and the
// base64 of 24 to 64 bytes, or with a private key whose public one is whpk_ and
// the base64 of 32 bytes. A hook is for one or the other.
var standardKind = Kind{
	Name: "standard_webhooks",
	New:  newStandardKind(standardNames),
	Sign: signStandard(standardNames),
}

// svixKind is Svix, whose headers are named after itself
// (docs.svix.com/receiving/verifying-payloads/how-manual). A header of one set
// of names does not stand in for that of the other.
var svixKind = Kind{
	Name: "svix",
	New:  newStandardKind(svixNames),
	Sign: signStandard(svixNames),
}

// standardHeaders are what the three headers are called.
type standardHeaders struct{ id, timestamp, signature string }

var (
	standardNames = standardHeaders{headerID, headerTimestamp, headerSignature}
	svixNames     = standardHeaders{"Svix-Id", "Svix-Timestamp", "Svix-Signature"}
)

func newStandardKind(names standardHeaders) func(Settings) (Verifier, Reader, error) {
	return func(s Settings) (Verifier, Reader, error) {
		v, err := newStandard(names, s)
		return v, standardReader{id: names.id}, err
	}
}

type standard struct {
	names   standardHeaders
	version string // of the signatures that keys can check
	keys    signatureCheck
}

// signatureCheck reports an error unless one of the signatures is right, by one
// of some keys, over the parts one after the other.
type signatureCheck interface {
	check(signatures [][]byte, parts ...[]byte) error
}

func newStandard(names standardHeaders, s Settings) (standard, error) {
	v := standard{names: names, version: "v1,"}
	var err error
	switch {
	case len(s.Keys) > 0 && len(s.Secrets) > 0:
		err = errors.New("there are public keys and secrets; a sender signs with one or the other, and what is checked by the wrong one could be forged")
	case len(s.Keys) > 0:
		v.version = "v1a,"
		v.keys, err = parsePublicKeys(s.Keys)
	default:
		v.keys, err = signingKeys(s.Secrets)
	}
	if err != nil {
		return v, fmt.Errorf("standard webhooks: %w", err)
	}
	return v, nil
}

// Challenge is empty: Standard Webhooks has no name as an HTTP scheme.
func (standard) Challenge() string { return "" }

// Verify checks the signature over id, time and raw body, and then the time.
func (s standard) Verify(q *Request) error {
	id, err := only(q.Header, s.names.id)
	if err != nil {
		return err
	}
	at, err := only(q.Header, s.names.timestamp)
	if err != nil {
		return err
	}
	list, err := only(q.Header, s.names.signature)
	if err != nil {
		return err
	}
	if err := checkID(s.names.id, id); err != nil {
		return refuse(err.Error())
	}
	// A dot in the id would let the border between id and time be moved.
	if strings.Contains(id, ".") {
		return refuse(s.names.id + " contains a dot")
	}
	signed, err := parseSeconds(s.names.timestamp, at)
	if err != nil {
		return err
	}
	if err := s.keys.check(signatures(list, s.version), []byte(id+"."+at+"."), q.Body); err != nil {
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

// signStandard signs with the first secret, which may be a private key here.
func signStandard(names standardHeaders) func(Settings, Sample) (http.Header, error) {
	return func(s Settings, m Sample) (http.Header, error) {
		version, sum, err := standardSigner(s)
		if err != nil {
			return nil, err
		}
		if err := checkID(names.id, m.ID); err != nil {
			return nil, fmt.Errorf("signing: %w", err)
		}
		if strings.Contains(m.ID, ".") {
			return nil, errors.New("signing: an id with a dot in it is refused by receivers; leave the dot out")
		}
		seconds := strconv.FormatInt(m.At.Unix(), 10)
		signature := version + base64.StdEncoding.EncodeToString(sum([]byte(m.ID+"."+seconds+"."), m.Body))
		return headers(names.id, m.ID, names.timestamp, seconds, names.signature, signature), nil
	}
}

// standardReader reads JSON whose id was signed with it.
type standardReader struct {
	jsonOnly
	id string // the header
}

// Read takes the body as it is; the kind of event is its "type", if it has one.
func (s standardReader) Read(q *Request) (Reading, error) {
	id, err := optionalID(q.Header, s.id)
	return one(Delivery{ID: id, Type: textIn(q.Body, "type"), Payload: q.Body}), err
}
