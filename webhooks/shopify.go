package webhooks

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/http"
)

// The headers of Shopify's webhooks (shopify.dev/docs/apps/build/webhooks).
const (
	headerShopifySignature = "X-Shopify-Hmac-Sha256"
	headerShopifyTopic     = "X-Shopify-Topic"
	headerShopifyEvent     = "X-Shopify-Event-Id"
	headerShopifyDelivery  = "X-Shopify-Webhook-Id"
)

// shopifyKind is Shopify. The key is the app's client secret; the body is what
// is signed, and nothing else.
var shopifyKind = Kind{
	Name: "shopify",
	New: func(s Settings) (Verifier, Reader, error) {
		keys, err := textKeys("shopify", s.Secrets)
		return shopify{keys}, shopifyReader{}, err
	},
	Sign: func(s Settings, m Sample) (http.Header, error) {
		keys, err := textKeys("shopify", s.Secrets)
		if err != nil {
			return nil, err
		}
		return headers(
			headerShopifySignature, base64.StdEncoding.EncodeToString(keys.sum(m.Body)),
			headerShopifyEvent, m.ID, headerShopifyTopic, m.Type), nil
	},
}

type shopify struct{ keys macs }

func (shopify) Challenge() string { return "" }

// Verify checks the signature over the raw body.
func (s shopify) Verify(q *Request) error {
	value, err := only(q.Header, headerShopifySignature)
	if err != nil {
		return err
	}
	got, err := base64.StdEncoding.Strict().DecodeString(value)
	if err != nil || len(got) != sha256.Size {
		return refuse(headerShopifySignature + " is not the base64 of 32 bytes")
	}
	return s.keys.check([][]byte{got}, q.Body)
}

type shopifyReader struct{ jsonOnly }

// Read makes the id of the topic and that of the event, by which Shopify says
// that repeats are known (shopify.dev/docs/apps/build/webhooks/ignore-duplicates):
// one event can be of several topics, and none of them may get lost.
func (shopifyReader) Read(q *Request) (Reading, error) {
	topic, err := label(q.Header, headerShopifyTopic)
	if err != nil {
		return Reading{}, err
	}
	if topic == "" {
		return Reading{}, &Unfit{errors.New(headerShopifyTopic + " is missing, which says what happened")}
	}
	id, err := optionalID(q.Header, headerShopifyEvent)
	if err == nil && id == "" {
		id, err = optionalID(q.Header, headerShopifyDelivery)
	}
	if err != nil {
		return Reading{}, err
	}
	if id != "" {
		id = topic + ":" + id
		err = checkID(headerShopifyTopic, id)
	}
	return one(Delivery{ID: id, Loose: true, Type: topic, Payload: q.Body}), err
}
