package host_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/botd-chat/botd/bots"
	"github.com/botd-chat/botd/bots/host"
	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/plugins"
)

// say has a plugin do something, within a time.
func say(t *testing.T, h plugins.Handler, what string, within time.Duration) (pid string, err error) {
	t.Helper()
	messages, err := handle(t, h, event("say", `"`+what+`"`), within)
	if err != nil {
		return "", err
	}
	if len(messages) != 1 {
		t.Fatalf("it says %+v", messages)
	}
	return messages[0].Text, nil
}

// answers waits until a plugin answers, and is its process.
func answers(t *testing.T, h plugins.Handler) string {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(time.Millisecond) {
		pid, err := say(t, h, "", 10*time.Second)
		if err == nil {
			return pid
		}
		if !errors.Is(err, bots.ErrAway) || time.Now().After(end) {
			t.Fatal(err)
		}
	}
}

func TestAnIsolatedPluginAnswersInAProcessOfItsOwn(t *testing.T) {
	h := handler(t, host.Isolated(wild, host.Command{Settings: settings(t)}))
	e := event("say", `""`)
	e.State["count"] = []byte("4")
	messages, err := handle(t, h, e, 10*time.Second)
	if err != nil || len(messages) != 1 {
		t.Fatal(messages, err)
	}
	if string(e.State["count"]) != "5" {
		t.Errorf("the state is %s", e.State)
	}
	if again := answers(t, h); again != messages[0].Text {
		t.Errorf("process %s answered, and then %s", messages[0].Text, again)
	}
}

func TestAnIsolatedPluginIsToldWhatItsOptionsNeed(t *testing.T) {
	h := handler(t, host.Isolated(wild, host.Command{Settings: settings(t)}), `{"needs":["members.spoke","members"]}`)
	answers(t, h)
	if m, err := h.Manifest(t.Context()); err != nil || !slices.Equal(m.Needs, []string{"members", "members.spoke"}) {
		t.Errorf("it needs %v (%v)", m.Needs, err)
	}
}

func TestWhatAPluginDoesWrongHarmsNothingElse(t *testing.T) {
	const again, permanent = "again", "for good"
	for _, c := range []struct {
		does    string
		within  time.Duration
		becomes string
		says    string
		survive bool // the process goes on
	}{
		{"panic", time.Minute, again, "panic: on purpose", true},
		{"goroutine", time.Minute, again, "panic: beside it", false},
		{"loop", 300 * time.Millisecond, again, "did not answer in time; its process was ended", false},
		{"wait", 300 * time.Millisecond, again, "did not answer in time; its process was ended", false},
		{"exit", time.Minute, again, "exit status 3; it wrote: Error: it is enough", false},
		{"fail", time.Minute, again, "not now", true},
		{"never", time.Minute, permanent, "not ever", true},
	} {
		t.Run(c.does, func(t *testing.T) {
			t.Parallel()
			h := handler(t, host.Isolated(wild, host.Command{Settings: settings(t)}))
			before := answers(t, h)
			_, err := say(t, h, c.does, c.within)
			failed := time.Now()
			became := again
			switch {
			case err == nil:
				t.Fatal("no error")
			case errors.Is(err, bots.ErrAway):
				became = "waits"
			case errors.Is(err, plugins.ErrPermanent):
				became = permanent
			}
			if became != c.becomes || !strings.Contains(err.Error(), c.says) {
				t.Errorf("it failed %s, want %s: %v", became, c.becomes, err)
			}
			after := answers(t, h)
			t.Logf("%v; answers again after %v", err, time.Since(failed))
			if (before == after) != c.survive {
				t.Errorf("process %s answered before, %s after", before, after)
			}
			if !c.survive {
				gone(t, before)
			}
		})
	}
}

func TestAnIsolatedPluginThatPanicsSaysInWhichLine(t *testing.T) {
	h := handler(t, host.Isolated(wild, host.Command{Settings: settings(t)}))
	_, err := say(t, h, "panic", time.Minute)
	at, ok := errors.AsType[interface {
		error
		At() string
	}](err)
	if !ok || at.At() != "wild_test.go:50" || err.Error() != "panic: on purpose" {
		t.Errorf("%v, in a line: %v", err, ok)
	}
}

func TestAnIsolatedPluginIsCheckedWhereItIsCompiledIn(t *testing.T) {
	p := host.Isolated(wild, host.Command{})
	if _, err := p.New([]byte(`{"text":"bad"}`)); err == nil || !strings.Contains(err.Error(), "is bad") {
		t.Error(err)
	}
	if _, err := p.New([]byte(`{"txt":"bad"}`)); err == nil || !strings.Contains(err.Error(), "did you mean text?") {
		t.Error(err)
	}
	h := handler(t, p)
	if err := plugins.CheckTrigger(h, "sya", chat.Webhook); err == nil || !strings.Contains(err.Error(), "did you mean say?") {
		t.Error(err)
	}
	if err := plugins.CheckTimers(h, []chat.Later{{Name: "close", After: chat.Duration(time.Minute)}}, ""); err == nil {
		t.Error("a timer that it does not know was not refused")
	}
}
