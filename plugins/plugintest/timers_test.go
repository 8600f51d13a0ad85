package plugintest

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/plugins"
)

var (
	closes = plugins.NewTimer[answer]("closes")
	beats  = plugins.NewTimer[struct{}]("beats")
)

// closing closes a minute after each answer, for all and for whoever answered.
var closing = plugins.Define("closing", "1.0.0", func(struct{}) (plugins.Handler, error) {
	m := plugins.NewMux()
	plugins.On(m, "answers", func(_ context.Context, e chat.Event, a answer) ([]chat.Message, error) {
		closes.Set(e, time.Minute, a)
		closes.Key("own").ForSender().Set(e, 30*time.Second, a)
		return chat.Admins.Say("open"), nil
	})
	m.On("early", func(_ context.Context, e chat.Event) ([]chat.Message, error) {
		closes.Cancel(e)
		return nil, nil
	})
	m.On("beat", func(_ context.Context, e chat.Event) ([]chat.Message, error) {
		beats.Set(e, time.Second, struct{}{})
		return nil, nil
	})
	m.On("wrong", func(_ context.Context, e chat.Event) ([]chat.Message, error) {
		closes.Set(e, time.Millisecond, answer{})
		return nil, nil
	})
	plugins.OnTimer(m, closes, func(_ context.Context, e chat.Event, a answer) ([]chat.Message, error) {
		to := chat.Admins
		if e.Sender != nil {
			to = chat.Sender
		}
		return to.Say("%s: closed at %s", a.Text, e.Time.Format("15:04:05")), nil
	})
	plugins.OnTimer(m, beats, func(_ context.Context, e chat.Event, _ struct{}) ([]chat.Message, error) {
		beats.Set(e, 10*time.Second, struct{}{})
		return nil, nil
	})
	return m, nil
})

const timed = `group ann owner, cy, dee

> cy: answers {"user": "cy", "text": "B"}
< ann: open
@ closes in 1m0s {"user":"cy","text":"B"}
@ closes/own in 30s for cy {"user":"cy","text":"B"}
+20s
+1m
@ closes/own comes
< cy: B: closed at 09:00:30
@ closes comes
< ann: B: closed at 09:01:00

# What is set anew comes once, at the later time; what is cancelled does not.
> cy: answers {"user": "cy", "text": "C"}
< ann: open
@ closes in 1m0s {"user":"cy","text":"C"}
@ closes/own in 30s for cy {"user":"cy","text":"C"}
+20s
> dee: answers {"user": "dee", "text": "D"}
< ann: open
@ closes in 1m0s {"user":"dee","text":"D"}
@ closes/own in 30s for dee {"user":"dee","text":"D"}
> early
@ closes off
~ dee leaves
+24h
@ closes/own comes, and is not handled: dee is not in the group any more
> wrong
! the plugin's answer is refused: timer closes: after 1ms; a timer comes after 1s to 8784h0m0s

# One timer sets the next.
> beat
@ beats in 1s {}
+25s
@ beats comes
@ beats in 10s {}
@ beats comes
@ beats in 10s {}
@ beats comes
@ beats in 10s {}
`

func TestTimersComeWhileTimePasses(t *testing.T) {
	if v, _ := judge(t, closing, timed); v.failed {
		t.Error(v.text)
	}
}

func TestATimerTooManyOrTooFewIsADifference(t *testing.T) {
	for name, c := range map[string]struct{ line, instead string }{
		"one that was set":        {"@ closes in 1m0s {\"user\":\"cy\",\"text\":\"B\"}\n", ""},
		"at another time":         {"@ closes in 1m0s", "@ closes in 1m1s"},
		"one that came":           {"@ closes/own comes\n", ""},
		"who saw what it said":    {"< cy: B: closed", "< ann cy: B: closed"},
		"one that was called off": {"@ closes off\n", ""},
	} {
		t.Run(name, func(t *testing.T) {
			if v, _ := judge(t, closing, strings.Replace(timed, c.line, c.instead, 1)); !v.failed || !strings.Contains(v.text, "is not what happened") {
				t.Errorf("it passes: %s", v.text)
			}
		})
	}
}

func TestTimersWithoutEndAreFoundOut(t *testing.T) {
	v, _ := judge(t, closing, "group ann owner\n> beat\n@ beats in 1s {}\n+24h\n")
	if want := "line 4: more than 1000 timers came within 24h0m0s; the last is beats"; !v.failed || !strings.Contains(v.text, want) {
		t.Errorf("it says %q", v.text)
	}
}
