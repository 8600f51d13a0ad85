package webhooks

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"
)

// recorded is a request as a sender's own library signed it
// (scripts/signatures).
type recorded struct {
	Library string
	Scheme  string
	Secrets []string
	At      int64
	Headers map[string]string
	Body    string
	ID      string
	Type    string
}

// post posts a recorded request to a hook of its scheme, at a time.
func (c recorded) post(t *testing.T, now time.Time) (status int, keep *kept) {
	t.Helper()
	keep = &kept{}
	s := Settings{Secrets: c.Secrets, By: "bearer"} // where the scheme has no way of its own
	hook := must(NewHook("h", c.Scheme, s, keep.accept))
	r := must(New([]Hook{hook}, Options{Now: func() time.Time { return now }}))
	req := httptest.NewRequest(http.MethodPost, "/hooks/h", strings.NewReader(c.Body))
	req.Header.Set("Content-Type", mediaJSON)
	for name, value := range c.Headers {
		req.Header.Set(name, value)
	}
	res := httptest.NewRecorder()
	r.ServeHTTP(res, req)
	return res.Code, keep
}

// TestWhatTheSendersLibrariesSign gives each scheme what the senders' own
// libraries made, and then the same with one byte of the body changed.
func TestWhatTheSendersLibrariesSign(t *testing.T) {
	text, err := os.ReadFile("testdata/libraries.json")
	if err != nil {
		t.Fatal(err)
	}
	var all []recorded
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	for _, c := range all {
		t.Run(c.Library+" for "+c.Scheme+" "+c.ID, func(t *testing.T) {
			at := time.Unix(c.At, 0)
			status, keep := c.post(t, at.Add(200*time.Second))
			if status/100 != 2 || len(keep.all) != 1 {
				t.Fatalf("%d, and %d were kept", status, len(keep.all))
			}
			got := keep.all[0]
			if !strings.HasSuffix(got.ID, c.ID) || got.Type != c.Type || !strings.Contains(string(got.Payload), "Größe, 大小, 🦊") && !strings.Contains(string(got.Payload), `\/ &lt;`) {
				t.Errorf("kept as %q of the type %q: %s", got.ID, got.Type, got.Payload)
			}
			c.Body = strings.Replace(c.Body, "a", "e", 1)
			if status, keep := c.post(t, at); signs(c.Scheme) && (status != http.StatusUnauthorized || len(keep.all) > 0) {
				t.Errorf("with another body it is %d", status)
			}
		})
	}
}

// signs reports whether a scheme's senders sign.
func signs(scheme string) bool { return scheme != "cloudevents" }
