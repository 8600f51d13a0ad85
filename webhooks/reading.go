package webhooks

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"
)

// What the readers and verifiers of several senders have in common.

// one is a reading with one delivery.
func one(d Delivery) Reading { return Reading{Deliveries: []Delivery{d}} }

// pong answers a sender that only wants to see whether we are there.
var pong = &Answer{Type: "application/json", Body: []byte("{\"pong\":true}\n")}

// headers are those of a signed sample: names and values by turns. One without a
// value is left out.
func headers(pairs ...string) http.Header {
	h := http.Header{}
	for pair := range slices.Chunk(pairs, 2) {
		if pair[1] != "" {
			h.Set(pair[0], pair[1])
		}
	}
	return h
}

// payloadOf is the JSON in a request: its body, or one field of its body where
// that is a form.
func payloadOf(q *Request, field string) (json.RawMessage, error) {
	if !isForm(mediaOf(q.Header)) {
		return q.Body, nil
	}
	form, err := url.ParseQuery(string(q.Body))
	if err != nil {
		return nil, Unreadable("the body is no form")
	}
	values := form[field]
	if len(values) != 1 {
		return nil, Unreadable("the form does not have its field " + field + " exactly once")
	}
	payload := []byte(values[0])
	if err := checkJSON(payload); err != nil {
		return nil, Unreadable("field " + field + ": " + err.Error())
	}
	return payload, nil
}

// object is a JSON object, one level deep. Its keys are compared to the letter,
// which a struct would not do.
type object map[string]json.RawMessage

// objectOf reads an object; one of nothing where there is none.
func objectOf(body []byte) object {
	var o object
	if json.Unmarshal(body, &o) != nil {
		return nil
	}
	return o
}

// text returns a text of the object; empty for none, and for one that is too
// long to name something.
func (o object) text(name string) string {
	var text string
	if json.Unmarshal(o[name], &text) != nil || len(text) > maxLabel {
		return ""
	}
	return text
}

// textIn returns a text that stands at the top of a JSON object; empty as
// [object.text] says.
func textIn(body []byte, name string) string { return objectOf(body).text(name) }

// window is how far a signed time may lie from ours, in both directions:
// accepting the future would let a captured request be kept for later.
const window = 300 * time.Second

// fresh reports a signed time that is too far from ours.
func fresh(signed, now time.Time) error {
	if age := now.Sub(signed); age > window || age < -window {
		return refuse("signed " + age.Round(time.Second).String() + " from our time, which is more than " + window.String() + "; check both clocks")
	}
	return nil
}

// parseSeconds reads integer seconds since 1970 in digits alone: what strconv
// would take besides (signs, underscores) is not what a sender writes.
func parseSeconds(name, s string) (time.Time, error) {
	if len(s) > 12 {
		return time.Time{}, refuse(name + " is too long for seconds")
	}
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return time.Time{}, refuse(name + " is not in whole seconds")
		}
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return time.Time{}, refuse(name + " is not in whole seconds")
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
