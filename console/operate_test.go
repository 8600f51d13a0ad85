package console_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/console"
)

// desk remembers what it was asked to do. What it was not told of it cannot do.
type desk struct {
	console.Operator
	asked []string
	query console.LetterQuery
}

func (d *desk) note(format string, args ...any) {
	d.asked = append(d.asked, fmt.Sprintf(format, args...))
}

func (d *desk) Letters(_ context.Context, q console.LetterQuery) (console.LetterPage, error) {
	d.query = q
	return console.LetterPage{Next: "m3"}, nil
}

func (d *desk) Message(_ context.Context, id chat.MessageID) (chat.MessageHistory, error) {
	return chat.MessageHistory{}, fmt.Errorf("%w: message %s", console.ErrNotFound, id)
}

func (d *desk) Retry(_ context.Context, id chat.MessageID, resend bool, by chat.By) (console.Done, error) {
	d.note("retry %s resend=%v by %s", id, resend, by)
	return console.Done{Target: id.String(), Made: "m9"}, nil
}

func (d *desk) RehearseRetry(_ context.Context, id chat.MessageID, resend, show bool) (console.Done, error) {
	d.note("rehearse %s resend=%v show=%v", id, resend, show)
	return console.Done{Target: id.String(), Dry: &rehearsal}, nil
}

func (d *desk) DropMessage(_ context.Context, id chat.MessageID, by chat.By) (console.Done, error) {
	return console.Done{}, fmt.Errorf("%w: it is done", console.ErrConflict)
}

func (d *desk) DropEvent(_ context.Context, id chat.EventID, by chat.By) (console.Done, error) {
	d.note("drop %s by %s", id, by)
	return console.Done{Target: id.String()}, nil
}

func (d *desk) Replay(_ context.Context, id chat.EventID, by chat.By) (console.Done, error) {
	d.note("replay %s by %s", id, by)
	return console.Done{Target: id.String(), Made: "e18"}, nil
}

func (d *desk) RehearseReplay(_ context.Context, id chat.EventID, show bool) (console.Done, error) {
	d.note("rehearse %s show=%v", id, show)
	return console.Done{Target: id.String(), Dry: &rehearsal}, nil
}

func (d *desk) Rehearse(_ context.Context, bot chat.BotName, e console.ByHand, show bool) ([]console.Rehearsal, error) {
	if len(e.Payload) == 0 {
		return nil, fmt.Errorf("%w: the trigger wants a payload", console.ErrUnfit)
	}
	d.note("rehearse %s %s %s show=%v", bot, e.Trigger, e.Payload, show)
	return []console.Rehearsal{rehearsal}, nil
}

func (d *desk) Make(_ context.Context, bot chat.BotName, e console.ByHand, again bool, by chat.By) (chat.Receipt, error) {
	d.note("make %s %s %s of %s in %s typed %q type %q again=%v by %s", bot, e.Trigger, e.Payload, e.Sender, e.Group, e.Text, e.Type, again, by)
	return chat.Receipt{ID: "r1", Events: []chat.EventID{17}}, nil
}

func (d *desk) TryHook(_ context.Context, hook string, sent console.Sent, show bool) (console.Trial, error) {
	d.note("try %s %q %q %q show=%v", hook, sent.Type, sent.MediaType, sent.Body, show)
	return console.Trial{Hook: hook, Events: []console.Rehearsal{}}, nil
}

func (d *desk) Answer(_ context.Context, id chat.DeliveryID, a chat.Answer, by chat.By) (console.Done, error) {
	d.note("answer %s %s by %s", id, a, by)
	return console.Done{Target: id.String()}, nil
}

func (d *desk) WhyMessage(_ context.Context, user chat.UserID, id chat.MessageID) (console.Why, error) {
	d.note("why %s %s", user, id)
	return console.Why{User: user, Got: console.GotIt, Stands: rehearsal.Standing}, nil
}

func (d *desk) WhyDelivery(_ context.Context, user chat.UserID, id chat.DeliveryID) (console.Why, error) {
	d.note("why %s %s", user, id)
	return console.Why{User: user, Got: console.GotIt, Stands: rehearsal.Standing}, nil
}

func (d *desk) Pause(_ context.Context, bot chat.BotName, by chat.By) error {
	d.note("pause %q by %s", bot, by)
	return nil
}

func (d *desk) Resume(_ context.Context, bot chat.BotName, by chat.By) error {
	d.note("resume %q by %s", bot, by)
	return nil
}

func (d *desk) Pauses(context.Context) ([]chat.Pause, error) { return nil, nil }

func (d *desk) Timers(_ context.Context, q console.TimerQuery) (console.TimerPage, error) {
	d.note("timers of %s %s after %s, %d", q.Bot, q.Group, q.After, q.Limit)
	return console.TimerPage{}, nil
}

func (d *desk) CancelTimer(_ context.Context, id chat.TimerID, by chat.By) (console.Done, error) {
	d.note("cancel %s by %s", id, by)
	return console.Done{Target: id.String()}, nil
}

func (d *desk) Remembered(_ context.Context, m chat.Memory, show bool) (console.Remembered, error) {
	d.note("remembered by %s of %s in %s show=%v", m.Bot, m.User, m.Group, show)
	return console.Remembered{Memory: m, Keys: []console.RememberedKey{}, Most: chat.MaxState}, nil
}

func (d *desk) Remember(_ context.Context, m chat.Memory, key string, value json.RawMessage, by chat.By) (console.Done, error) {
	if len(value) > chat.MaxState {
		return console.Done{}, fmt.Errorf("%w: it is too much", console.ErrUnfit)
	}
	d.note("%s remembers %s=%s of %s in %s by %s", m.Bot, key, value, m.User, m.Group, by)
	return console.Done{Target: key}, nil
}

func (d *desk) Forget(_ context.Context, m chat.Memory, key string, by chat.By) (console.Done, error) {
	d.note("%s forgets %q of %s in %s by %s", m.Bot, key, m.User, m.Group, by)
	return console.Done{Target: key}, nil
}

// rehearsal is one of which nothing would come.
var rehearsal = console.Rehearsal{Standing: chat.Standing{Status: chat.Done}, Messages: []console.Rehearsed{}}

func serveDesk(t *testing.T) (*httptest.Server, *desk) {
	t.Helper()
	d := &desk{}
	s := httptest.NewServer(console.New(console.Options{Backend: &backend{}, Operator: d, Token: func() string { return token }, Metrics: http.NotFoundHandler()}))
	t.Cleanup(s.Close)
	checked(t, s)
	return s, d
}

// send makes a request with the token and a JSON body.
func send(t *testing.T, s *httptest.Server, method, path, body string, h http.Header) (int, string) {
	t.Helper()
	r, err := http.NewRequest(method, s.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header = http.Header{"Authorization": {"Bearer " + token}}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for name, values := range h {
		r.Header[name] = values
	}
	res, err := s.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(text)
}

func TestWhatAPersonOrders(t *testing.T) {
	for _, c := range []struct {
		method, path, body string
		status             int
		asked              string // of the desk; empty: nothing
	}{
		{"POST", "/v1/messages/m3/retry", ``, 200, "retry m3 resend=false by admin token"},
		{"POST", "/v1/messages/m3/retry", `{"resend":true,"as":"ann","reason":"mended"}`, 200, "retry m3 resend=true by ann: mended"},
		{"POST", "/v1/messages/m3/retry", `{"dry_run":true,"show_text":true}`, 200, "rehearse m3 resend=false show=true"},
		{"POST", "/v1/messages/m3/retry", `{"dryrun":true}`, 400, ""},
		{"POST", "/v1/messages/m3/retry", `{"Dry_Run":true}`, 400, ""},
		{"POST", "/v1/messages/m3/retry", `{"dry_run":1}`, 400, ""},
		{"POST", "/v1/messages/m3/retry", `{"answer":"sent"}`, 400, ""},
		{"POST", "/v1/messages/m3/retry", `{"dry_run":true}{}`, 400, ""},
		{"POST", "/v1/messages/m3/retry", `[]`, 400, ""},
		{"POST", "/v1/messages/m3/retry", `{"as":"a\nb"}`, 400, ""},
		{"POST", "/v1/messages/m3/retry", `{"as":"` + strings.Repeat("x", 65) + `"}`, 400, ""},
		{"POST", "/v1/messages/m3/retry", `{"reason":"` + strings.Repeat("x", 501) + `"}`, 400, ""},
		{"POST", "/v1/messages/m3/retry", strings.Repeat(" ", 3<<20), 413, ""},
		{"POST", "/v1/messages/e3/retry", ``, 400, ""},
		{"GET", "/v1/messages/m3/retry", ``, 405, ""},
		{"POST", "/v1/messages/m3/drop", ``, 409, ""},
		{"POST", "/v1/messages/m3/drop", `{"dry_run":true}`, 400, ""},
		{"GET", "/v1/messages/m3", ``, 404, ""},
		{"POST", "/v1/events/e3/drop", `{"as":"ann"}`, 200, "drop e3 by ann"},
		{"POST", "/v1/events/m3/drop", ``, 400, ""},
		{"POST", "/v1/events/e3/replay", ``, 200, "replay e3 by admin token"},
		{"POST", "/v1/events/e3/replay", `{"dry_run":true}`, 200, "rehearse e3 show=false"},
		{"POST", "/v1/events/e3/replay", `{"resend":true}`, 400, ""},
		{"POST", "/v1/deliveries/d3/answer", `{"answer":"sent"}`, 200, "answer d3 sent by admin token"},
		{"POST", "/v1/deliveries/d3/answer", `{"answer":"maybe"}`, 400, ""},
		{"POST", "/v1/deliveries/d3/answer", ``, 400, ""},
		{"POST", "/v1/bots/quiz/rehearse", `{"trigger":"answers","payload":{"a":[1]}}`, 200, `rehearse quiz answers {"a":[1]} show=false`},
		{"POST", "/v1/bots/quiz/rehearse", ``, 422, ""},
		{"POST", "/v1/bots/quiz/rehearse", `{"payload":{},"again":true}`, 400, ""},
		{"POST", "/v1/bots/quiz/events", `{"trigger":"answers","payload":{},"sender":"carol","group":"@g","text":"/x","type":"push","again":true,"as":"ann"}`, 202,
			`make quiz answers {} of carol in @g typed "/x" type "push" again=true by ann`},
		{"POST", "/v1/bots/quiz/events", `{"payload":{},"dry_run":true}`, 400, ""}, // it would be the real thing
		{"POST", "/v1/hooks/gh/rehearse", `{"type":"push","body":"{}","show_text":true}`, 200, `try gh "push" "application/json" "{}" show=true`},
		{"POST", "/v1/hooks/gh/rehearse", `{"media_type":"text/plain","body":"x"}`, 200, `try gh "" "text/plain" "x" show=false`},
		{"POST", "/v1/hooks/gh/rehearse", `{"payload":{}}`, 400, ""},
		{"GET", "/v1/messages/m3/why?user=carol", ``, 200, "why carol m3"},
		{"GET", "/v1/deliveries/d3/why?user=carol", ``, 200, "why carol d3"},
		{"GET", "/v1/deliveries/d3/why", ``, 400, ""},
		{"GET", "/v1/deliveries/m3/why?user=carol", ``, 400, ""},
		{"POST", "/v1/pause", `{"bot":"quiz","reason":"nonsense"}`, 200, `pause "quiz" by admin token: nonsense`},
		{"POST", "/v1/pause", `{"all":true}`, 200, `pause "" by admin token`},
		{"POST", "/v1/resume", `{"all":true}`, 200, `resume "" by admin token`},
		{"POST", "/v1/pause", `{"all":true,"bot":"quiz"}`, 400, ""},
		{"POST", "/v1/pause", ``, 400, ""}, // not to be taken for all
		{"POST", "/v1/resume", `{"bot":""}`, 400, ""},
		{"GET", "/v1/pauses", ``, 200, ""},
		{"POST", "/v1/timers/t3/cancel", `{"reason":"it goes on"}`, 200, "cancel t3 by admin token: it goes on"},
		{"POST", "/v1/timers/t3/cancel", `{"dry_run":true}`, 400, ""},
		{"POST", "/v1/timers/e3/cancel", ``, 400, ""},
		{"GET", "/v1/timers?bot=quiz&group=@g&after=t7&limit=9", ``, 200, "timers of quiz @g after t7, 9"},
		{"GET", "/v1/timers?after=e7", ``, 400, ""},
		{"GET", "/v1/timers?limit=0", ``, 400, ""},
		{"GET", "/v1/bots/quiz/state?group=@g&user=carol&show_text=true", ``, 200, "remembered by quiz of carol in @g show=true"},
		{"GET", "/v1/bots/quiz/state", ``, 200, "remembered by quiz of  in  show=false"},
		{"GET", "/v1/bots/quiz/state?show_text=yes", ``, 400, ""},
		{"GET", "/v1/bots/quiz/state?show=true", ``, 400, ""},
		{"POST", "/v1/bots/quiz/state/set", `{"group":"@g","user":"carol","key":"k","value":{"a":1},"as":"ann"}`, 200, `quiz remembers k={"a":1} of carol in @g by ann`},
		{"POST", "/v1/bots/quiz/state/set", `{"key":"k","value":null}`, 200, `quiz remembers k=null of  in  by admin token`},
		{"POST", "/v1/bots/quiz/state/set", `{"group":"@g","key":"k"}`, 400, ""},
		{"POST", "/v1/bots/quiz/state/set", `{"group":"@g","value":1}`, 400, ""},
		{"POST", "/v1/bots/quiz/state/set", `{"key":"k","value":1,"all":true}`, 400, ""},
		{"POST", "/v1/bots/quiz/state/set", `{"key":"k","value":"` + strings.Repeat("x", chat.MaxState) + `"}`, 422, ""},
		{"POST", "/v1/bots/quiz/state/drop", `{"group":"@g","key":"k"}`, 200, `quiz forgets "k" of  in @g by admin token`},
		{"POST", "/v1/bots/quiz/state/drop", `{"group":"@g","user":"carol","all":true}`, 200, `quiz forgets "" of carol in @g by admin token`},
		{"POST", "/v1/bots/quiz/state/drop", `{"group":"@g"}`, 400, ""}, // not to be taken for all
		{"POST", "/v1/bots/quiz/state/drop", `{"key":"k","all":true}`, 400, ""},
	} {
		t.Run(c.method+" "+c.path+" "+c.body[:min(len(c.body), 40)], func(t *testing.T) {
			s, d := serveDesk(t)
			status, text := send(t, s, c.method, c.path, c.body, nil)
			if got := strings.Join(d.asked, "; "); status != c.status || got != c.asked {
				t.Errorf("%d, asked %q; want %d, %q: %s", status, got, c.status, c.asked, text)
			}
		})
	}
}

func TestOrdersOfStrangersAreRefused(t *testing.T) {
	s, d := serveDesk(t)
	for name, c := range map[string]struct {
		h    http.Header
		want int
	}{
		"without the token":         {http.Header{"Authorization": nil}, 401},
		"by a page of another site": {http.Header{"Origin": {"https://evil.example"}}, 403},
		"as a form":                 {http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}, 415},
		"as plain text":             {http.Header{"Content-Type": {"text/plain"}}, 415},
	} {
		for _, path := range []string{"/v1/messages/m3/retry", "/v1/events/e3/replay", "/v1/events/e3/drop", "/v1/deliveries/d3/answer", "/v1/timers/t3/cancel", "/v1/pause", "/v1/resume", "/v1/bots/quiz/rehearse", "/v1/bots/quiz/events", "/v1/bots/quiz/state/set", "/v1/bots/quiz/state/drop", "/v1/hooks/gh/rehearse"} {
			if status, _ := send(t, s, http.MethodPost, path, `{"as":"eve"}`, c.h); status != c.want {
				t.Errorf("%s %s: %d, want %d", path, name, status, c.want)
			}
		}
	}
	if len(d.asked) != 0 {
		t.Errorf("done all the same: %q", d.asked)
	}
}

func TestLettersAreSelectedByTheQuery(t *testing.T) {
	s, d := serveDesk(t)
	status, text := send(t, s, http.MethodGet, "/v1/dead-letters?kind=message&bot=quiz&group=@g&outcome=unknown&before=m7&limit=9", "", nil)
	want := console.LetterQuery{Kind: "message", Bot: "quiz", Group: "@g", Outcome: chat.Unknown, Before: "m7", Limit: 9}
	if diff := cmp.Diff(want, d.query); diff != "" || status != http.StatusOK {
		t.Errorf("%d: %s", status, diff)
	}
	if strings.TrimSpace(text) != `{"letters":[],"next":"m3"}` {
		t.Errorf("answered %s", text)
	}
	for _, bad := range []string{"kind=delivery", "before=d7", "before=7", "limit=0"} {
		if status, text := send(t, s, http.MethodGet, "/v1/dead-letters?"+bad, "", nil); status != http.StatusBadRequest {
			t.Errorf("%s: %d %s", bad, status, text)
		}
	}
}
