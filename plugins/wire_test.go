package plugins_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/plugins"
)

// fullEvent has something in all that an event has.
func fullEvent(t *testing.T) chat.Event {
	t.Helper()
	e := chat.Event{
		Botd: 1, ID: 17, Kind: chat.Webhook, Name: "answers", Time: time.Date(2026, 1, 5, 9, 0, 0, 123456789, time.FixedZone("", 3600)), Group: "@TGS#2漢字",
		Sender: &chat.Member{ID: "zoë", Role: chat.Admin, Name: "Zoë \"🦊\" \\ </b>"}, Text: "a\x00\u2028b\nc",
		Payload: json.RawMessage("{ \"a\" : [1, -2.5e+10, true, false, null, \"\\ud83e\\udd8a\"] }"),
		Members: []chat.Member{{ID: "ann", Role: chat.Owner, Name: "Ann"}, {ID: "bo", Role: chat.Normal}},
		State:   chat.State{"done": json.RawMessage(`["ann"]`), `key "2"`: json.RawMessage(`{}`)}, Session: chat.State{"step": json.RawMessage(`null`)},
		Origin: &chat.Origin{Hook: "h", Scheme: "github", Type: "push", ID: "1", Credential: "ci", SameAs: 3}, Config: json.RawMessage(`{"tell":{"roles":["owner"]}}`),
	}
	v := reflect.ValueOf(e)
	for i := range v.NumField() {
		if f := v.Type().Field(i); f.Tag.Get("json") != "-" && v.Field(i).IsZero() {
			t.Fatalf("%s is new: give it a value here, and have it written and read", f.Name)
		}
	}
	return e
}

// readAs is an event as encoding/json reads it.
func readAs(t *testing.T, raw []byte) (e chat.Event) {
	t.Helper()
	if err := json.Unmarshal(raw, &e); err != nil {
		t.Fatalf("%s: %v", raw, err)
	}
	return e
}

// sameEvent compares events, and JSON in them by what it says.
func sameEvent(t *testing.T, got, want chat.Event) {
	t.Helper()
	if !got.Time.Equal(want.Time) || !reflect.DeepEqual(got.Sender, want.Sender) || !reflect.DeepEqual(got.Members, want.Members) || got.Text != want.Text {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
	a, _ := json.Marshal(got)
	b, _ := json.Marshal(want)
	if string(a) != string(b) {
		t.Errorf("got %s\nwant %s", a, b)
	}
}

func TestAnEventIsWrittenAndReadAsByEncodingJSON(t *testing.T) {
	empty := chat.Event{Botd: 1, ID: 1, Kind: chat.Schedule, Name: "x", Group: "g", State: chat.State{}, Session: chat.State{}}
	bare := chat.Event{}
	for name, e := range map[string]chat.Event{"full": fullEvent(t), "empty": empty, "no state": bare} {
		t.Run(name, func(t *testing.T) {
			written, err := plugins.AppendEvent([]byte("x"), e)
			if err != nil || written[0] != 'x' {
				t.Fatal(err)
			}
			byJSON, err := json.Marshal(e)
			if err != nil {
				t.Fatal(err)
			}
			for _, raw := range [][]byte{written[1:], byJSON} {
				read, err := plugins.ReadEvent(raw)
				if name == "no state" { // its id is none
					if err == nil {
						t.Errorf("%s is read", raw)
					}
					continue
				}
				if err != nil {
					t.Fatalf("%s: %v", raw, err)
				}
				sameEvent(t, read, readAs(t, byJSON))
				sameEvent(t, readAs(t, raw), readAs(t, byJSON))
			}
		})
	}
}

// Whoever posts a payload says nothing about the rest of the event.
func TestWhatIsNoJSONIsNotWritten(t *testing.T) {
	for _, raw := range []string{`1},"state":{"a":1`, `{"a":1}}`, `{"a":1},"sender":{"id":"ann"}`, `nul`, `"a`, `1 2`, "\"\n\"", `"\x"`} {
		for field, e := range map[string]chat.Event{
			"payload": {Payload: json.RawMessage(raw)}, "config": {Config: json.RawMessage(raw)}, "state": {State: chat.State{"a": json.RawMessage(raw)}},
		} {
			if b, err := plugins.AppendEvent(nil, e); err == nil {
				t.Errorf("%s: %s is written: %s", field, raw, b)
			}
		}
	}
}

func TestWhatIsNoEventIsNotRead(t *testing.T) {
	for _, raw := range []string{
		``, `null`, `[]`, `{`, `{"botd":1`, `{"botd":1}x`, `{"botd":"1"}`, `{"id":17}`, `{"id":"m17"}`, `{"kind":1}`, `{"time":"soon"}`, `{"sender":[]}`, `{"members":{}}`,
		`{"members":[1]}`, `{"members":[{"id":1}]}`, `{"state":[]}`, `{"state":1}`, `{"origin":1}`, `{"payload":}`, `{"payload":{"a"}}`, `{"a":01}`, `{"a" 1}`, `{"a":1,}`, `{,}`, "{}\x00", `{,"a":1}`, `{"members":[,]}`, `{"members":[{"id":"a"},]}`, `{"members":[{"id":"a"}`,
		`{"x":` + strings.Repeat("[", 20000) + strings.Repeat("]", 20000) + `}`,
	} {
		if e, err := plugins.ReadEvent([]byte(raw)); err == nil {
			t.Errorf("%.80s is read as %+v", raw, e)
		}
	}
}

func TestAnEventOfALaterHostIsRead(t *testing.T) {
	e, err := plugins.ReadEvent([]byte(` { "x_new" : {"a":[{}]} , "botd":1,"id":"e5","kind":"reaction","sender":{"id":"ann","mood":{"a":1}},"session":null,"members":[ ] } `))
	if err != nil || e.ID != 5 || e.Kind != "reaction" || e.Sender.ID != "ann" || e.Session != nil {
		t.Errorf("%+v, %v", e, err)
	}
}

// FuzzReadEvent holds that what is read is JSON, and reads the same as by encoding/json
// once it was written by it.
func FuzzReadEvent(f *testing.F) {
	for _, seed := range []string{
		`{"botd":1,"id":"e17","kind":"webhook","name":"a","time":"2026-01-05T09:00:00Z","group":"g","payload":{"a":[1,-0.5e3,"\u00e9"]},"state":{},"session":{}}`,
		`{"id":"e1","members":[{"id":"ann","role":"owner"},{"id":"b\\o"}],"state":{"a":[]},"origin":{"hook":"h"},"config":{}}`, `{"a":"\ud800"}`, `{"text":null}`, `[]`, "{}\x00",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		e, err := plugins.ReadEvent(in)
		if err != nil {
			return
		}
		if !json.Valid(in) {
			t.Fatalf("%q is read, and no JSON", in)
		}
		if e.ID == 0 || e.Time.Year() > 9999 || e.Time.Year() < 0 {
			return // it cannot be written
		}
		written, err := plugins.AppendEvent(nil, e)
		if err != nil {
			t.Fatalf("%q is read, and cannot be written: %v", in, err)
		}
		again, err := plugins.ReadEvent(written)
		if err != nil {
			t.Fatalf("%q was written as %q: %v", in, written, err)
		}
		sameEvent(t, again, readAs(t, written))
	})
}
