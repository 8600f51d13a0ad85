package simulator

import (
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// answering is an application that answers every callback with the same bytes.
type answering struct {
	status int
	body   string
}

// RoundTrip answers a callback.
func (a answering) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: a.status, Body: io.NopCloser(strings.NewReader(a.body)), Request: r}, nil
}

// FuzzVerdict answers a callback before a message with anything: whatever it is, the
// message is delivered to everybody once, or to nobody.
func FuzzVerdict(f *testing.F) {
	for _, body := range []string{
		okAnswer, `{"ErrorCode":2}`, `{"ErrorCode":1}`, `{"ErrorCode":10101,"ErrorInfo":"again"}`, `{"ErrorCode":"2"}`, `{"ErrorCode":2.0}`,
		`{"ErrorCode":0,"MsgBody":[{"MsgType":"TIMTextElem","MsgContent":{"Text":"***"}}],"CloudCustomData":"x"}`,
		`{"ErrorCode":0,"MsgBody":[]}`, `{"ErrorCode":0,"MsgBody":null,"CloudCustomData":7}`, `[]`, ``, `null`, `{"ErrorCode":-1}`,
	} {
		f.Add(http.StatusOK, body)
	}
	f.Add(http.StatusServiceUnavailable, okAnswer)
	f.Fuzz(func(t *testing.T, status int, body string) {
		sim, err := New(Options{SDKAppID: appID, SecretKey: key, Line: answering{status, body}})
		must(t, err)
		defer sim.Close()
		must(t, sim.AddGroup(classRoom(room, "Public")))
		must(t, sim.SetCallbacks(Callbacks{URL: "http://application/", Commands: []string{BeforeSendMsg}}))
		told, err := sim.Say(Utterance{Group: room, From: "carol", Text: "/answer B"})
		must(t, err)
		var seen []string
		for user, box := range sim.Inboxes() {
			if len(box.Messages) > 0 {
				seen = append(seen, user)
			}
		}
		slices.Sort(seen)
		switch {
		case told.Fate == Delivered && (told.Code != 0 || !slices.Equal(seen, everybody)):
			t.Errorf("%d %q: delivered, told %d, and seen by %v", status, body, told.Code, seen)
		case told.Fate != Delivered && len(seen) > 0:
			t.Errorf("%d %q: %s, and seen by %v", status, body, told.Fate, seen)
		case told.Fate == Refused && told.Code == 0 || told.Fate == Discarded && told.Code != 0:
			t.Errorf("%d %q: %s, and told %d", status, body, told.Fate, told.Code)
		}
	})
}
