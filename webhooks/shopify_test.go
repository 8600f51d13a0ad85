package webhooks

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestShopify(t *testing.T) {
	const key = "canary0123456789abcdef0123456789"
	body := `{"id":820982911946154508,"email":"jon@example.com"}`
	h := headerShopifySignature
	d := []Delivery{{ID: "orders/create:98880550-7158-44d4-b7cd-2c97c8a091b5", Loose: true, Type: "orders/create"}}
	playKind(t, "shopify", Settings{Secrets: []string{key, "canary-secret-before-the-rotation"}},
		Sample{ID: "98880550-7158-44d4-b7cd-2c97c8a091b5", Type: "orders/create", Body: []byte(body)}, []sent{
			{name: "an order", want: d},
			{name: "hours later, since no time is signed", at: 5 * time.Hour, want: d},
			{name: "another topic of one event is another delivery", change: set(headerShopifyTopic, "orders/paid"),
				want: []Delivery{{ID: "orders/paid:98880550-7158-44d4-b7cd-2c97c8a091b5", Loose: true, Type: "orders/paid"}}},
			{name: "the id of the webhook, where there is none of the event", change: func(r *http.Request) {
				r.Header.Del(headerShopifyEvent)
				r.Header.Set(headerShopifyDelivery, "b54557e4")
			}, want: []Delivery{{ID: "orders/create:b54557e4", Loose: true, Type: "orders/create"}}},
			{name: "no id", change: lacking(headerShopifyEvent), want: []Delivery{{Loose: true, Type: "orders/create"}}},
			{name: "two ids", change: doubled(headerShopifyEvent), status: http.StatusBadRequest, detail: headerShopifyEvent},
			{name: "an id that is too long with its topic", change: set(headerShopifyEvent, strings.Repeat("x", 250)), status: http.StatusBadRequest},
			{name: "no topic", change: lacking(headerShopifyTopic), status: http.StatusUnprocessableEntity, detail: headerShopifyTopic},
			{name: "two topics", change: doubled(headerShopifyTopic), status: http.StatusBadRequest, detail: headerShopifyTopic},
			{name: "a topic with a blank", change: set(headerShopifyTopic, "orders create"), status: http.StatusBadRequest},
			{name: "an empty signature", change: set(h, ""), status: unauthorized},
			{name: "no signature", change: lacking(h), status: unauthorized},
			{name: "two signatures", change: doubled(h), status: unauthorized},
			{name: "half a signature", change: set(h, encode(make([]byte, 16))), status: unauthorized},
			{name: "in hexadecimal", change: set(h, strings.Repeat("ab", 32)), status: unauthorized},
			{name: "another body", change: otherBody, status: unauthorized},
			{name: "signed and no JSON", body: "x", status: http.StatusBadRequest, detail: "one JSON value"},
			{name: "a form", media: mediaForm, status: http.StatusUnsupportedMediaType},
		})
	closedWithout(t, "shopify")
}
