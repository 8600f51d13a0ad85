package console_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/console"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const token = "a-token-of-the-test"

// backend answers from memory and remembers what it was asked.
type backend struct {
	notReady error
	asked    console.EventQuery
	leaks    console.LeakQuery
	rule     *chat.Audience
	panics   bool
	told     console.CallbackList
}

func (b *backend) Ready(context.Context) error { return b.notReady }

func (b *backend) Events(_ context.Context, q console.EventQuery) ([]chat.EventRecord, chat.EventID, error) {
	if b.panics {
		panic("boom")
	}
	b.asked = q
	return []chat.EventRecord{{ID: 9, Bot: "quiz", Kind: chat.Webhook, Status: chat.Done}}, 9, nil
}

func (b *backend) Plugins() []console.Plugin {
	return []console.Plugin{
		{Bot: "quiz", Plugin: "quiz", Version: "1.0.0", Where: "compiled in", There: true},
		{Bot: "homework", Plugin: "https://bots.example.com", Where: "https://bots.example.com", Reason: "a reason for those with the token"},
	}
}

func (b *backend) History(_ context.Context, id chat.EventID) (chat.EventHistory, error) {
	switch id {
	case 9:
		return chat.EventHistory{Event: chat.EventRecord{ID: 9, Kind: chat.Schedule, Status: chat.Dead}, Messages: []chat.MessageHistory{}}, nil
	case 10:
		return chat.EventHistory{}, errors.New("secret path /var/lib/x is broken")
	}
	return chat.EventHistory{}, fmt.Errorf("no such event: %w", console.ErrNotFound)
}

func (b *backend) Explain(_ context.Context, bot chat.BotName, g chat.GroupID, rule *chat.Audience, _ chat.UserID) (console.Explanation, error) {
	b.rule = rule
	if bot != "quiz" {
		return console.Explanation{}, fmt.Errorf("no bot %q: %w", bot, console.ErrNotFound)
	}
	return console.Explanation{Bot: bot, Group: g, Type: chat.Work, Reached: 1, Verdicts: []console.Verdict{}}, nil
}

func (b *backend) Strike(_ context.Context, bot chat.BotName, trigger chat.TriggerName) (chat.Receipt, error) {
	if trigger != "reminder" {
		return chat.Receipt{}, fmt.Errorf("no schedule %q: %w", trigger, console.ErrNotFound)
	}
	return chat.Receipt{ID: "r", Events: []chat.EventID{17}}, nil
}

func (b *backend) Leaks(_ context.Context, q console.LeakQuery) (console.LeakPage, error) {
	b.leaks = q
	if q.Bot == "none" {
		return console.LeakPage{}, nil
	}
	next := chat.LeakID(3)
	return console.LeakPage{Leaks: []console.ToldLeak{{Leak: chat.Leak{ID: 3, App: "main", Group: "g", FoundBy: chat.FoundBySweep}, Visible: 1.5}}, Next: &next}, nil
}

func (b *backend) Callbacks() console.CallbackList { return b.told }

func serve(t *testing.T, b *backend) (*httptest.Server, *bytes.Buffer) {
	t.Helper()
	var log bytes.Buffer
	s := httptest.NewServer(console.New(console.Options{
		Backend: b, Token: func() string { return token }, Hosts: []string{"botd.internal"}, Version: "v1",
		Metrics: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "botd_up 1\n") }),
		Log:     slog.New(slog.NewTextHandler(&log, nil)),
	}))
	t.Cleanup(s.Close)
	checked(t, s)
	return s, &log
}

type call struct {
	path, host, origin, auth string
	method                   string // empty: GET
}

func (c call) do(t *testing.T, s *httptest.Server) (int, string) {
	t.Helper()
	r, err := http.NewRequest(c.method, s.URL+c.path, nil)
	if err != nil {
		t.Fatal(err)
	}
	if c.host != "" {
		r.Host = c.host
	}
	if c.origin != "" {
		r.Header.Set("Origin", c.origin)
	}
	if c.auth != "" {
		r.Header.Set("Authorization", c.auth)
	}
	res, err := s.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(body)
}

func TestWhoMayAsk(t *testing.T) {
	s, _ := serve(t, &backend{})
	good := "Bearer " + token
	for _, c := range []struct {
		name string
		call call
		want int
	}{
		{"health needs no token", call{path: "/healthz"}, 200},
		{"readiness needs no token", call{path: "/readyz"}, 200},
		{"the version needs no token", call{path: "/version"}, 200},
		{"metrics need no token", call{path: "/metrics"}, 200},
		{"events without a token", call{path: "/v1/events"}, 401},
		{"events with another token", call{path: "/v1/events", auth: "Bearer x"}, 401},
		{"events with an empty token", call{path: "/v1/events", auth: "Bearer "}, 401},
		{"events with the token as basic", call{path: "/v1/events", auth: "Basic " + token}, 401},
		{"events with the token", call{path: "/v1/events", auth: good}, 200},
		{"an event without a token", call{path: "/v1/events/e9"}, 401},
		{"an audience without a token", call{path: "/v1/bots/quiz/audience?group=g"}, 401},
		{"profiles without a token", call{path: "/debug/pprof/heap"}, 401},
		{"profiles with the token", call{path: "/debug/pprof/heap", auth: good}, 200},
		{"a configured host", call{path: "/healthz", host: "botd.internal:8081"}, 200},
		{"a loopback address as host", call{path: "/healthz", host: "[::1]:8081"}, 200},
		{"a foreign name that points here", call{path: "/v1/events", host: "evil.example", auth: good}, 421},
		{"a page of another site", call{path: "/v1/events", origin: "https://evil.example", auth: good}, 403},
		{"a page without an origin of its own", call{path: "/v1/events", origin: "null", auth: good}, 403},
		{"no such route", call{path: "/v2/events", auth: good}, 404},
	} {
		t.Run(c.name, func(t *testing.T) {
			status, body := c.call.do(t, s)
			if status != c.want {
				t.Fatalf("status %d, want %d; body %s", status, c.want, body)
			}
			if status >= 400 && !strings.Contains(body, `"status":`) {
				t.Fatalf("an error without problem details: %s", body)
			}
		})
	}
}

func TestAPageOfThisListenerMayAsk(t *testing.T) {
	s, _ := serve(t, &backend{})
	status, _ := call{path: "/v1/events", origin: s.URL, auth: "Bearer " + token}.do(t, s)
	if status != http.StatusOK {
		t.Fatalf("status %d", status)
	}
}

func TestReadinessSaysWhatIsMissing(t *testing.T) {
	s, _ := serve(t, &backend{notReady: errors.New("the store is read-only: disk full")})
	status, body := call{path: "/readyz"}.do(t, s)
	if status != http.StatusServiceUnavailable || !strings.Contains(body, "disk full") {
		t.Fatalf("%d %s", status, body)
	}
}

func TestReadinessNamesBotsWhosePluginsAreAway(t *testing.T) {
	s, _ := serve(t, &backend{})
	status, body := call{path: "/readyz"}.do(t, s)
	if want := "ready\nplugins are not there for 1 of 2 bots, whose events wait: homework\n"; status != http.StatusOK || body != want {
		t.Errorf("%d %s, without a token; want %s", status, body, want)
	}
	if status, body = (call{path: "/v1/plugins"}).do(t, s); status != http.StatusUnauthorized || strings.Contains(body, "homework") {
		t.Errorf("%d %s without a token", status, body)
	}
	status, body = call{path: "/v1/plugins", auth: "Bearer " + token}.do(t, s)
	if status != http.StatusOK || !strings.Contains(body, `"reason":"a reason for those with the token"`) || !strings.Contains(body, `"version":"1.0.0"`) {
		t.Errorf("%d %s", status, body)
	}
}

func TestEventsAreSelectedByTheQuery(t *testing.T) {
	b := &backend{}
	s, _ := serve(t, b)
	auth := "Bearer " + token
	status, body := call{path: "/v1/events?bot=quiz&group=@g&status=dead&outcome=failed&limit=7&before=e12", auth: auth}.do(t, s)
	if status != http.StatusOK {
		t.Fatalf("%d %s", status, body)
	}
	want := console.EventQuery{Bot: "quiz", Group: "@g", Status: chat.Dead, Outcome: chat.Failed, Before: 12, Limit: 7}
	if b.asked != want {
		t.Fatalf("asked %+v, want %+v", b.asked, want)
	}
	var page console.EventPage
	if err := json.Unmarshal([]byte(body), &page); err != nil || len(page.Events) != 1 || *page.Next != 9 {
		t.Fatalf("%s: %v", body, err)
	}
	for _, bad := range []string{"status=gone", "outcome=sent", "limit=0", "limit=501", "limit=x", "before=d12", "before=12"} {
		if status, body := (call{path: "/v1/events?" + bad, auth: auth}).do(t, s); status != http.StatusBadRequest {
			t.Errorf("%s: %d %s", bad, status, body)
		}
	}
}

func TestAnEventIsShownOrSaidToBeUnknown(t *testing.T) {
	s, log := serve(t, &backend{})
	for id, want := range map[string]int{"e9": 200, "e8": 404, "d9": 400, "e10": 500} {
		status, body := call{path: "/v1/events/" + id, auth: "Bearer " + token}.do(t, s)
		if status != want {
			t.Errorf("%s: %d, want %d: %s", id, status, want, body)
		}
		if strings.Contains(body, "/var/lib") {
			t.Errorf("%s tells how botd works inside: %s", id, body)
		}
	}
	if !strings.Contains(log.String(), "is broken") {
		t.Errorf("the inner error is not in the log: %s", log)
	}
}

func TestAMisspeltRuleIsRefused(t *testing.T) {
	b := &backend{}
	s, _ := serve(t, b)
	for rule, want := range map[string]int{
		`{"roles":["admin"]}`:                        200,
		`{"everyone":true,"exept":["bo"]}`:           400,
		`{}`:                                         400,
		`{"roles":["boss"]}`:                         400,
		`{"everyone":true}{"everyone":true}`:         400,
		`{"everyone":true,"except":["bo"]} trail`:    400,
		`{"any_of":[{"users":["` + long + `"]}]}`:    400,
		`{"any_of":[{"roles":["owner"]}]}`:           200,
		`{"any_of":[{"everyone":false}],"users":[]}`: 400,
	} {
		path := "/v1/bots/quiz/audience?group=g&rule=" + strings.NewReplacer("{", "%7B", "}", "%7D", `"`, "%22", " ", "%20").Replace(rule)
		if status, body := (call{path: path, auth: "Bearer " + token}).do(t, s); status != want {
			t.Errorf("%s: %d, want %d: %s", rule, status, want, body)
		}
	}
	if status, _ := (call{path: "/v1/bots/nobody/audience", auth: "Bearer " + token}).do(t, s); status != 404 {
		t.Errorf("an unknown bot: %d", status)
	}
}

var long = strings.Repeat("x", 33)

func TestAPanicIsAnAnswerAndALogLine(t *testing.T) {
	s, log := serve(t, &backend{panics: true})
	status, body := call{path: "/v1/events", auth: "Bearer " + token}.do(t, s)
	if status != http.StatusInternalServerError || strings.Contains(body, "boom") {
		t.Fatalf("%d %s", status, body)
	}
	if !strings.Contains(log.String(), "panicked") {
		t.Fatalf("log: %s", log)
	}
}

func TestAScheduleIsStruckByHand(t *testing.T) {
	s, _ := serve(t, &backend{})
	auth := "Bearer " + token
	for _, c := range []struct {
		call call
		want int
	}{
		{call{method: http.MethodPost, path: "/v1/bots/standup/schedules/reminder/run", auth: auth}, 202},
		{call{method: http.MethodPost, path: "/v1/bots/standup/schedules/other/run", auth: auth}, 404},
		{call{method: http.MethodGet, path: "/v1/bots/standup/schedules/reminder/run", auth: auth}, 405},
		{call{method: http.MethodPost, path: "/v1/bots/standup/schedules/reminder/run"}, 401},
		{call{method: http.MethodPost, path: "/v1/bots/standup/schedules/reminder/run", auth: auth, origin: "https://evil.example"}, 403},
	} {
		if status, body := c.call.do(t, s); status != c.want {
			t.Errorf("%s %s: %d, want %d: %s", c.call.method, c.call.path, status, c.want, body)
		}
	}
}

func TestAMisspeltParameterIsRefused(t *testing.T) {
	s, _ := serve(t, &backend{})
	for path, want := range map[string]string{
		"/v1/events?statuss=dead":            `no parameter "statuss" here; have bot, group, status, outcome, before, limit`,
		"/v1/events/e9?limit=3":              `no parameter "limit" here; have none`,
		"/v1/bots/quiz/audience?group=g&x=1": `no parameter "x" here`,
		"/v1/events?limit=3;status=dead":     "cannot be read",
		"/v1/events?limit=%zz":               "cannot be read",
		"/debug/pprof/heap?second=1":         `no parameter "second" here; have seconds, debug, gc`,
	} {
		status, body := call{path: path, auth: "Bearer " + token}.do(t, s)
		if status != http.StatusBadRequest || !strings.Contains(strings.ReplaceAll(body, `\"`, `"`), want) {
			t.Errorf("%s: %d %s", path, status, body)
		}
	}
	if status, _ := (call{path: "/healthz?nocache=1"}).do(t, s); status != http.StatusOK {
		t.Errorf("a probe with a parameter: %d", status)
	}
}
