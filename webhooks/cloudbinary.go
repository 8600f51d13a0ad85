package webhooks

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/cloudevents/sdk-go/v2/event"
)

// attributeForm is what an attribute can be called
// (cloudevents/spec cloudevents/spec.md, "Naming conventions").
var attributeForm = regexp.MustCompile(`^[a-z0-9]+$`)

// binary reads an event whose attributes stand in headers and whose data is the
// body, and writes it down as JSON.
func binary(q *Request, media string) (Delivery, error) {
	attributes, err := headerAttributes(q.Header)
	if err != nil {
		return Delivery{}, err
	}
	if len(attributes) == 0 {
		return Delivery{}, &Unfit{errors.New("this is no CloudEvent: it is neither " + mediaCloudEvent + " nor has it headers like ce-id")}
	}
	if err := checkAttributes(attributes); err != nil {
		return Delivery{}, err
	}
	e := event.New(event.CloudEventsVersionV1)
	for name, value := range attributes {
		setAttribute(&e, name, value)
	}
	if types := q.Header["Content-Type"]; len(types) > 0 {
		e.SetDataContentType(types[0])
	}
	if len(q.Body) > 0 {
		e.DataEncoded, e.DataBase64 = q.Body, !readable(media, q.Body)
	}
	if d, err := delivery(e, attributes, nil); err != nil {
		return d, err
	}
	payload, err := e.MarshalJSON()
	if err != nil {
		return Delivery{}, fmt.Errorf("%w: %w", ErrUnprocessable, err)
	}
	if err := checkJSON(payload); err != nil {
		return Delivery{}, Unreadable("the event cannot be written as JSON: " + err.Error())
	}
	return delivery(e, attributes, payload)
}

// readable reports whether data is written as it is. What is no text is written in
// base64, and so is what only claims to be JSON.
func readable(media string, data []byte) bool {
	if isJSON(media) || media == "" {
		return checkJSON(data) == nil
	}
	return strings.HasPrefix(media, "text/") && !strings.Contains(media, "json") && utf8.Valid(data)
}

func setAttribute(e *event.Event, name, value string) {
	switch name {
	case "specversion": // is known by now
	case "id":
		e.SetID(value)
	case "source":
		e.SetSource(value)
	case "type":
		e.SetType(value)
	case "subject":
		e.SetSubject(value)
	case "dataschema":
		e.SetDataSchema(value)
	case "time":
		at, _ := time.Parse(time.RFC3339, value) // which checkAttributes has done
		e.SetTime(at)
	default:
		e.SetExtension(name, value)
	}
}

// headerAttributes are the attributes in headers, decoded.
func headerAttributes(h http.Header) (map[string]string, error) {
	found := map[string]string{}
	for header, values := range h {
		name, ok := strings.CutPrefix(strings.ToLower(header), "ce-")
		if !ok {
			continue
		}
		// Data is the body, and its type is that of the body.
		if !attributeForm.MatchString(name) || slices.Contains([]string{"data", "datacontenttype"}, name) {
			return nil, Unreadable("a header begins with ce- and is no attribute that can stand there; names have small letters and digits alone")
		}
		if len(values) > 1 {
			return nil, Unreadable("ce-" + name + " is given more than once")
		}
		value, err := decodeAttribute(values[0])
		if err != nil {
			return nil, Unreadable("ce-" + name + " " + err.Error())
		}
		found[name] = value
	}
	return found, nil
}

// decodeAttribute takes off quotes, which older senders wrote, and then decodes
// percent signs, once (cloudevents/spec
// cloudevents/bindings/http-protocol-binding.md, section 3.1.3.2). What is no
// sound encoding of UTF-8 was not encoded: the Go library is among those that
// write such text as it is.
func decodeAttribute(s string) (string, error) {
	if len(s) > 1 && s[0] == '"' && s[len(s)-1] == '"' {
		s = unescape(s[1 : len(s)-1])
	}
	if decoded, err := url.PathUnescape(s); err == nil && utf8.ValidString(decoded) {
		return decoded, nil
	}
	if !utf8.ValidString(s) {
		return "", errors.New("is not UTF-8")
	}
	return s, nil
}

// unescape takes the backslashes out of a quoted string (RFC 9110, section 5.6.4).
func unescape(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) {
			i++
		}
		b.WriteByte(s[i])
	}
	return b.String()
}
