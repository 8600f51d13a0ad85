package delivery_test

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/botd-chat/botd/chat"
)

// Rule 18 of package im: what is pushed is the operator's text or nothing.
func TestRule18_ThePushIsTheBotsOrNone(t *testing.T) {
	for push, want := range map[string]string{
		"": `"OfflinePushInfo":{"PushFlag":1}`, "Something new": `"OfflinePushInfo":{"PushFlag":0,"Desc":"Something new"}`,
	} {
		r := newRig(t)
		r.bots[quiz].Push = push
		var sent string
		inner := r.sim.Handler()
		r.server.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
			body, _ := io.ReadAll(q.Body)
			q.Body = io.NopCloser(bytes.NewReader(body))
			if strings.HasSuffix(q.URL.Path, send) {
				sent = string(body)
			}
			inner.ServeHTTP(w, q)
		})
		r.say(class, "carol", chat.Admins.Say("carol says B")...)
		r.settle(minute)
		if !strings.Contains(sent, want) {
			t.Errorf("sent %s, want %s", sent, want)
		}
	}
}
