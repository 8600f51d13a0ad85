package simulator

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"
)

// raw posts a message and returns whatever comes back.
func (r *rig) raw(ctx context.Context, m fieldSet) (status int, body string, err error) {
	encoded, err := json.Marshal(m)
	must(r.t, err)
	url := r.server.URL + "/v4/group_open_http_svc/send_group_msg?" + r.query().Encode()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader(string(encoded)))
	must(r.t, err)
	resp, err := r.server.Client().Do(req)
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(text), err
}

func TestItem4EveryAnswerIs200WithTheEnvelope(t *testing.T) {
	r := newRig(t)
	r.wantCode(r.group("send_group_msg", `{}`), 10004) // ask demands 200 and JSON
}

func TestItem4FaultsBeforeAndAfterTheEffect(t *testing.T) {
	tests := []struct {
		name   string
		fault  Fault
		status int
		body   func(string) bool
	}{
		{"502 with a page", Fault{Kind: BadStatus}, 502, func(b string) bool { return strings.HasPrefix(b, "<html>") }},
		{"429", Fault{Kind: BadStatus, Status: 429}, 429, func(b string) bool { return strings.Contains(b, "Too Many Requests") }},
		{"truncated JSON", Fault{Kind: Truncated}, 200, func(b string) bool { return b != "" && !json.Valid([]byte(b)) }},
		{"an empty body", Fault{Kind: Empty}, 200, func(b string) bool { return b == "" }},
		{"an ErrorCode", Fault{Kind: ErrorCode, Code: 10002}, 200, func(b string) bool { return strings.Contains(b, `"ErrorCode":10002`) }},
		{"60007", Fault{Kind: ErrorCode, Code: 60007}, 200, func(b string) bool { return strings.Contains(b, `"ErrorCode":60007`) }},
		{"a drop with success", Fault{Kind: Dropped}, 200, func(b string) bool {
			return strings.Contains(b, `"MsgDropReason":"MsgFreqCtrl"`) && strings.Contains(b, `"ErrorCode":0`)
		}},
	}
	for _, tt := range tests {
		for _, when := range []string{Before, After} {
			t.Run(tt.name+" "+when, func(t *testing.T) {
				r := newRig(t)
				tt.fault.When, tt.fault.Count, tt.fault.API = when, 1, "send_group_msg"
				must(t, r.sim.Inject(tt.fault))
				status, body, err := r.raw(t.Context(), message(1, nil))
				must(t, err)
				if status != tt.status || !tt.body(body) {
					t.Errorf("got %d %q", status, body)
				}
				r.wantEffect(when)
				r.wantCode(r.send(message(2, nil)), 0)
			})
		}
	}
}

// wantEffect checks that message 1 arrived exactly when a fault came after the
// effect, and that the record says so.
func (r *rig) wantEffect(when string) {
	r.t.Helper()
	if when == After {
		r.wantSeen(1, staff, Targeted)
	} else {
		r.wantSeen(1, nil, "")
	}
	call := r.sim.Calls()[0]
	if call.Effect != (when == After) || call.Fault == "" {
		r.t.Errorf("recorded %+v", call)
	}
}

func TestItem4HangUp(t *testing.T) {
	for _, when := range []string{Before, After} {
		t.Run(when+" the effect the connection is reset", func(t *testing.T) {
			r := newRig(t)
			must(t, r.sim.Inject(Fault{Kind: HangUp, When: when, Count: 1}))
			_, _, err := r.raw(t.Context(), message(1, nil))
			if !errors.Is(err, syscall.ECONNRESET) {
				t.Errorf("got %v", err)
			}
			r.wantEffect(when)
		})
	}
}

func TestItem4SlowAnswers(t *testing.T) {
	t.Run("an answer waits for the clock", func(t *testing.T) {
		for _, when := range []string{Before, After} {
			r := newRig(t)
			must(t, r.sim.Inject(Fault{Kind: Slow, When: when, Delay: 4 * time.Second, Count: 1}))
			got := make(chan string, 1)
			go func() {
				_, body, err := r.raw(t.Context(), message(1, nil))
				got <- fmt.Sprint(body, err)
			}()
			must(t, r.clock.BlockUntilContext(t.Context(), 1))
			if n := len(r.sim.Messages()); n != map[string]int{Before: 0, After: 1}[when] {
				t.Errorf("%s: %d messages took effect while it waited", when, n)
			}
			r.clock.Advance(4 * time.Second)
			if body := <-got; !strings.Contains(body, `"ErrorCode":0`) {
				t.Errorf("got %s", body)
			}
			r.wantSeen(1, staff, Targeted)
		}
	})
	for _, when := range []string{Before, After} {
		t.Run("a caller that gives up, slow "+when+" the effect", func(t *testing.T) {
			r := newRig(t)
			must(t, r.sim.Inject(Fault{Kind: Slow, When: when, Delay: 4 * time.Second, Count: 1}))
			ctx, giveUp := context.WithCancel(t.Context())
			go func() {
				_ = r.clock.BlockUntilContext(ctx, 1)
				giveUp()
			}()
			if _, _, err := r.raw(ctx, message(1, nil)); !errors.Is(err, context.Canceled) {
				t.Errorf("got %v", err)
			}
			r.server.Close() // returns when the call has ended
			r.wantEffect(when)
		})
	}
	t.Run("Close ends the waiting", func(t *testing.T) {
		r := newRig(t)
		must(t, r.sim.Inject(Fault{Kind: Slow, When: After, Delay: time.Hour}))
		go func() {
			_ = r.clock.BlockUntilContext(t.Context(), 1)
			r.sim.Close()
		}()
		if _, body, err := r.raw(t.Context(), message(1, nil)); err != nil || !strings.Contains(body, `"MsgSeq":1`) {
			t.Errorf("got %q, %v", body, err)
		}
	})
}

func TestFaultsInForce(t *testing.T) {
	t.Run("for the next n calls of one API", func(t *testing.T) {
		r := newRig(t)
		must(t, r.sim.Inject(Fault{Kind: ErrorCode, Code: 10002, API: "send_group_msg", Count: 2}))
		r.wantCode(r.group("get_appid_group_list", `{}`), 0)
		for i, want := range []int{10002, 10002, 0} {
			r.wantCode(r.send(message(i, nil)), want)
		}
		if got := r.sim.Faults(); len(got) != 0 {
			t.Errorf("still in force: %+v", got)
		}
	})
	t.Run("until they are cleared", func(t *testing.T) {
		r := newRig(t)
		must(t, r.sim.Inject(Fault{Kind: ErrorCode, Code: 60008}))
		for i := range 5 {
			r.wantCode(r.send(message(i, nil)), 60008)
		}
		if got := r.sim.Faults(); len(got) != 1 || got[0].Met != 5 {
			t.Errorf("got %+v", got)
		}
		r.sim.ClearFaults()
		r.wantCode(r.send(message(9, nil)), 0)
	})
	t.Run("with a probability, the same for the same seed", func(t *testing.T) {
		run := func() (met string) {
			r := newRig(t)
			must(t, r.sim.Inject(Fault{Kind: ErrorCode, Code: 10002, Probability: 0.5}))
			for i := range 30 {
				met += fmt.Sprint(r.send(message(i, nil)).ErrorCode, " ")
			}
			return met
		}
		first := run()
		if first != run() || !strings.Contains(first, "10002") || !strings.Contains(first, "0 0 ") {
			t.Errorf("got %s", first)
		}
	})
	t.Run("what makes no sense is refused", func(t *testing.T) {
		r := newRig(t)
		for _, f := range []Fault{
			{}, {Kind: "flood"}, {Kind: ErrorCode}, {Kind: BadStatus, Status: 99}, {Kind: HangUp, When: "during"},
			{Kind: HangUp, Count: -1}, {Kind: HangUp, Probability: 1.5}, {Kind: Slow, Delay: -1},
		} {
			if r.sim.Inject(f) == nil {
				t.Errorf("%+v was accepted", f)
			}
		}
	})
}
