package plugins

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

type signedIn struct {
	Token Secret   `json:"token" required:"true" about:"What it signs in with."`
	Spare []Secret `json:"spare"`
}

func TestASecretIsReadAndNotShown(t *testing.T) {
	var got signedIn
	p := Define("signed", "1", func(o signedIn) (Handler, error) {
		got = o
		return NewMux(), nil
	})
	if err := p.Check(json.RawMessage(`{"token": "canary-1", "spare": ["canary-2"]}`)); err != nil {
		t.Fatal(err)
	}
	if got.Token.Reveal() != "canary-1" || got.Spare[0].Reveal() != "canary-2" {
		t.Error("it is not what was given")
	}
	raw, err := json.Marshal(got)
	if text := fmt.Sprintf("%v %+v %#v %s", got, got, got, raw); err != nil || strings.Contains(text, "canary") || !strings.Contains(text, "***") {
		t.Errorf("%s, %v", text, err)
	}
	for options, want := range map[string]string{
		`{}`:                              "token: is missing",
		`{"token": ""}`:                   "token: is missing",
		`{"token": ["canary"]}`:           "token: want a string, found array",
		`{"token": {"file": "canary"}}`:   "token: want a string, found object",
		`{"token": "x", "spare": [12.5]}`: "spare: want a string, found number",
	} {
		if err := p.Check(json.RawMessage(options)); err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", options, err, want)
		}
	}
}

func TestTheSchemaMarksSecrets(t *testing.T) {
	p := Define("signed", "1", func(signedIn) (Handler, error) { return NewMux(), nil })
	want := `{"additionalProperties":false,"properties":{` +
		`"spare":{"items":{"format":"password","type":"string","writeOnly":true},"type":"array"},` +
		`"token":{"description":"What it signs in with.","format":"password","type":"string","writeOnly":true}},"required":["token"],"type":"object"}`
	if got := string(p.Schema()); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
