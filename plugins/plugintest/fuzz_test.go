package plugintest

import (
	"context"
	"log/slog"
	"strings"
	"testing"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/plugins"
)

// untidy says what it is told, and asks for timers and reports with data of several lines.
var untidy = plugins.Define("untidy", "1.0.0", func(struct{}) (plugins.Handler, error) {
	return plugins.Func(func(_ context.Context, e chat.Event) ([]chat.Message, error) {
		if e.Kind == chat.Timer || e.Kind == chat.Reported {
			return chat.Everyone.Say("%s %s", e.Name, e.Payload), nil
		}
		said.Set(e.State, e.Text+string(e.Payload))
		e.Timers.Add(chat.Later{Name: "later", Key: "k", After: chat.Duration(chat.MinTimer), Payload: []byte("{\n \"a\": 1\n}")})
		list := chat.Admins.Say("%s%s", e.Text, e.Payload)
		list[0].Report = &chat.Report{Name: "told", Data: []byte("[\n1]")}
		return list, nil
	}), nil
})

// Whatever somebody writes, it is refused with the line in which something is wrong, or
// what is written anew of it is right.
func FuzzWhatIsWrittenAnewIsRight(f *testing.F) {
	for _, transcript := range []string{right, timed, conversation, heralded, onGuard, "group a owner\n> x {}\n+1s\n> a says  y \n", "group a owner\n> x\n\n!", "group a owner\n% next partly\n> a: /\n|\n| |\n"} {
		f.Add(transcript)
	}
	f.Fuzz(func(t *testing.T, transcript string) {
		first, err := fuzzed(t, transcript)
		if err != nil {
			if !strings.HasPrefix(err.Error(), "line ") && !strings.HasPrefix(err.Error(), "no") && !strings.Contains(err.Error(), "it uses bot") {
				t.Errorf("the error does not say where: %v", err)
			}
			return
		}
		again, err := fuzzed(t, strings.Join(first, "\n")+"\n")
		if err != nil || strings.Join(again, "\n") != strings.Join(first, "\n") {
			t.Errorf("%v\n%s\nplayed again it is\n%s", err, strings.Join(first, "\n"), strings.Join(again, "\n"))
		}
	})
}

// fuzzed plays a transcript without a file.
func fuzzed(t *testing.T, text string) ([]string, error) {
	t.Helper()
	x := &Transcript{lines: lines(text)}
	var err error
	if x.steps, err = parse(x.lines); err == nil {
		err = x.subjects()
	}
	if err != nil {
		return nil, err
	}
	return newWorld(untidy, t.TempDir(), slog.New(slog.DiscardHandler)).run(t.Context(), x.steps)
}
