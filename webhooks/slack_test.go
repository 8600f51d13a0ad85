package webhooks

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

const slackSecret = "canary-8f742231b10e8888abcd99yyy"

var slackSettings = Settings{Secrets: []string{slackSecret, "canary-secret-before-the-rotation"}}

func TestSlackEvents(t *testing.T) {
	body := `{"token":"x","team_id":"T1","type":"event_callback","event_id":"Ev08MFMKH6","event":{"type":"app_mention","user":"U1"}}`
	h, at := headerSlackSignature, headerSlackTimestamp
	d := []Delivery{{ID: "Ev08MFMKH6", Type: "app_mention"}}
	zeros := "v0=" + strings.Repeat("0", 64)
	playKind(t, "slack", slackSettings, Sample{Body: []byte(body)}, []sent{
		{name: "a mention", want: d, detail: `"receipt"`},
		{name: "a retry is the same event", change: func(r *http.Request) {
			r.Header.Set("X-Slack-Retry-Num", "1")
			r.Header.Set("X-Slack-Retry-Reason", "http_timeout")
		}, want: d},
		{name: "299 seconds old", at: 299 * time.Second, want: d},
		{name: "299 seconds from the future", at: -299 * time.Second, want: d},
		{name: "301 seconds old", at: 301 * time.Second, status: unauthorized},
		{name: "301 seconds from the future", at: -301 * time.Second, status: unauthorized},
		{name: "another time", change: set(at, "1795510801"), status: unauthorized},
		{name: "a time with a blank", change: edited(at, func(s string) string { return s + " " }), status: unauthorized},
		{name: "no time", change: lacking(at), status: unauthorized},
		{name: "two times", change: doubled(at), status: unauthorized},
		{name: "no signature", change: lacking(h), status: unauthorized},
		{name: "an empty signature", change: set(h, "v0="), status: unauthorized},
		{name: "another signature", change: set(h, zeros), status: unauthorized},
		{name: "two signatures", change: doubled(h), status: unauthorized},
		{name: "another version", change: edited(h, func(s string) string { return "v1" + s[2:] }), status: unauthorized},
		{name: "without its version", change: edited(h, func(s string) string { return s[3:] }), status: unauthorized},
		{name: "another body", change: otherBody, status: unauthorized},
		{name: "the address is tried", body: `{"token":"x","challenge":"3eZbrw1a","type":"url_verification"}`, status: http.StatusOK, detail: `{"challenge":"3eZbrw1a"}`},
		{name: "a stranger tries the address", body: `{"challenge":"3eZbrw1a","type":"url_verification"}`, change: set(h, zeros), status: unauthorized, detail: "does not prove"},
		{name: "an event without one within", body: `{"type":"event_callback","event_id":"E"}`, status: http.StatusUnprocessableEntity, detail: "no event"},
		{name: "no type", body: `{"event_id":"E"}`, status: http.StatusUnprocessableEntity, detail: "type"},
		{name: "an id that cannot be kept", body: `{"type":"event_callback","event_id":"é","event":{"type":"x"}}`, status: http.StatusBadRequest},
		{name: "signed and no JSON", body: `{`, status: http.StatusBadRequest, detail: "one JSON value"},
		{name: "plain text", media: "text/plain", status: http.StatusUnsupportedMediaType},
	})
	closedWithout(t, "slack")
}

func TestSlackCommandsAndInteractions(t *testing.T) {
	command := url.Values{"token": {"x"}, "command": {"/deploy"}, "text": {"Größe & \"x\""}, "user_id": {"U1"}, "trigger_id": {"133.738.808"}}
	fields := `{"command":"/deploy","text":"Größe \u0026 \"x\"","token":"x","trigger_id":"133.738.808","user_id":"U1"}`
	deploy := []Delivery{{ID: "133.738.808", Type: "/deploy", Payload: []byte(fields)}}
	pressed := `{"type":"block_actions","trigger_id":"12.34","user":{"id":"U1"},"actions":[]}`
	form := url.Values{"payload": {pressed}}.Encode()
	typed := func(s string) string { return url.Values{"payload": {s}}.Encode() }
	playKind(t, "slack", slackSettings, Sample{Body: []byte(command.Encode())}, []sent{
		{name: "a command", media: mediaForm, status: http.StatusOK, want: deploy},
		{name: "a command with its charset", media: mediaForm + "; charset=utf-8", status: http.StatusOK, want: deploy},
		{name: "a button", media: mediaForm, body: form, status: http.StatusOK, want: []Delivery{{ID: "12.34", Type: "block_actions", Payload: []byte(pressed)}}},
		{name: "a stranger's command", media: mediaForm, change: lacking(headerSlackSignature), status: unauthorized},
		{name: "the certificate is tried", media: mediaForm, body: "ssl_check=1&token=x", status: http.StatusOK},
		{name: "a field twice", media: mediaForm, body: "command=/a&command=/b", status: http.StatusBadRequest, detail: "more than once"},
		{name: "a form that is none", media: mediaForm, body: "command=%zz", status: http.StatusBadRequest, detail: "no form"},
		{name: "a form that is no UTF-8", media: mediaForm, body: "command=/a&text=%ff", status: http.StatusBadRequest, detail: "UTF-8"},
		{name: "a form of something else", media: mediaForm, body: "a=b", status: http.StatusUnprocessableEntity, detail: "slash command"},
		{name: "two payloads", media: mediaForm, body: form + "&" + form, status: http.StatusBadRequest, detail: "exactly once"},
		{name: "a payload that is no JSON", media: mediaForm, body: "payload=x", status: http.StatusBadRequest, detail: "one JSON value"},
		{name: "a payload without a type", media: mediaForm, body: typed("{}"), status: http.StatusUnprocessableEntity, detail: "no type"},
		{name: "a payload whose id cannot be kept", media: mediaForm, body: typed(`{"type":"x","trigger_id":"a b"}`), status: http.StatusBadRequest},
	})
}

// What is shown to whoever typed a command is nothing, whether it is kept the
// first time or known; and the same request again is the same delivery, also
// where Slack gives it no id.
func TestSlackIsToldNothingAboutACommand(t *testing.T) {
	keep := &kept{}
	r := must(New([]Hook{must(NewHook("h", "slack", slackSettings, keep.accept))}, Options{Now: func() time.Time { return now }}))
	send := func(at time.Time, body string) (int, string) {
		req := request(http.MethodPost, "/hooks/h", body, must(sign("slack", slackSecret, Sample{At: at, Body: []byte(body)})))
		req.Header.Set("Content-Type", mediaForm)
		return answerOf(r, req)
	}
	for range 2 {
		if status, body := send(now, "command=/a&trigger_id=t1"); status != http.StatusOK || body != "" {
			t.Errorf("%d %q", status, body)
		}
		if status, body := send(now, "command=/a"); status != http.StatusOK || body != "" {
			t.Errorf("%d %q", status, body)
		}
	}
	if n := keep.count(); n != 2 {
		t.Errorf("%d were kept of two", n)
	}
	if send(now.Add(-time.Second), "command=/a"); keep.count() != 3 {
		t.Errorf("typed again a second later, there are %d of three", keep.count())
	}
}

// The example of Slack's own documentation ("Verifying requests from Slack").
func TestSlacksExample(t *testing.T) {
	body := "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar" +
		"&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands" +
		"%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
	v, read, err := slackKind.New(Settings{Secrets: []string{"8f742231b10e8888abcd99yyyzzz85a5"}})
	if err != nil {
		t.Fatal(err)
	}
	q := &Request{Body: []byte(body), Now: time.Unix(1531420618, 0), Header: http.Header{
		headerSlackTimestamp: {"1531420618"}, "Content-Type": {mediaForm},
		headerSlackSignature: {"v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"}}}
	if err := v.Verify(q); err != nil {
		t.Error(err)
	}
	got := must(read.Read(q)).Deliveries[0]
	if got.ID != "398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c" || got.Type != "/webhook-collect" {
		t.Errorf("%+v", got)
	}
}
