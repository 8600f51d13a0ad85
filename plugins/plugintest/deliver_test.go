package plugintest

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/plugins"
)

// herald says what it is told to an audience, and tells whoever asked how that ended.
var herald = plugins.Define("herald", "1.0.0", func(struct{}) (plugins.Handler, error) {
	return plugins.Func(func(_ context.Context, e chat.Event) ([]chat.Message, error) {
		if e.Kind == chat.Reported {
			var end chat.Ending
			if err := json.Unmarshal(e.Payload, &end); err != nil {
				return nil, err
			}
			var about string
			if err := json.Unmarshal(end.Data, &about); err != nil {
				return nil, err
			}
			again := chat.Users("bo").Say("%s of %s is %s: %s", e.Name, about, end.Status, end.Message)
			if about == "in vain" {
				again[0].Report = &chat.Report{Name: "told"}
			}
			return append(chat.Sender.Say("It was %s.", end.Outcome), again...), nil
		}
		var p struct {
			To    chat.Audience
			About string
			Late  bool
			Most  int
		}
		if err := json.Unmarshal(e.Payload, &p); err != nil {
			return nil, err
		}
		list := p.To.Say("Hear!")
		data, err := json.Marshal(p.About)
		list[0].Report, list[0].Limit = &chat.Report{Name: "told", Data: data}, p.Most
		if p.Late {
			list[0].Expires = e.Time.Add(-time.Minute)
		}
		return list, err
	}), nil
})

const heralded = `group ann owner, bo admin, cy, dee

> ann: say {"to": {"everyone": true}, "about": "all"}
< ann bo cy dee: Hear!
= told comes: sent, 4 of 4 reached "all"
< ann: It was sent.
< bo: told of all is done: m1

# Nobody is there.
> ann: say {"to": {"users": ["zoe"]}, "about": "zoe"}
< nobody: Hear!
= told comes: nobody "zoe"
< ann: It was nobody.
< bo: told of zoe is done: m4

# What becomes of it is what the transcript says, once.
% next failed
> ann: say {"to": {"users": ["zoe"]}, "about": "zoe"}
< nobody: Hear!
= told comes: nobody "zoe"
< nobody [failed]: It was nobody.
< bo: told of zoe is done: m7
% next failed
> ann: say {"to": {"users": ["cy", "dee"]}, "about": "two"}
< nobody [failed]: Hear!
= told comes: failed, 0 of 2 reached "two"
< ann: It was failed.
< bo: told of two is dead: m10
% next partly
> ann: say {"to": {"users": ["cy", "dee"]}, "about": "two"}
< cy [partly]: Hear!
= told comes: partly, 1 of 2 reached "two"
< ann: It was partly.
< bo: told of two is dead: m13
% next unknown
> ann: say {"to": {"users": ["cy", "dee"]}, "about": "two"}
< cy dee [unknown]: Hear!
= told comes: unknown, 0 of 2 reached "two"
< ann: It was unknown.
< bo: told of two is held: m16

# Late, and for more than it may be.
> ann: say {"to": {"users": ["cy"]}, "about": "cy", "late": true}
< nobody [expires -1m0s] [expired]: Hear!
= told comes: expired, 0 of 1 reached "cy"
< ann: It was expired.
< bo: told of cy is done: m19
> ann: say {"to": {"everyone": true}, "about": "all", "most": 3}
< nobody [refused]: Hear!
= told comes: refused, 0 of 4 reached "all"
< ann: It was refused.
< bo: told of all is dead: m22

# A report cannot ask for the next.
> ann: say {"to": {"users": ["cy"]}, "about": "in vain"}
< cy: Hear!
= told comes: sent, 1 of 1 reached "in vain"
! the plugin's answer is refused: message 2 of 2 asks for a report, and answers one; what a report says cannot ask for the next (set a timer, and let that say it)
`

func TestThePluginIsToldHowItsMessagesEnd(t *testing.T) {
	if v, _ := judge(t, herald, heralded); v.failed {
		t.Error(v.text)
	}
}

func TestAReportTooManyOrTooFewIsADifference(t *testing.T) {
	for name, c := range map[string]struct{ line, instead string }{
		"one that came":       {"= told comes: sent, 4 of 4 reached \"all\"\n", ""},
		"how many it reached": {"sent, 4 of 4", "sent, 3 of 4"},
		"that it failed":      {"< nobody [failed]: Hear!", "< cy dee: Hear!"},
	} {
		t.Run(name, func(t *testing.T) {
			if v, _ := judge(t, herald, strings.Replace(heralded, c.line, c.instead, 1)); !v.failed || !strings.Contains(v.text, "is not what happened") {
				t.Errorf("it passes: %s", v.text)
			}
		})
	}
}

func TestAFateIsOneOfThose(t *testing.T) {
	for line, want := range map[string]string{
		"% next lost":     "line 2: % next lost is nothing that can become of a message: write % next and then one of expired, failed, partly, refused, unknown",
		"% failed":        "line 2: % failed is nothing",
		"% next failed":   "no message came of which \"% next failed\" could be true",
		"% next  expired": "line 2: % next",
	} {
		v, _ := judge(t, herald, "group ann owner, cy\n"+line+"\n> cy: say {\"to\": {\"users\": [\"zoe\"]}}\n")
		if strings.HasPrefix(want, "no message") {
			v, _ = judge(t, closing, "group ann owner\n"+line+"\n> early\n@ closes off\n")
		}
		if !v.failed || !strings.Contains(v.text, want) {
			t.Errorf("%s: %q", line, v.text)
		}
	}
}

func TestABotHasOnlySoManyTimers(t *testing.T) {
	many := plugins.Define("many", "1.0.0", func(struct{}) (plugins.Handler, error) {
		return plugins.Func(func(_ context.Context, e chat.Event) ([]chat.Message, error) {
			for i := range 60 {
				beats.Key(fmt.Sprint(e.Name, i)).Set(e, time.Hour, struct{}{})
			}
			return nil, nil
		}), nil
	})
	v, file := judge(t, many, "group ann owner\n> a\n> a\n> b\n")
	if want := "! with it 120 timers would be pending in this group, and the bot may have 100 (limits: timers)"; !v.failed || !strings.Contains(v.text, want) {
		t.Errorf("%s: %s", file, v.text)
	}
}
