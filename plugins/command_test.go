package plugins_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/plugins"
)

// typed is a member who writes something.
func typed(role chat.Role, text string) chat.Event {
	return chat.Event{
		ID: 1, Kind: chat.Typed, Name: "typed", Text: text, Sender: &chat.Member{ID: "cy", Role: role},
		Time: time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC), State: chat.State{}, Session: chat.State{}, Timers: new(chat.Timers),
	}
}

// says is what a handler answers, one line a message, and fails the test if anybody
// but the sender sees it.
func says(t *testing.T, h plugins.Handler, e chat.Event) string {
	t.Helper()
	list, err := h.Handle(t.Context(), e)
	if err != nil {
		return "! " + err.Error()
	}
	var lines []string
	for _, m := range list {
		if !cmp.Equal(m.To, chat.Sender) {
			t.Errorf("%q is for %+v; want the sender alone", m.Text, m.To)
		}
		lines = append(lines, m.Text)
	}
	return strings.Join(lines, "\n---\n")
}

type arguments struct {
	Who   chat.UserID      `json:"who"`
	Days  int8             `json:"days"`
	Part  float64          `json:"part"`
	Sure  *bool            `json:"sure"`
	After plugins.Duration `json:"after"`
	Tags  []chat.Priority  `json:"tags"`
}

func (a arguments) Validate() error {
	if a.Days < 0 {
		return errors.New("days: at least 0")
	}
	return nil
}

// told has a command answer with what it read.
func told[T any](pattern string) *plugins.Mux {
	m := plugins.NewMux()
	plugins.Command(m, pattern, func(_ context.Context, _ chat.Event, a T) ([]chat.Message, error) {
		return chat.Sender.Say("%+v", a), nil
	})
	return m
}

type one struct {
	Days  int      `json:"days"`
	Why   string   `json:"why"`
	Names []string `json:"-"`
}

type list struct {
	Question string   `json:"question"`
	Choices  []string `json:"choices"`
}

func TestACommandIsReadIntoAStruct(t *testing.T) {
	extend, poll := told[one]("/extend <days> [why...]"), told[list]("/poll <question> <choices...>")
	for _, c := range []struct {
		name string
		of   *plugins.Mux
		text string
		want string
	}{
		{"as the pattern says", extend, "/extend 30 because it rains", "{Days:30 Why:because it rains Names:[]}"},
		{"without what may be left out", extend, "/extend 30", "{Days:30 Why: Names:[]}"},
		{"the rest is as it was written", extend, "/extend 30  it  \"rains\",\nand more ", "{Days:30 Why:it  \"rains\",\nand more Names:[]}"},
		{"blanks of any kind around it", extend, "\u00a0 /extend\u3000-3\u2003x\n", "{Days:-3 Why:x Names:[]}"},
		{"a wide slash and capitals", extend, "／Extend 3", "{Days:3 Why: Names:[]}"},
		{"wide digits", extend, "／extend　－３０　下雨", "{Days:-30 Why:下雨 Names:[]}"},
		{"words in quotation marks", poll, `/poll "Lunch at one?" yes "not today" no`, "{Question:Lunch at one? Choices:[yes not today no]}"},
		{"in those that phones put", poll, `/poll “Lunch?” „at one“ ”or two” 「三 点」 « jamais »`, "{Question:Lunch? Choices:[at one or two 三 点  jamais ]}"},
		{"a quotation mark within a word", poll, `/poll Wh"at don't 5"`, `{Question:Wh"at Choices:[don't 5"]}`},
		{"one within a quotation", poll, `/poll "a 3"x4 b" c`, `{Question:a 3"x4 b Choices:[c]}`},
		{"a very long text", extend, "/extend 1 " + strings.Repeat("long ", 5000), "{Days:1 Why:" + strings.TrimSpace(strings.Repeat("long ", 5000)) + " Names:[]}"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, says(t, c.of, typed(chat.Normal, c.text))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestEveryKindOfWord(t *testing.T) {
	got := says(t, told[arguments]("/x <who> <days> <part> <after> [sure] [tags...]"), typed(chat.Normal, "/x bo 7 0.5 1h30m ON high low"))
	if !strings.HasPrefix(got, "{Who:bo Days:7 Part:0.5 Sure:0x") || !strings.HasSuffix(got, " After:1h30m Tags:[high low]}") {
		t.Error(got)
	}
	if got := says(t, told[arguments]("/x <who> <days> <part> <after> [sure] [tags...]"), typed(chat.Normal, "/x bo 7 0.5 1m")); !strings.Contains(got, "Sure:<nil>") {
		t.Errorf("what was left out is not nil: %s", got)
	}
}

func TestAMisusedCommandIsToldToWhoeverWroteIt(t *testing.T) {
	const pattern = "/x <who> <days> <part> <after> [sure] [tags...]"
	for _, c := range []struct{ name, text, want string }{
		{"nothing", "/x", "who is missing"},
		{"too little", "/x bo 7", "part is missing"},
		{"no number", "/x bo thirty", `days: want a whole number, not "thirty"`},
		{"a number out of range", "/x bo 300", `days: want a whole number, not "300"`},
		{"no fraction", "/x bo 7 NaN", `part: want a number, not "NaN"`},
		{"no truth", "/x bo 7 1 1m maybe", `sure: want yes or no, not "maybe"`},
		{"no length of time", "/x bo 7 1 soon", `after: "soon" is no length of time, such as 90s`},
		{"no user", "/x " + strings.Repeat("u", 40), "who: user id"},
		{"a quotation that does not end", `/x bo 7 "1`, `part: " is not closed`},
		{"what Validate refuses", "/x bo -7 1 1m", "days: at least 0"},
		{"lines of its own", "/x bo \"7\nUsage: none\"", `days: want a whole number, not "7\nUsage: none"`},
		{"a long word", "/x bo " + strings.Repeat("7", 5000), `days: want a whole number, not "` + strings.Repeat("7", 40) + `…"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := says(t, told[arguments](pattern), typed(chat.Normal, c.text))
			if first, second, _ := strings.Cut(got, "\n"); !strings.HasPrefix(first, c.want) || second != "Usage: "+pattern {
				t.Errorf("got  %q\nwant %q and the usage", got, c.want)
			}
		})
	}
	if got := says(t, told[struct{}]("/now"), typed(chat.Normal, "/now or never")); got != "\"or never\" is too much\nUsage: /now" {
		t.Errorf("too much: %q", got)
	}
}

// office has a command for everybody, one for some, and one trigger.
func office() *plugins.Mux {
	m := plugins.NewMux()
	say := func(text string) func(context.Context, chat.Event, struct{}) ([]chat.Message, error) {
		return func(context.Context, chat.Event, struct{}) ([]chat.Message, error) {
			return chat.Sender.Say("%s", text), nil
		}
	}
	plugins.Command(m, "/extend", say("extended")).About("Asks for more days.")
	plugins.Command(m, "/grades", say("graded")).For(chat.Owner, chat.Admin)
	m.On("chatter", func(_ context.Context, e chat.Event) ([]chat.Message, error) {
		return chat.Sender.Say("heard %s", e.Text), nil
	})
	return m
}

func TestNobodyLearnsOfCommandsThatAreForOthers(t *testing.T) {
	unknown := func(name, meant string) string {
		return fmt.Sprintf("There is no command /%s.%s Write /help to see what there is.", name, meant)
	}
	for _, c := range []struct {
		name string
		role chat.Role
		text string
		want string
	}{
		{"one that is theirs", chat.Admin, "/grades", "graded"},
		{"the same, of somebody else", chat.Normal, "/grades", unknown("grades", "")},
		{"one that nobody has", chat.Normal, "/homework", unknown("homework", "")},
		{"one that is nearly theirs", chat.Owner, "/grade", unknown("grade", " Did you mean /grades?")},
		{"one that is nearly somebody else's", chat.Normal, "/grade", unknown("grade", "")},
		{"one that is nearly everybody's", chat.Normal, "/exten now", unknown("exten", " Did you mean /extend?")},
		{"help", chat.Normal, "/HELP me", "You can write:\n/extend - Asks for more days."},
		{"help for those who may more", chat.Owner, "/help", "You can write:\n/extend - Asks for more days.\n/grades"},
		{"a name without end", chat.Normal, "/" + strings.Repeat("x", 5000), unknown(strings.Repeat("x", 40)+"…", "")},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := says(t, office(), typed(c.role, c.text)); got != c.want {
				t.Errorf("got  %q\nwant %q", got, c.want)
			}
		})
	}
}

func TestHelpCanBeThePluginsOwn(t *testing.T) {
	m := office()
	plugins.Command(m, "/Help", func(context.Context, chat.Event, struct{}) ([]chat.Message, error) {
		return chat.Sender.Say("ours"), nil
	})
	if got := says(t, m, typed(chat.Normal, "/help")); got != "ours" {
		t.Error(got)
	}
	m = office()
	plugins.Command(m, "/help", func(context.Context, chat.Event, struct{}) ([]chat.Message, error) {
		return chat.Sender.Say("the owner's"), nil
	}).For(chat.Owner)
	if got := says(t, m, typed(chat.Normal, "/help")); got != "You can write:\n/extend - Asks for more days." {
		t.Errorf("where that is for others: %s", got)
	}
}

func TestHelpWhereThereIsNothingForSomebody(t *testing.T) {
	m := plugins.NewMux()
	plugins.Command(m, "/grades", func(context.Context, chat.Event, struct{}) ([]chat.Message, error) { return nil, nil }).For(chat.Owner)
	if got := says(t, m, typed(chat.Normal, "/help")); got != "There is no command for you here." {
		t.Error(got)
	}
}

func TestWhatIsNoCommandGoesToTheTriggersRoute(t *testing.T) {
	for _, c := range []struct {
		name    string
		trigger chat.TriggerName
		text    string
		want    string
	}{
		{"a text", "chatter", "hello", "heard hello"},
		{"a text that nobody waits for", "typed", "hello", ""},
		{"no text at all", "typed", "", ""},
		{"a path", "chatter", "/etc/hosts", "heard /etc/hosts"},
		{"a comment", "chatter", "// extend", "heard // extend"},
		{"a slash alone", "chatter", "/ extend", "heard / extend"},
		{"a slash within", "chatter", "and /extend", "heard and /extend"},
		{"a command under the trigger's name", "chatter", "/extend", "extended"},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := typed(chat.Normal, c.text)
			e.Name = c.trigger
			if got := says(t, office(), e); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
	if got := says(t, echo(), typed(chat.Normal, "/extend")); !strings.HasPrefix(got, `! the plugin knows no trigger "typed"`) {
		t.Errorf("without commands: %s", got)
	}
}

func TestATextNeedsWhoWroteIt(t *testing.T) {
	e := typed(chat.Normal, "/extend")
	e.Sender = nil
	_, err := office().Handle(t.Context(), e)
	if !errors.Is(err, plugins.ErrPermanent) || !strings.Contains(err.Error(), "give the trigger a sender: expression") {
		t.Error(err)
	}
}

func TestTextsAreTakenUnderAnyTriggersName(t *testing.T) {
	if err := plugins.CheckTrigger(office(), "slash", chat.Typed); err != nil {
		t.Error(err)
	}
	if plugins.CheckTrigger(office(), "slash", chat.Webhook) == nil {
		t.Error("a webhook that nobody routes is taken")
	}
	if plugins.CheckTrigger(echo(), "slash", chat.Typed) == nil {
		t.Error("a plugin without commands takes texts that nobody routes")
	}
	want := []plugins.CommandInfo{{Usage: "/extend", About: "Asks for more days."}, {Usage: "/grades", Roles: []chat.Role{chat.Owner, chat.Admin}}}
	if diff := cmp.Diff(want, office().Commands()); diff != "" {
		t.Error(diff)
	}
}

func TestMistakesWithCommandsPanic(t *testing.T) {
	for name, c := range map[string]struct {
		want string
		do   func()
	}{
		"no slash":                   {"want a pattern such as", func() { told[struct{}]("now") }},
		"two blanks":                 {`"": want <name>`, func() { told[one]("/x  <days> [why]") }},
		"a field that is not there":  {"day: no field has this name in JSON", func() { told[one]("/x <day> [why]") }},
		"a field that is left out":   {"has why, which the pattern does not", func() { told[one]("/x <days>") }},
		"a field twice":              {"days: no field has this name in JSON, or it stands there twice", func() { told[one]("/x <days> <days>") }},
		"optional before required":   {"<days>: comes after [why], which may be left out", func() { told[one]("/x [why] <days>") }},
		"something after the rest":   {"days: comes after why..., which takes all that is left", func() { told[one]("/x [why...] [days]") }},
		"brackets that do not match": {`"<days]": want`, func() { told[one]("/x <days] [why]") }},
		"no struct":                  {"want a struct, struct{} for none", func() { told[int]("/x") }},
		"a slice that is no rest":    {"choices: a []string cannot be read from a word", func() { told[list]("/x <question> <choices>") }},
		"a time that counts nanoseconds": {"d: a time.Duration cannot be read", func() {
			told[struct {
				D time.Duration `json:"d"`
			}]("/x <d>")
		}},
		"no function": {"there is no function", func() { plugins.Command[struct{}](plugins.NewMux(), "/x", nil) }},
		"twice": {"there is a command /Extend already", func() {
			plugins.Command(office(), "/Extend", func(context.Context, chat.Event, struct{}) ([]chat.Message, error) { return nil, nil })
		}},
		"for nobody": {"is for nobody", func() {
			plugins.Command(plugins.NewMux(), "/x", func(context.Context, chat.Event, struct{}) ([]chat.Message, error) { return nil, nil }).For()
		}},
		"for no role": {`no role "boss"`, func() {
			plugins.Command(plugins.NewMux(), "/x", func(context.Context, chat.Event, struct{}) ([]chat.Message, error) { return nil, nil }).For("boss")
		}},
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if v := recover(); v == nil || !strings.Contains(fmt.Sprint(v), c.want) {
					t.Errorf("got %v, want %s", v, c.want)
				}
			}()
			c.do()
		})
	}
}
