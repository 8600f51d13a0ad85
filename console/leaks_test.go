package console_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/botd-chat/botd/console"
)

func TestLeaksAreListed(t *testing.T) {
	b := &backend{}
	s, _ := serve(t, b)
	auth := "Bearer " + token
	status, body := call{path: "/v1/leaks?bot=quiz&group=g&open=true&before=l7&limit=2", auth: auth}.do(t, s)
	if want := (console.LeakQuery{Bot: "quiz", Group: "g", Open: true, Before: 7, Limit: 2}); status != http.StatusOK || b.leaks != want {
		t.Errorf("%d, asked for %+v", status, b.leaks)
	}
	var page console.LeakPage
	if err := json.Unmarshal([]byte(body), &page); err != nil || len(page.Leaks) != 1 || page.Leaks[0].ID != 3 || page.Leaks[0].Visible != 1.5 || *page.Next != 3 {
		t.Errorf("%v: %s", err, body)
	}
	if !strings.Contains(body, `"events":[]`) {
		t.Errorf("a leak without events: %s", body)
	}
	if _, body := (call{path: "/v1/leaks?bot=none", auth: auth}).do(t, s); strings.TrimSpace(body) != `{"leaks":[]}` {
		t.Errorf("none: %s", body)
	}
	for path, want := range map[string]int{
		"/v1/leaks?open=maybe": 400, "/v1/leaks?before=e1": 400, "/v1/leaks?limit=501": 400, "/v1/leaks?opened=true": 400,
	} {
		if status, body := (call{path: path, auth: auth}).do(t, s); status != want {
			t.Errorf("%s: %d %s", path, status, body)
		}
	}
	if status, _ := (call{path: "/v1/leaks"}).do(t, s); status != http.StatusUnauthorized {
		t.Errorf("without a token: %d", status)
	}
}

func TestCallbacksAreTold(t *testing.T) {
	at := time.Date(2026, 1, 1, 9, 0, 0, 0, time.UTC)
	b := &backend{told: console.CallbackList{Since: at, Apps: []console.AppCallbacks{{App: "main", Path: "/callbacks/tencent"}}}}
	s, _ := serve(t, b)
	status, body := call{path: "/v1/callbacks", auth: "Bearer " + token}.do(t, s)
	if want := `{"since":"2026-01-01T09:00:00Z","apps":[{"app":"main","path":"/callbacks/tencent","commands":[]}],"refused":[]}`; status != http.StatusOK || strings.TrimSpace(body) != want {
		t.Errorf("%d: %s", status, body)
	}
	b.told.Apps[0].Commands = []console.CallbackCommand{{Command: "State.StateChange", Count: 2, Last: at}}
	b.told.Refused = []console.RefusedCallbacks{{Reason: "sign", Count: 1, Last: at}}
	_, body = call{path: "/v1/callbacks", auth: "Bearer " + token}.do(t, s)
	var got console.CallbackList
	if err := json.Unmarshal([]byte(body), &got); err != nil || !cmp.Equal(got, b.told) {
		t.Errorf("%v: %s", err, body)
	}
	if status, _ := (call{path: "/v1/callbacks"}).do(t, s); status != http.StatusUnauthorized {
		t.Errorf("without a token: %d", status)
	}
}
