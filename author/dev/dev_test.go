package dev_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/botd-chat/botd/author"
	"github.com/botd-chat/botd/author/dev"
	"github.com/botd-chat/botd/chat"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func write(t *testing.T, dir, name, text string) {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestWhatIsSavedIsToldOnceAndWhatToolsWriteIsNot(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "quiz.py", "one")
	write(t, dir, "gone.py", "one")
	ctx, stop := context.WithCancel(t.Context())
	told, over := make(chan []string), make(chan struct{})
	w := dev.NewWatcher(dir)
	go func() {
		defer close(over)
		w.Watch(ctx, time.Millisecond, func(files []string) {
			select {
			case told <- files:
			case <-ctx.Done():
			}
		})
	}()
	defer func() { stop(); <-over }()
	for _, name := range []string{"bin/quiz", ".git/index", "node_modules/x/y.js", "botd.db-wal", "secrets/quiz", "__pycache__/quiz.pyc", ".quiz.py.swp"} {
		write(t, dir, name, "by a tool")
	}
	for round, c := range []struct {
		save func()
		want string
	}{
		{func() { write(t, dir, "quiz.py", "two, and longer") }, "quiz.py"},
		{func() { write(t, dir, "deep/er/new.py", "one") }, "deep/er/new.py"},
		{func() { _ = os.Remove(filepath.Join(dir, "gone.py")) }, "gone.py"},
	} {
		c.save()
		select {
		case got := <-told:
			if !slices.Equal(got, []string{c.want}) {
				t.Fatalf("round %d: told %q, want %s", round, got, c.want)
			}
		case <-time.After(20 * time.Second):
			t.Fatalf("round %d: nothing is told", round)
		}
	}
}

func TestAProgramThatDoesNotBuildLeavesTheOneBefore(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "go.mod", "module example.com/quiz\n\ngo 1.26\n")
	write(t, dir, "cmd/quiz/main.go", "package main\n\nfunc main() { println(\"one\") }\n")
	p, ok := dev.FindGo(dir, []string{"bin/quiz", "-x"})
	if !ok {
		t.Fatal("it is not found")
	}
	if err := p.Build(t.Context()); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(filepath.Join(dir, "bin", "quiz"))
	if err != nil {
		t.Fatal(err)
	}
	write(t, dir, "cmd/quiz/main.go", "package main\n\nfunc main() {\n\tprintln(two)\n}\n")
	err = p.Build(t.Context())
	if failed, ok := errors.AsType[*author.GoError](err); !ok || !strings.Contains(failed.Output, "main.go:4:10: undefined: two") {
		t.Errorf("told: %v", err)
	}
	if after, err := os.ReadFile(filepath.Join(dir, "bin", "quiz")); err != nil || !slices.Equal(before, after) {
		t.Errorf("the program is another one, %v", err)
	}
	for args, want := range map[string]bool{"bin/quiz": true, "./bin/quiz": true, "python3": false, "bin/other": false, "quiz": false} {
		if _, ok := dev.FindGo(dir, []string{args}); ok != want {
			t.Errorf("%s is built of Go: %v", args, ok)
		}
	}
	if !p.Concerns([]string{"a.chat", "quiz.go"}) || p.Concerns([]string{"quiz_test.go", "bots.yaml"}) {
		t.Error("it is built for the wrong files")
	}
}

func TestLinesAreThoseOfTranscripts(t *testing.T) {
	for text, want := range map[string]dev.Line{
		`> answers {"user":"cy"}`:         {Trigger: "answers", Payload: []byte(`{"user":"cy"}`)},
		`answers {"user":"cy"}`:           {Trigger: "answers", Payload: []byte(`{"user":"cy"}`)},
		`> cy: answers {"question":"q1"}`: {Sender: "cy", Trigger: "answers", Payload: []byte(`{"question":"q1"}`)},
		`> evening`:                       {Trigger: "evening"},
		`> bo: /extend 30 for cy`:         {Sender: "bo", Text: "/extend 30 for cy"},
		`> cy says 30 please`:             {Sender: "cy", Text: "30 please"},
		`> cy: list ["a"]`:                {Sender: "cy", Trigger: "list", Payload: []byte(`["a"]`)},
	} {
		got, err := dev.ParseLine(text)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%s: %v\n%s", text, err, diff)
		}
	}
	for text, says := range map[string]string{
		`> answers {"user":`: "payload of answers is not JSON",
		`>`:                  "no line of a transcript",
		`> answers user=cy`:  "no line of a transcript",
		`> cy answers`:       "no line of a transcript",
	} {
		if l, err := dev.ParseLine(text); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s is %+v, %v", text, l, err)
		}
	}
}

func TestARunIsToldAsATranscriptHasIt(t *testing.T) {
	e := chat.EventRecord{ID: 7, Bot: "quiz", Trigger: "answers", Kind: chat.Webhook, Sender: "cy", Payload: []byte(`{"a":1}`)}
	text := chat.Message{To: chat.Admins, Text: "cy answered:\nB\x1b[31m"}
	r := dev.Ran{Event: e, Took: 1234567, End: chat.EventEnd{Status: chat.Done, Messages: []chat.Message{text},
		State: chat.State{"b": []byte("2"), "a": []byte(`["cy"]`)}}}
	if got, want := r.Came(), "> cy: answers {\"a\":1}   (e7 of bot quiz, 1.23ms)\n  state is now {\"a\": [\"cy\"], \"b\": 2}"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	r.End = chat.EventEnd{Status: chat.Dead, Reason: "quiz.py:7: KeyError"}
	if got, want := r.Came(), "> cy: answers {\"a\":1}   (e7 of bot quiz, 1.23ms)\n! quiz.py:7: KeyError"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	r.End = chat.EventEnd{Status: chat.Done, Outcome: chat.Refused, Reason: `sender "cy" is not a member of group @TGS#1`}
	if got, want := r.Came(), "> cy: answers {\"a\":1}   (e7 of bot quiz, 1.23ms)\n! sender \"cy\" is not a member of group @TGS#1"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	sent := chat.MessageHistory{Deliveries: []chat.DeliveryHistory{
		{Delivery: chat.Delivery{Recipients: recipients("bo", "ann"), Outcome: chat.Sent}},
		{Delivery: chat.Delivery{Recipients: recipients("dee"), Outcome: chat.Failed}}}}
	held := chat.MessageHistory{MessageRecord: chat.MessageRecord{Reason: "nobody is addressed"}}
	if got, want := dev.Seen([]chat.MessageHistory{sent, held}, []chat.Message{text, text}),
		"< ann bo: cy answered:\n| B\uFFFD[31m\n< nobody (nobody is addressed): cy answered:\n| B\uFFFD[31m"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestARunTellsWhoSawWhichText(t *testing.T) {
	said := chat.Rather(chat.Everyone.Say("It failed."), chat.Users("cy").Say("Yours."), chat.Admins.Say("Line 7."))[0]
	m := chat.MessageHistory{Deliveries: []chat.DeliveryHistory{
		{Delivery: chat.Delivery{Recipients: recipients("dee"), Outcome: chat.Sent}},
		{Delivery: chat.Delivery{Rendering: 1, Recipients: recipients("cy"), Outcome: chat.Failed}},
		{Delivery: chat.Delivery{Rendering: 2, Recipients: recipients("ann", "bo"), Outcome: chat.Sent}},
		{Delivery: chat.Delivery{Recipients: recipients("abe"), Outcome: chat.Sent}}}}
	alone := said
	alone.Text = ""
	if got, want := dev.Seen([]chat.MessageHistory{m, {}}, []chat.Message{said, alone}), "< abe dee: It failed.\n< ann bo [rather]: Line 7.\n< nobody: Yours."; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func recipients(ids ...chat.UserID) chat.Recipients {
	r, err := chat.NewRecipients(ids)
	if err != nil {
		panic(err)
	}
	return r
}
