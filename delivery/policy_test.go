package delivery

import (
	"errors"
	"testing"
	"time"

	"github.com/jonboulle/clockwork"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/im"
)

var noon = time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)

func TestJudge(t *testing.T) {
	const none = chat.Outcome("")
	of := func(class im.Class, code int) *im.Error {
		return &im.Error{API: "send_group_msg", Class: class, Code: code}
	}
	rate := func(scope im.Scope, wait time.Duration) error {
		return &im.Error{API: "send_group_msg", Class: im.Rate, Scope: scope, Wait: wait, Code: 60007}
	}
	for _, c := range []struct {
		name    string
		err     error
		age     time.Duration // of the series
		refused int
		repeat  bool
		result  chat.Result
		status  chat.Status
		outcome chat.Outcome
		wait    time.Duration
		pause   time.Duration
		probe   bool
	}{
		{name: "accepted", result: chat.Yes, status: chat.Done, outcome: chat.Sent},
		{name: "accepted the second time", repeat: true, age: 3 * time.Minute, result: chat.Yes, status: chat.Done, outcome: chat.Sent},

		{name: "over the group's rate", err: rate(im.ScopeGroup, 0), result: chat.No, status: chat.Ready, wait: time.Second},
		{name: "over the group's rate, told to wait", err: rate(im.ScopeGroup, 3*time.Second), result: chat.No, status: chat.Ready, wait: 3 * time.Second},
		{name: "over the API's rate, for all lanes", err: rate(im.ScopeAPI, time.Second), result: chat.No, status: chat.Ready, wait: time.Second, pause: time.Second},
		{name: "locked out, for all lanes", err: rate(im.ScopeApp, time.Minute), result: chat.No, status: chat.Ready, wait: time.Minute, pause: time.Minute},
		{name: "a rate is no refusal, however often", err: rate(im.ScopeGroup, 0), refused: 99, result: chat.No, status: chat.Ready, wait: time.Second},

		{name: "refused once", err: of(im.Retry, 80003), result: chat.No, status: chat.Ready, wait: 500 * time.Millisecond},
		{name: "refused twice", err: of(im.Retry, 80003), refused: 1, result: chat.No, status: chat.Ready, wait: time.Second},
		{name: "refused three times", err: of(im.Retry, 80003), refused: 2, result: chat.No, status: chat.Ready, wait: 2 * time.Second},
		{name: "refused four times", err: of(im.Retry, 80003), refused: 3, result: chat.No, status: chat.Dead, outcome: chat.Failed, wait: 4 * time.Second},
		{name: "not reached, however often", err: of(im.Retry, 0), refused: 99, result: chat.No, status: chat.Ready, wait: 500 * time.Millisecond},

		{name: "never as it is", err: of(im.Permanent, 80001), result: chat.No, status: chat.Dead, outcome: chat.Refused},
		{name: "wrongly configured", err: of(im.Configuration, 10059), result: chat.No, status: chat.Ready, wait: time.Minute, pause: time.Minute, probe: true},
		{name: "signature refused for good", err: of(im.Sig, 70001), result: chat.No, status: chat.Ready, wait: time.Minute, pause: time.Minute, probe: true},
		{name: "stopped before it left", err: errNotSent, result: chat.No, status: chat.Ready},

		{name: "unclear at once", err: of(im.Unclear, 10002), result: chat.Unclear, status: chat.Ready, wait: 500 * time.Millisecond},
		{name: "unclear after a while", err: of(im.Unclear, 10002), age: 6 * time.Second, repeat: true, result: chat.Unclear, status: chat.Ready, wait: 6 * time.Second},
		{name: "unclear after minutes", err: of(im.Unclear, 10002), age: 2 * time.Minute, repeat: true, result: chat.Unclear, status: chat.Ready, wait: 30 * time.Second},
		{name: "nothing reached for minutes", err: of(im.Unclear, 0), age: 2 * time.Minute, repeat: true, result: chat.Unclear, status: chat.Ready, wait: proberPause},
		{name: "unclear for too long", err: of(im.Unclear, 10002), age: 4*time.Minute - 10*time.Second, repeat: true, result: chat.Unclear, status: chat.Held, outcome: chat.Unknown, wait: 30 * time.Second},
		{name: "an error of no known kind is unclear", err: errors.New("?"), result: chat.Unclear, status: chat.Ready, wait: 500 * time.Millisecond},
		{name: "an error of a new class is unclear", err: of("new", 1), result: chat.Unclear, status: chat.Ready, wait: 500 * time.Millisecond},

		{name: "a rate after something unclear", err: rate(im.ScopeGroup, 0), repeat: true, result: chat.No, status: chat.Ready, wait: time.Second},
		{name: "a final no after something unclear", err: of(im.Permanent, 10007), repeat: true, result: chat.No, status: chat.Held, outcome: chat.Unknown},
		{name: "the fourth no after something unclear", err: of(im.Retry, 80003), refused: 3, repeat: true, result: chat.No, status: chat.Held, outcome: chat.Unknown, wait: 4 * time.Second},
		{name: "wrongly configured for too long after something unclear", err: of(im.Configuration, 10059), age: 3*time.Minute + time.Second, repeat: true,
			result: chat.No, status: chat.Held, outcome: chat.Unknown, wait: time.Minute, pause: time.Minute, probe: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := judge(c.err, chat.Delivery{Series: noon, Attempts: 1}, c.refused, c.repeat, noon.Add(c.age))
			if v.result != c.result || v.status != c.status || v.outcome != c.outcome {
				t.Errorf("%s, %s, %s; want %s, %s, %s", v.result, v.status, v.outcome, c.result, c.status, c.outcome)
			}
			if v.wait != c.wait || v.pause != c.pause || v.probe != c.probe {
				t.Errorf("waits %v, pauses %v, probes %v; want %v, %v, %v", v.wait, v.pause, v.probe, c.wait, c.pause, c.probe)
			}
			if (v.reason == "") != (c.err == nil) {
				t.Errorf("reason %q for %v", v.reason, c.err)
			}
			if v.status == chat.Ready != (v.outcome == none) {
				t.Errorf("status %s with outcome %q", v.status, v.outcome)
			}
		})
	}
}

func TestPauses(t *testing.T) {
	t.Run("each is twice the last, and none is longer than half a minute", func(t *testing.T) {
		last := pauseAfter(0)
		for n := 1; n < 40; n++ {
			d := pauseAfter(n)
			if d != min(2*last, longestPause) {
				t.Fatalf("pause %d is %v after %v", n, d, last)
			}
			last = d
		}
	})
	t.Run("jitter stays within a third and never goes below the least", func(t *testing.T) {
		for range 1000 {
			if d := around(10*time.Second, 0); d < 7*time.Second || d > 13*time.Second {
				t.Fatalf("10s became %v", d)
			}
			if d := around(time.Second, time.Second); d < time.Second {
				t.Fatalf("1s became %v", d)
			}
		}
	})
}

func TestSum(t *testing.T) {
	part := func(s chat.Status, o chat.Outcome) chat.Delivery {
		return chat.Delivery{Part: 1, Status: s, Outcome: o, Reason: "since"}
	}
	sent, dropped := part(chat.Done, chat.Sent), part(chat.Done, chat.Dropped)
	refused, unknown := part(chat.Dead, chat.Refused), part(chat.Held, chat.Unknown)
	sent.Reason = ""
	for _, c := range []struct {
		name    string
		parts   []chat.Delivery
		status  chat.Status
		outcome chat.Outcome
	}{
		{"all were sent", []chat.Delivery{sent, sent}, chat.Done, chat.Sent},
		{"the only one was refused", []chat.Delivery{refused}, chat.Dead, chat.Refused},
		{"one was sent and one refused", []chat.Delivery{sent, refused}, chat.Dead, chat.Partly},
		{"one was sent and one had nobody left", []chat.Delivery{dropped, sent}, chat.Done, chat.Partly},
		{"one is unknown, which a person has to look at", []chat.Delivery{sent, refused, unknown}, chat.Held, chat.Unknown},
		{"none was sent", []chat.Delivery{dropped, refused}, chat.Dead, chat.Refused},
	} {
		t.Run(c.name, func(t *testing.T) {
			end := sum(c.parts)
			if end.Status != c.status || end.Outcome != c.outcome || (end.Reason == "") != (c.outcome == chat.Sent) {
				t.Errorf("%+v", end)
			}
		})
	}
}

func TestGate(t *testing.T) {
	var clock *clockwork.FakeClock
	newGate := func() *Gate {
		clock = clockwork.NewFakeClockAt(noon)
		return NewGate(clock, nil)
	}
	enter := func(g *Gate, app chat.AppName, at time.Duration) *Closed {
		clock.Advance(noon.Add(at).Sub(clock.Now()))
		_, closed := g.enter(app, 1, asking, sending)
		return closed
	}
	blocked := func(g *Gate, at time.Duration) bool { return enter(g, "main", at) != nil }
	t.Run("a rate makes all wait and is over by itself", func(t *testing.T) {
		g := newGate()
		g.shut("main", noon.Add(time.Second), false, "too fast")
		if !blocked(g, 0) || blocked(g, time.Second) || blocked(g, time.Second) {
			t.Error("it is not over when it should be")
		}
		if enter(g, "other", 2*time.Second) != nil {
			t.Error("another application waits too")
		}
	})
	t.Run("a configuration error lets one a minute go and see", func(t *testing.T) {
		g := newGate()
		passed := 0
		for s := range 600 {
			now := noon.Add(time.Duration(s) * time.Second)
			if s == 0 {
				g.shut("main", now.Add(probeEvery), true, "wrong key")
				continue
			}
			if closed := enter(g, "main", time.Duration(s)*time.Second); closed == nil {
				passed++
				if passed%2 == 0 { // every other probe comes to no answer
					g.shut("main", now.Add(probeEvery), true, "wrong key")
				}
			} else if closed.Reason != "wrong key" {
				t.Fatalf("waits because of %q", closed.Reason)
			}
		}
		if passed != 9 {
			t.Errorf("%d went in ten minutes, want 9", passed)
		}
		if reason, opened := g.open("main"); !opened || reason != "wrong key" || blocked(g, 600*time.Second) {
			t.Error("it did not open")
		}
	})
	t.Run("of two reasons the longer counts", func(t *testing.T) {
		g := newGate()
		if !g.shut("main", noon.Add(time.Minute), true, "wrong key") || g.shut("main", noon.Add(time.Second), false, "too fast") {
			t.Error("what is news and what is not")
		}
		if !blocked(g, 30*time.Second) {
			t.Error("it opened early")
		}
	})
}

func TestRandoms(t *testing.T) {
	clock := clockwork.NewFakeClockAt(noon)
	r := newRandoms(clock)
	t.Run("none is drawn that is known for the group", func(t *testing.T) {
		r.keep("main", "g", 7)
		if r.add(used{"main", "g", 7}) || !r.add(used{"main", "other", 7}) {
			t.Error("7 is known in g and in no other group")
		}
		for range 1000 {
			if n := r.draw("main", "g"); n == 0 || n == 7 {
				t.Fatalf("drew %d", n)
			}
		}
	})
	t.Run("after ten minutes they are forgotten", func(t *testing.T) {
		clock.Advance(unused + time.Second)
		r.draw("main", "g")
		if len(r.used) != 1 || len(r.order) != 1 {
			t.Errorf("%d are remembered", len(r.used))
		}
	})
}
