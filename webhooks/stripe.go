package webhooks

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

const headerStripeSignature = "Stripe-Signature"

// stripeKind is Stripe (docs.stripe.com/webhooks#verify-manually). The key is
// the endpoint's signing secret with its whsec_, not what that could be decoded
// to. Time and body are signed, and the event's id and type stand in the body.
var stripeKind = Kind{
	Name: "stripe",
	New: func(s Settings) (Verifier, Reader, error) {
		keys, err := stripeKeys(s.Secrets)
		return stripe{keys}, stripeReader{}, err
	},
	Sign: func(s Settings, m Sample) (http.Header, error) {
		keys, err := stripeKeys(s.Secrets)
		if err != nil {
			return nil, err
		}
		at := strconv.FormatInt(m.At.Unix(), 10)
		return headers(headerStripeSignature, "t="+at+",v1="+hex.EncodeToString(keys.sum([]byte(at+"."), m.Body))), nil
	},
}

func stripeKeys(secrets []string) (macs, error) {
	for i, secret := range secrets {
		if !strings.HasPrefix(strings.TrimSpace(secret), secretPrefix) {
			return nil, fmt.Errorf("stripe: secret %d does not begin with whsec_; it is the endpoint's signing secret, and no API key", i+1)
		}
	}
	return textKeys("stripe", secrets)
}

type stripe struct{ keys macs }

func (stripe) Challenge() string { return "" }

// Verify checks the signatures over time and raw body, and then the time.
func (s stripe) Verify(q *Request) error {
	value, err := only(q.Header, headerStripeSignature)
	if err != nil {
		return err
	}
	at, signatures, err := parseStripe(value)
	if err != nil {
		return err
	}
	signed, err := parseSeconds("t in "+headerStripeSignature, at)
	if err != nil {
		return err
	}
	if err := s.keys.check(signatures, []byte(at+"."), q.Body); err != nil {
		return err
	}
	return fresh(signed, q.Now)
}

// parseStripe reads t=…,v1=…,v1=… with as many of v1 as there are secrets while
// one is rolled. Other versions and junk are passed over: v0 is of test events,
// and weaker.
func parseStripe(value string) (at string, signatures [][]byte, err error) {
	for item := range strings.SplitSeq(value, ",") {
		name, text, _ := strings.Cut(item, "=")
		switch name {
		case "t":
			if at != "" {
				return "", nil, refuse(headerStripeSignature + " has two times")
			}
			at = text
		case "v1":
			if got, err := hex.DecodeString(text); err == nil && len(got) == sha256.Size {
				signatures = append(signatures, got)
			}
		}
	}
	if at == "" {
		return "", nil, refuse(headerStripeSignature + " has no time")
	}
	return at, signatures, nil
}

type stripeReader struct{ jsonOnly }

// Read takes id and type from the event.
func (stripeReader) Read(q *Request) (Reading, error) {
	e := objectOf(q.Body)
	id, event := e.text("id"), e.text("type")
	if id == "" || event == "" {
		return Reading{}, &Unfit{errors.New("an event of Stripe has an id, evt_, and a type")}
	}
	if err := checkID("the event's id", id); err != nil {
		return Reading{}, err
	}
	return one(Delivery{ID: id, Type: event, Payload: q.Body}), nil
}
