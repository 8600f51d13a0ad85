package webhooks

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"
)

// The media types of CloudEvents (cloudevents/spec
// cloudevents/bindings/http-protocol-binding.md, section 3). Others that begin
// like these are formats that we cannot read.
const (
	mediaCloud      = "application/cloudevents"
	mediaCloudEvent = mediaCloud + "+json"
	mediaCloudBatch = mediaCloud + "-batch+json"
)

// maxBatch is how many events may come together. They are kept in one
// transaction, which others wait for.
const maxBatch = 1000

// cloudReader reads CloudEvents. A payload is the whole event as JSON, however it
// came, so that a bot sees one shape.
type cloudReader struct {
	origins []string // that are given leave
	// signed says that the body is signed and the headers are not, so that
	// attributes cannot be believed that stand there.
	signed bool
}

// Takes anything in binary mode, where the body is data of any kind, or nothing.
func (r cloudReader) Takes(media string) bool {
	if strings.HasPrefix(media, mediaCloud) {
		return media == mediaCloudEvent || media == mediaCloudBatch
	}
	return !r.signed
}

func (r cloudReader) wrongMedia() *failure {
	detail := "Send a CloudEvent as " + mediaCloudEvent + ", several as " + mediaCloudBatch + ", or its attributes in headers (ce-…) and data in UTF-8."
	if r.signed {
		detail = "Send a CloudEvent as " + mediaCloudEvent + ", or several as " + mediaCloudBatch + ": attributes in headers are not under the signature of this hook's senders."
	}
	return fail(http.StatusUnsupportedMediaType, detail).with("Accept-Post", mediaCloudEvent+", "+mediaCloudBatch)
}

// Read makes a delivery of each event. Their ids are those of source and event
// together, as CloudEvents are told apart.
func (r cloudReader) Read(q *Request) (Reading, error) {
	media := mediaOf(q.Header)
	switch {
	case media == mediaCloudEvent:
		d, err := structured(q.Body)
		return one(d), err
	case media == mediaCloudBatch:
		return batch(q.Body)
	case media == "" && len(q.Header["Content-Type"]) > 0: // in another charset, or given twice
		return Reading{}, r.wrongMedia()
	}
	d, err := binary(q, media)
	return one(d), err
}

// batch reads all of a list, or nothing of it.
func batch(body []byte) (Reading, error) {
	var all []json.RawMessage
	if err := json.Unmarshal(body, &all); err != nil {
		return Reading{}, &Unfit{errors.New("a batch of CloudEvents is an array")}
	}
	if len(all) > maxBatch {
		return Reading{}, fail(http.StatusRequestEntityTooLarge, fmt.Sprintf("A batch holds up to %d events.", maxBatch))
	}
	r := Reading{Batch: true}
	for i, text := range all {
		d, err := structured(text)
		if u, ok := errors.AsType[*Unfit](err); ok {
			return Reading{}, &Unfit{fmt.Errorf("event %d of the batch: %w", i+1, u.Reason)}
		}
		if err != nil {
			return Reading{}, fmt.Errorf("event %d of the batch: %w", i+1, err)
		}
		r.Deliveries = append(r.Deliveries, d)
	}
	return r, nil
}

// structured reads one event as JSON, which stays as it is.
func structured(text json.RawMessage) (Delivery, error) {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(text, &members); err != nil || members == nil {
		return Delivery{}, &Unfit{errors.New("a CloudEvent is an object")}
	}
	if members["data"] != nil && members["data_base64"] != nil {
		return Delivery{}, &Unfit{errors.New("data and data_base64 are both there; one is enough")}
	}
	attributes, err := textAttributes(members)
	if err != nil {
		return Delivery{}, err
	}
	var e event.Event
	if err := e.UnmarshalJSON(withoutNulls(text, members)); err != nil {
		// Its words may quote the event, so they are for the sender alone.
		return Delivery{}, fmt.Errorf("%w: %w", ErrUnprocessable, err)
	}
	return delivery(e, attributes, text)
}

// required are the attributes that every event has, in the order in which they
// are missed.
var required = []string{"specversion", "id", "source", "type"}

// textAttributes are those that decide what becomes of the event.
func textAttributes(members map[string]json.RawMessage) (map[string]string, error) {
	found := map[string]string{}
	for _, name := range slices.Concat(required, []string{"time"}) {
		raw, ok := members[name]
		if !ok || string(raw) == "null" {
			continue
		}
		var text string
		if json.Unmarshal(raw, &text) != nil {
			return nil, &Unfit{errors.New(name + " is no text")}
		}
		found[name] = text
	}
	return found, checkAttributes(found)
}

// checkAttributes reports an event that is none of version 1.0
// (cloudevents/spec cloudevents/spec.md, "Required attributes").
func checkAttributes(attributes map[string]string) error {
	var wrong []string
	for _, name := range required {
		if strings.TrimSpace(attributes[name]) == "" {
			wrong = append(wrong, name+" is missing or empty")
		}
	}
	if version := attributes["specversion"]; version != "" && version != event.CloudEventsVersionV1 {
		wrong = append(wrong, "specversion is not "+event.CloudEventsVersionV1)
	}
	if at, ok := attributes["time"]; ok {
		if _, err := time.Parse(time.RFC3339, at); err != nil {
			wrong = append(wrong, "time is not as RFC 3339 writes it, such as 2026-11-30T09:00:00Z")
		}
	}
	if wrong != nil {
		return &Unfit{errors.New(strings.Join(wrong, ", "))}
	}
	return nil
}

// withoutNulls leaves out what is null, which is as good as not there
// (cloudevents/spec cloudevents/formats/json-format.md, section 2.2), and is
// usually the text as it came.
func withoutNulls(text json.RawMessage, members map[string]json.RawMessage) []byte {
	cut := false
	for name, value := range members {
		if string(value) == "null" && name != "data" {
			delete(members, name)
			cut = true
		}
	}
	if !cut {
		return text
	}
	shorter, err := json.Marshal(members)
	if err != nil {
		return text // which cannot be: it was read from there
	}
	return shorter
}

// delivery is what an event comes to that was read.
func delivery(e event.Event, attributes map[string]string, payload json.RawMessage) (Delivery, error) {
	if err := e.Validate(); err != nil {
		invalid, ok := errors.AsType[event.ValidationError](err)
		if !ok {
			return Delivery{}, fmt.Errorf("%w: %w", ErrUnprocessable, err)
		}
		var names []string
		for name := range invalid {
			names = append(names, name)
		}
		slices.Sort(names)
		return Delivery{}, &Unfit{errors.New("not as CloudEvents 1.0 has it: " + strings.Join(names, ", "))}
	}
	d := Delivery{ID: cloudID(attributes["source"], attributes["id"]), Type: attributes["type"], Payload: payload}
	if len(d.Type) > maxLabel {
		d.Type = ""
	}
	return d, nil
}

// cloudID is source and id in a form that can be stored: as they are where they
// are short and plain, with a blank between them that neither has, or else a hash.
func cloudID(source, id string) string {
	if checkID("source", source) == nil && checkID("id", id) == nil && len(source)+len(id) < maxID {
		return source + " " + id
	}
	sum := sha256.New()
	_, _ = fmt.Fprintf(sum, "%d %s%s", len(source), source, id) // a hash takes all
	return "sha256:" + hex.EncodeToString(sum.Sum(nil))
}
