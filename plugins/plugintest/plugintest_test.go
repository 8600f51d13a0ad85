package plugintest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/botd-chat/botd/bots"
	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/plugins"
)

// verdict is a test that only remembers what it was told.
type verdict struct {
	testing.TB
	failed bool
	text   string
}

func (v *verdict) Helper() {}

func (v *verdict) Logf(format string, args ...any) { v.text += fmt.Sprintf(format, args...) }

func (v *verdict) Errorf(format string, args ...any) {
	v.failed = true
	v.Logf(format, args...)
}

func (v *verdict) Fatalf(format string, args ...any) {
	v.Errorf(format, args...)
	runtime.Goexit()
}

// judge plays a transcript against a plugin and returns what the test was told.
func judge(t *testing.T, p bots.Plugin, transcript string) (*verdict, string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "sample.chat")
	if err := os.WriteFile(file, []byte(transcript), 0o600); err != nil {
		t.Fatal(err)
	}
	v := &verdict{TB: t}
	done := make(chan struct{})
	go func() {
		defer close(done)
		Play(v, p, file)
	}()
	<-done
	return v, file
}

type answer struct {
	User chat.UserID `json:"user"`
	Text string      `json:"text"`
}

const count = chat.Key[int]("count")

// counter tells the audience in its options about each answer, and how many
// there were.
var counter = plugins.Define("counter", "1.0.0", func(o struct {
	Tell chat.Audience `json:"tell"`
},
) (plugins.Handler, error) {
	m := plugins.NewMux()
	plugins.On(m, "answers", func(_ context.Context, e chat.Event, a answer) ([]chat.Message, error) {
		if a.User == "" {
			return nil, errors.New("user: is missing\nwrite who it was")
		}
		count.Set(e.State, count.Get(e.State)+1)
		return o.Tell.Say("%s: %s\n%d so far", a.User, a.Text, count.Get(e.State)), nil
	})
	m.On("thanks", func(_ context.Context, e chat.Event) ([]chat.Message, error) {
		return []chat.Message{{To: chat.Sender, Text: "Thank you.", Priority: chat.High, Expires: e.Time.Add(10 * time.Second)}}, nil
	})
	m.On("place", func(context.Context, chat.Event) ([]chat.Message, error) {
		return []chat.Message{{To: chat.Everyone, Text: "Here:", Elements: []chat.Element{{Location: &chat.Location{Latitude: 1}}}}}, nil
	})
	m.On("clock", func(_ context.Context, e chat.Event) ([]chat.Message, error) {
		return chat.Owners.Say("%s, %s", e.Kind, e.Time.Format("Mon 15:04")), nil
	})
	m.On("silence", func(context.Context, chat.Event) ([]chat.Message, error) { return make([]chat.Message, 1), nil })
	m.On("panic", func(context.Context, chat.Event) ([]chat.Message, error) { panic("at the disco") })
	m.On("forget", func(_ context.Context, e chat.Event) ([]chat.Message, error) {
		count.Delete(e.State)
		return nil, nil
	})
	return m, nil
})

const right = `# The whole grammar, as it should be.
bot owner, admin, user cy, sender, not eli
options {"tell":
|   {"roles": ["owner", "admin"], "users": ["cy", "eli"]}}
time 2026-03-01T17:00:00+09:00
group ann owner, bo admin, cy, dee, eli

> answers {"user": "cy", "text": "B"}
< ann bo cy: cy: B
| 1 so far
> dee: thanks
< dee [high] [expires 10s]: Thank you.
> thanks {}
! the plugin's answer is refused: message 1 of 1: it is for the sender of the event, and the trigger names none; give it a sender: expression

# Errors forget what was done to the state.
> answers {}
! user: is missing
> panic
! panic: at the disco
> silence
! the plugin's answer is refused: message 1 of 1: the audience names nobody

~ bo member
~ cy leaves
~ fay joins admin
> answers {"user": "cy",
|          "text": "C"}
< ann fay: cy: C
| 2 so far
> forget
+26h30m
> clock
< ann: schedule, Mon 10:30
~ ann leaves
> clock {}
< nobody: webhook, Mon 10:30
> place
< fay: Here:
| {"location":{"description":"","latitude":1,"longitude":0}}
`

func TestARightTranscriptPasses(t *testing.T) {
	if v, _ := judge(t, counter, right); v.failed {
		t.Error(v.text)
	}
}

// leaking tells everyone what only the admins are to know.
var leaking = plugins.Define("leaking", "1.0.0", func(struct{}) (plugins.Handler, error) {
	return plugins.Func(func(context.Context, chat.Event) ([]chat.Message, error) {
		return chat.Everyone.Say("cy failed"), nil
	}), nil
})

func TestALeakFails(t *testing.T) {
	const transcript = "group ann owner, bo admin, cy, dee\n> answers {}\n< ann bo: cy failed\n"
	t.Run("and the difference shows who saw it", func(t *testing.T) {
		v, _ := judge(t, leaking, transcript)
		for _, want := range []string{"-    3  < ann bo: cy failed\n", "+       < ann bo cy dee: cy failed\n*       cy and dee saw this and must not\n", "     2  > answers {}\n"} {
			if !v.failed || !strings.Contains(v.text, want) {
				t.Errorf("failed %v, without %q:\n%s", v.failed, want, v.text)
			}
		}
	})
	t.Run("unless the bot cannot reach the others", func(t *testing.T) {
		if v, _ := judge(t, leaking, "bot owner, admin\n"+transcript); v.failed {
			t.Error(v.text)
		}
	})
}

func TestEveryDifferenceFails(t *testing.T) {
	for _, c := range []struct{ name, old, new string }{
		{"a name too few", "< ann bo cy: cy: B", "< ann bo: cy: B"},
		{"a name too many", "< ann fay: cy: C", "< ann dee fay: cy: C"},
		{"another text", "cy: B", "cy: b"},
		{"another line of the text", "| 1 so far", "| 7 so far"},
		{"a missing line of the text", "| 1 so far\n", ""},
		{"a message that is not expected", "< ann: schedule, Mon 10:30\n", ""},
		{"a message that does not come", "> forget\n", "> forget\n< ann: forgotten\n"},
		{"an error that is not expected", "! panic: at the disco\n", ""},
		{"another error", "! user: is missing", "! text: is missing"},
		{"a mark that is missing", " [high]", ""},
		{"a message before the first event", "> answers {\"user\": \"cy\", \"text\"", "< ann: hello\n> answers {\"user\": \"cy\", \"text\""},
	} {
		t.Run(c.name, func(t *testing.T) {
			changed := strings.Replace(right, c.old, c.new, 1)
			if changed == right {
				t.Fatalf("%q does not stand in the transcript", c.old)
			}
			if v, _ := judge(t, counter, changed); !v.failed || !strings.Contains(v.text, "is not what happened") {
				t.Errorf("failed %v: %s", v.failed, v.text)
			}
		})
	}
}

func TestUpdateRewritesTheFile(t *testing.T) {
	t.Setenv("UPDATE", "1")
	wrong := strings.NewReplacer("< ann bo cy: cy: B", "< dee: what", "| 1 so far\n", "", "! panic: at the disco", "").Replace(right)
	v, file := judge(t, counter, wrong)
	got, err := os.ReadFile(file)
	if err != nil || v.failed {
		t.Fatal(err, v.text)
	}
	// The line emptied above is a comment now and stays.
	if want := strings.Replace(right, "! panic: at the disco\n", "! panic: at the disco\n\n", 1); string(got) != want {
		t.Errorf("rewritten as:\n%s", got)
	}
}

func TestAPluginThatIsNotAFunctionOfItsEventFails(t *testing.T) {
	for _, c := range []struct {
		name   string
		handle func(calls int, e chat.Event) ([]chat.Message, error)
	}{
		{"it counts in memory of its own", func(calls int, _ chat.Event) ([]chat.Message, error) {
			return chat.Owners.Say("%d", calls), nil
		}},
		{"it remembers by chance", func(calls int, e chat.Event) ([]chat.Message, error) {
			count.Set(e.State, calls)
			return nil, nil
		}},
		{"it works the second time", func(calls int, e chat.Event) ([]chat.Message, error) {
			if calls == 1 {
				return nil, errors.New("not yet")
			}
			return nil, nil
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := plugins.Define("own", "1.0.0", func(struct{}) (plugins.Handler, error) {
				calls := 0
				return plugins.Func(func(_ context.Context, e chat.Event) ([]chat.Message, error) {
					calls++
					return c.handle(calls, e)
				}), nil
			})
			v, _ := judge(t, p, "group ann owner\n> x\n")
			if !v.failed || !strings.Contains(v.text, "line 2: the same event with the same state") {
				t.Errorf("failed %v: %s", v.failed, v.text)
			}
		})
	}
}

func TestMistakesInATranscriptSayWhereTheyAre(t *testing.T) {
	const group = "group ann owner, bo\n"
	for _, c := range []struct{ name, transcript, want string }{
		{"a line of no kind", group + "hello\n", `line 2: "hello" is no line of a transcript`},
		{"nothing happens", group, "nothing happens"},
		{"no group", "> clock\n", "line 1: who is in the group?"},
		{"a role that does not exist", "group ann boss\n> clock\n", `line 1: members of group @TGS#TRANSCRIPT: user "ann": no role "boss"`},
		{"two owners", "group ann owner, bo owner\n> clock\n", "line 1: members of group @TGS#TRANSCRIPT: both"},
		{"a name of three words", "group ann the owner\n> clock\n", `line 1: group: "ann the owner" is not a name`},
		{"a name that reads as nobody", "group nobody\n> clock\n", `line 1: "nobody" cannot be a name`},
		{"a sender who is not there", group + "> zoe: clock\n", "line 2: zoe is not in the group"},
		{"no trigger", group + "> bo:\n", "line 2: a > line names a trigger"},
		{"a payload that is not JSON", group + "> clock {\"a\"}\n", "line 2: the payload of clock is not JSON"},
		{"a file that is not there", group + "> clock @no.json\n", "line 2: the payload of clock cannot be read: open"},
		{"options the plugin does not have", "options {\"tel\": 1}\n" + group + "> clock\n", "line 3: bot \"bot\": plugin counter: tel: unknown name; did you mean tell?"},
		{"options that are not JSON", "options tell: 1\n" + group + "> clock\n", "line 1: options are no JSON object, such as {\"points\": 2}: invalid character"},
		{"options that are a list", "options [1]\n" + group + "> clock\n", "line 1: options are no JSON object"},
		{"a ceiling of nobody we know", "bot boss\n" + group + "> clock\n", `line 1: bot: "boss" is not one of`},
		{"a ceiling of nobody at all", "bot not ann\n" + group + "> clock\n", "line 1: the audience names nobody"},
		{"a time that is none", "time monday\n" + group + "> clock\n", "line 1: parsing time"},
		{"a wait that is none", group + "+soon\n> clock\n", "line 2: +soon is not a time to wait"},
		{"time going back", group + "+-2h\n> clock\n", "line 2: +-2h is not a time to wait"},
		{"a header after the first event", group + "> clock\n< ann: schedule, Mon 09:00\ngroup cy\n", "line 4: group stands after the first event"},
		{"joining twice", group + "~ bo joins\n> clock\n", "line 2: bo is in the group already"},
		{"leaving without being there", group + "~ cy leaves\n> clock\n", "line 2: cy is not in the group"},
		{"a change of nothing", group + "~ bo\n> clock\n", "line 2: a ~ line says who"},
		{"a change of too much", group + "~ bo leaves at once\n> clock\n", "line 2: \"bo leaves at once\" is more"},
		{"nothing to continue", "# comment\n| more\n", "line 2: there is nothing for | to continue"},
	} {
		t.Run(c.name, func(t *testing.T) {
			v, _ := judge(t, counter, c.transcript)
			if !v.failed || !strings.Contains(v.text, c.want) {
				t.Errorf("failed %v: %s\nwant %s", v.failed, v.text, c.want)
			}
		})
	}
	t.Run("a file that is not there", func(t *testing.T) {
		v := &verdict{TB: t}
		done := make(chan struct{})
		go func() {
			defer close(done)
			Play(v, counter, "testdata/none.chat")
		}()
		<-done
		if !v.failed {
			t.Error("passed")
		}
	})
}

type closer struct {
	plugins.Handler
	closed int
}

func (c *closer) Close() error { c.closed++; return nil }

func TestWebhooksHaveATypeAndMayStandInAFile(t *testing.T) {
	echo := plugins.Define("echo", "1.0.0", func(struct{}) (plugins.Handler, error) {
		return plugins.Func(func(_ context.Context, e chat.Event) ([]chat.Message, error) {
			from := "nowhere"
			if o := e.Origin; o != nil {
				from = o.Hook + "/" + o.Type
			}
			return chat.Collapse("last", chat.Owners.Say("%s, %s: %s", e.Name, from, e.Payload)), nil
		}), nil
	})
	dir := t.TempDir()
	const transcript = "group ann owner, bo\n" +
		"> code/push {}\n< ann [collapse last]: code, code/push: {}\n" +
		"> bo: code @a/b.json\n< ann [collapse last]: code, code/: [1]\n" +
		"> code\n< ann [collapse last]: code, nowhere:\n"
	for name, text := range map[string]string{"x.chat": transcript, "a/b.json": "[1]"} {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	Play(t, echo, filepath.Join(dir, "x.chat"))
}

func TestTheHandlerIsClosedAtTheEnd(t *testing.T) {
	c := new(closer)
	p := plugins.Define("closer", "1.0.0", func(struct{}) (plugins.Handler, error) {
		c.Handler = plugins.Func(func(_ context.Context, e chat.Event) ([]chat.Message, error) {
			return chat.Owners.Say("%d", len(e.Members)), nil
		})
		return c, nil
	})
	if v, _ := judge(t, p, "group ann owner\n> x {}\n< ann: 0\n> x {}\n< ann: 0\n"); v.failed || c.closed != 1 {
		t.Errorf("closed %d times, want once: %s", c.closed, v.text)
	}
}

func TestMembersAreThereForAPluginThatNeedsThem(t *testing.T) {
	p := plugins.Define("count", "1.0.0", func(struct{}) (plugins.Handler, error) {
		return plugins.Func(func(_ context.Context, e chat.Event) ([]chat.Message, error) {
			return chat.Owners.Say("%d", len(e.Members)), nil
		}), nil
	})
	for _, c := range []struct {
		plugin plugins.Plugin
		want   string
	}{{p, "0"}, {p.With(plugins.Members), "3"}} {
		if v, _ := judge(t, c.plugin, "group ann owner, bo, cy\n> x\n< ann: "+c.want+"\n"); v.failed {
			t.Error(v.text)
		}
	}
}
