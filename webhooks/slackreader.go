package webhooks

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/url"
	"unicode/utf8"
)

// slackReader reads what Slack posts to an app: JSON of the Events API
// (docs.slack.dev/apis/events-api), the form of a slash command
// (docs.slack.dev/interactivity/implementing-slash-commands), or a form whose
// payload is JSON, for interactions (docs.slack.dev/interactivity/handling-user-interaction).
type slackReader struct{}

func (slackReader) Takes(media string) bool { return isJSON(media) || isForm(media) }

// quiet is what Slack is told about commands and interactions: it shows the body
// of the answer to whoever typed the command.
var quiet = &Answer{}

// Read also answers when Slack tries an address, or its certificate.
func (s slackReader) Read(q *Request) (Reading, error) {
	if !isForm(mediaOf(q.Header)) {
		return s.event(q)
	}
	form, err := url.ParseQuery(string(q.Body))
	switch {
	case err != nil:
		return Reading{}, Unreadable("the body is no form")
	case form.Has("payload"):
		return s.interaction(q)
	case form.Has("ssl_check") && !form.Has("command"):
		return Reading{Answer: quiet}, nil
	}
	return s.command(q, form)
}

// event reads a body of the Events API. Its type is that of the event within, or
// its own where there is none.
func (slackReader) event(q *Request) (Reading, error) {
	e := objectOf(q.Body)
	d := Delivery{ID: e.text("event_id"), Type: e.text("type"), Payload: q.Body}
	switch d.Type {
	case "":
		return Reading{}, &Unfit{errors.New("the body is no request of the Events API, which says its type")}
	case "url_verification":
		body, _ := json.Marshal(map[string]string{"challenge": e.text("challenge")}) // text, which cannot fail
		return Reading{Answer: &Answer{Type: mediaJSON, Body: body}}, nil
	case "event_callback":
		if d.Type = textIn(e["event"], "type"); d.Type == "" {
			return Reading{}, &Unfit{errors.New("the body has no event with a type")}
		}
	}
	return known(q, d)
}

// interaction reads what came of a button, a shortcut or a dialogue.
func (slackReader) interaction(q *Request) (Reading, error) {
	payload, err := payloadOf(q, "payload")
	if err != nil {
		return Reading{}, err
	}
	p := objectOf(payload)
	d := Delivery{ID: p.text("trigger_id"), Type: p.text("type"), Payload: payload}
	if d.Type == "" {
		return Reading{}, &Unfit{errors.New("the interaction has no type")}
	}
	reading, err := known(q, d)
	reading.Kept = quiet
	return reading, err
}

// command reads a slash command. Its payload is an object of the form's fields,
// and its type is the command, such as "/deploy".
func (slackReader) command(q *Request, form url.Values) (Reading, error) {
	fields := make(map[string]string, len(form))
	for name, values := range form {
		if len(values) != 1 {
			return Reading{}, Unreadable("a field of the form is there more than once")
		}
		if !utf8.ValidString(name) || !utf8.ValidString(values[0]) {
			return Reading{}, Unreadable("the form is not UTF-8")
		}
		fields[name] = values[0]
	}
	command := fields["command"]
	if command == "" || len(command) > maxLabel {
		return Reading{}, &Unfit{errors.New("the form is no slash command, which has a field command, and no interaction, which has a field payload")}
	}
	payload, err := json.Marshal(fields)
	if err != nil {
		return Reading{}, Unreadable("the form cannot be written as JSON")
	}
	reading, err := known(q, Delivery{ID: fields["trigger_id"], Type: command, Payload: payload})
	reading.Kept = quiet
	return reading, err
}

// known gives a delivery an id that has none: what Slack signed, the time among
// it, which nobody but Slack can make another of.
func known(q *Request, d Delivery) (Reading, error) {
	if d.ID == "" {
		h := sha256.New()
		h.Write([]byte(q.Header.Get(headerSlackTimestamp) + ":"))
		h.Write(q.Body)
		d.ID = "v0:" + hex.EncodeToString(h.Sum(nil))
	}
	return one(d), checkID("the id in the body", d.ID)
}
