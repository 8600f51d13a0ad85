package plugins_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/plugins"
)

var (
	confirm = plugins.NewStep[one]("confirm")
	approve = plugins.NewStep[one]("approve").For(chat.Owner, chat.Admin)
)

// asking has a command that asks back, one that asks the admins, and a plain step.
func asking() *plugins.Mux {
	m := plugins.NewMux()
	plugins.Command(m, "/extend <days> [why...]", func(_ context.Context, e chat.Event, x one) ([]chat.Message, error) {
		return confirm.Ask(e, x, "%d days is long. Sure?", x.Days), nil
	})
	plugins.OnStep(m, confirm, func(_ context.Context, e chat.Event, x one) ([]chat.Message, error) {
		return chat.Sender.Say("%s: %d days for %q", e.Text, x.Days, x.Why), nil
	})
	plugins.Command(m, "/beg <days> [why...]", func(_ context.Context, e chat.Event, x one) ([]chat.Message, error) {
		return approve.Ask(e, x, "%d days?", x.Days), nil
	})
	plugins.OnStep(m, approve, func(_ context.Context, e chat.Event, x one) ([]chat.Message, error) {
		return chat.Sender.Say("%s says %s to %d", e.Sender.ID, e.Text, x.Days), nil
	})
	plugins.Command(m, "/name", func(_ context.Context, e chat.Event, _ struct{}) ([]chat.Message, error) {
		return plugins.Ask(e, "name", "What is your name?"), nil
	})
	m.Step("name", func(_ context.Context, e chat.Event) ([]chat.Message, error) {
		if e.Text == "" {
			return plugins.Ask(e, "name", "It cannot be empty. What is your name?"), nil
		}
		return chat.Sender.Say("Hello %s", e.Text), nil
	})
	return m
}

// next is another text of the same member, later, after all was stored and read
// again by a new plugin.
func next(e chat.Event, after time.Duration, text string) chat.Event {
	e.ID, e.Time, e.Text = e.ID+1, e.Time.Add(after), text
	e.State, e.Session = reread(e.State), reread(e.Session)
	return e
}

func reread(s chat.State) (again chat.State) {
	raw, _ := json.Marshal(s)
	_ = json.Unmarshal(raw, &again)
	return again
}

func TestAnAnswerComesToItsStepOnceWithWhatWasKnown(t *testing.T) {
	e := typed(chat.Normal, "/extend 30 it rains")
	if got := says(t, asking(), e); got != "30 days is long. Sure?" {
		t.Fatal(got)
	}
	e = next(e, time.Minute, "yes")
	if got := says(t, asking(), e); got != `yes: 30 days for "it rains"` {
		t.Fatal(got)
	}
	if e = next(e, time.Minute, "yes"); says(t, asking(), e) != "" || len(e.Session) > 0 {
		t.Errorf("the step took a second answer, or left something behind: %s", e.Session)
	}
}

func TestADialogEnds(t *testing.T) {
	for _, c := range []struct {
		name  string
		texts []string
		after time.Duration
		want  string
	}{
		{"when its time is over", []string{"yes"}, plugins.DialogLife, ""},
		{"not before", []string{"yes"}, plugins.DialogLife - time.Second, `yes: 30 days for ""`},
		{"by a command", []string{"/help", "yes"}, time.Second, ""},
		{"by one that is none", []string{"/cancel", "yes"}, time.Second, ""},
		{"by another question", []string{"/name", "bo"}, time.Second, "Hello bo"},
		{"when it is asked again, it goes on", []string{"/name", "", "bo"}, time.Second, "Hello bo"},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := typed(chat.Normal, "/extend 30")
			got := says(t, asking(), e)
			for _, text := range c.texts {
				e = next(e, c.after, text)
				got = says(t, asking(), e)
			}
			if got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestAQuestionToARoleIsAnsweredOnceByWhoeverHasItThen(t *testing.T) {
	e := typed(chat.Normal, "/beg 30")
	list, err := asking().Handle(t.Context(), e)
	if err != nil || len(list) != 1 || !cmp.Equal(list[0].To, chat.Admins) {
		t.Fatalf("%+v, %v; want it for the admins", list, err)
	}
	admin := func(role chat.Role) chat.Event {
		e := next(e, time.Minute, "yes")
		e.Sender, e.Session = &chat.Member{ID: "bo", Role: role}, chat.State{}
		return e
	}
	if got := says(t, asking(), admin(chat.Normal)); got != "" {
		t.Errorf("somebody without the role answered: %q", got)
	}
	first := admin(chat.Admin)
	if got := says(t, asking(), first); got != "bo says yes to 30" {
		t.Errorf("an admin: %q", got)
	}
	first.Sender = &chat.Member{ID: "ann", Role: chat.Owner}
	if got := says(t, asking(), next(first, time.Second, "no")); got != "" || len(first.State) > 0 {
		t.Errorf("it was answered twice: %q, %s", got, first.State)
	}
	late := admin(chat.Admin)
	late.Time = e.Time.Add(plugins.DialogLife)
	if got := says(t, asking(), late); got != "" {
		t.Errorf("it was answered too late: %q", got)
	}
}

func TestTheNewestQuestionToARoleCounts(t *testing.T) {
	e := typed(chat.Admin, "/beg 30")
	_, _ = asking().Handle(t.Context(), e)
	e = next(e, time.Second, "/beg 7")
	_, _ = asking().Handle(t.Context(), e)
	if e = next(e, time.Second, "yes"); says(t, asking(), e) != "cy says yes to 7" || len(e.State) > 0 {
		t.Errorf("%s is left", e.State)
	}
}

// Two steps can wait for one role, and what is too old to be answered is forgotten when
// the next is asked.
func TestSeveralStepsWaitForARole(t *testing.T) {
	other := plugins.NewStep[one]("other").For(chat.Admin)
	m := asking()
	plugins.OnStep(m, other, func(context.Context, chat.Event, one) ([]chat.Message, error) { return chat.Sender.Say("other"), nil })
	e := typed(chat.Admin, "/beg 30")
	_, _ = m.Handle(t.Context(), e)
	e = next(e, time.Minute, "")
	other.Ask(e, one{}, "And?")
	for _, want := range []string{"other", "cy says yes to 30", ""} {
		e = next(e, time.Second, "yes")
		if got := says(t, m, e); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	other.Ask(e, one{}, "And?")
	e = next(e, plugins.DialogLife, "")
	approve.Ask(e, one{}, "Days?")
	if raw := string(e.State[".questions"]); strings.Contains(raw, `"other"`) || !strings.Contains(raw, `"approve"`) {
		t.Errorf("%s is left", raw)
	}
}

// What an earlier version of a plugin asked of a role does not stand in the way of its
// other events.
func TestAQuestionOfAnEarlierVersionIsPassedOver(t *testing.T) {
	e := typed(chat.Admin, "")
	plugins.NewStep[one]("gone").For(chat.Admin).Ask(e, one{}, "And?")
	e = next(e, time.Second, "/help")
	if got := says(t, asking(), e); !strings.HasPrefix(got, "You can write") {
		t.Error(got)
	}
}

func TestOnesOwnQuestionComesBeforeOneToTheRole(t *testing.T) {
	e := typed(chat.Admin, "/beg 30")
	_, _ = asking().Handle(t.Context(), e)
	e = next(e, time.Second, "/name")
	says(t, asking(), e)
	e = next(e, time.Second, "bo")
	if got := says(t, asking(), e); got != "Hello bo" {
		t.Error(got)
	}
	if got := says(t, asking(), next(e, time.Second, "no")); got != "cy says no to 30" {
		t.Error(got)
	}
}

func TestAQuestionCanBeForgotten(t *testing.T) {
	e := typed(chat.Admin, "/beg 30")
	_, _ = asking().Handle(t.Context(), e)
	confirm.Ask(e, one{}, "Sure?")
	plugins.NewStep[one]("name").Forget(e)
	approve.Forget(e)
	if len(e.State) > 0 || len(e.Session) != 1 {
		t.Fatalf("%s and %s are left; want the sender's own", e.State, e.Session)
	}
	if confirm.Forget(e); len(e.Session) > 0 {
		t.Errorf("%s is left", e.Session)
	}
}

func TestAStepThatNobodyTakes(t *testing.T) {
	m := plugins.NewMux()
	plugins.Command(m, "/name", func(_ context.Context, e chat.Event, _ struct{}) ([]chat.Message, error) {
		return plugins.Ask(e, "nmae", "What is your name?"), nil
	})
	m.Step("name", nop)
	e := typed(chat.Normal, "/name")
	_, err := m.Handle(t.Context(), e)
	if !errors.Is(err, plugins.ErrPermanent) || !strings.Contains(err.Error(), `the plugin knows no step "nmae"; did you mean name?`) {
		t.Errorf("a misspelt step: %v", err)
	}
	// One that an earlier version of the plugin asked is no mistake of this one.
	if got := says(t, m, next(e, time.Second, "bo")); got != "" {
		t.Errorf("one of an earlier version: %q", got)
	}
}

func TestMistakesWithStepsPanic(t *testing.T) {
	for name, f := range map[string]func(){
		"a name that is none": func() { plugins.NewStep[one]("it asks") },
		"two routes":          func() { asking().Step("name", nop) },
		"no function":         func() { plugins.OnStep(plugins.NewMux(), confirm, nil) },
		"for nobody":          func() { confirm.For() },
		"data JSON cannot be": func() { plugins.NewStep[chan int]("x").Ask(typed(chat.Normal, ""), nil, "?") },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("it did not panic")
				}
			}()
			f()
		})
	}
}
