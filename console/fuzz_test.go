package console_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/botd-chat/botd/console"
)

// FuzzAdminAPI holds that no request of somebody who has the token makes the
// admin API panic or answer that it is at fault, and that whatever it refuses it
// says why.
func FuzzAdminAPI(f *testing.F) {
	for _, s := range [][4]string{
		{"GET", "/v1/events", "bot=quiz&limit=7&before=e12&status=dead", ""}, {"GET", "/v1/dead-letters", "kind=event&before=m3", ""},
		{"GET", "/v1/bots/quiz/audience", `group=g&rule={"roles":["owner"]}`, ""}, {"GET", "/v1/messages/m3/why", "user=ann", ""},
		{"POST", "/v1/messages/m3/retry", "", `{"resend":true,"as":"ann","reason":"mended"}`}, {"POST", "/v1/deliveries/d1/answer", "", `{"answer":"sent"}`},
		{"POST", "/v1/pause", "", `{"all":true}`}, {"POST", "/v1/bots/quiz/rehearse", "", `{"trigger":"t","payload":{}}`}, {"GET", "/readyz", "", ""},
		{"POST", "/v1/events/e1/replay", "x=%zz", `{"dry_run":true}{}`}, {"GET", "/v1/events/e99999999999999999999", "", ""},
	} {
		f.Add(s[0], s[1], s[2], s[3])
	}
	f.Fuzz(func(t *testing.T, method, path, query, body string) {
		u := &url.URL{Scheme: "http", Host: "127.0.0.1", Path: path, RawQuery: query}
		r, err := http.NewRequest(method, u.String(), strings.NewReader(body))
		if err != nil || !strings.HasPrefix(u.Path, "/") {
			return
		}
		r.RemoteAddr = "127.0.0.1:1"
		r.Header = http.Header{"Authorization": {"Bearer " + token}, "Content-Type": {"application/json"}}
		w := httptest.NewRecorder()
		console.New(console.Options{Backend: &backend{}, Operator: &desk{}, Token: func() string { return token }, Metrics: http.NotFoundHandler()}).ServeHTTP(w, r)
		if w.Code >= 500 {
			t.Errorf("%s %s?%s was answered %d %s", method, path, query, w.Code, w.Body)
		}
		if w.Code >= 400 && method != http.MethodHead && strings.HasPrefix(w.Header().Get("Content-Type"), "application/") && !json.Valid(w.Body.Bytes()) {
			t.Errorf("refused with %q", w.Body)
		}
	})
}
