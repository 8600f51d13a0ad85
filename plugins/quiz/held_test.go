package quiz

import (
	"fmt"
	"testing"

	"github.com/botd-chat/botd/chat"
)

// What was held is acknowledged by botd, unless it is told not to.
func TestAnAnswerIsAcknowledgedOnce(t *testing.T) {
	for _, c := range []struct {
		name, payload string
		reveal        bool
		want          []string // what the sender reads of an answer to an open question, of the same again, and without questions
	}{
		{"by the plugin", `{"via":"group","held":true}`, false,
			[]string{"Thank you. Your answer to question q1 has arrived.", "Your first answer to question q1 counts. This one was not passed on.", "Thank you. Your answer has arrived."}},
		{"by botd", `{"via":"group","held":true,"acknowledged":true}`, false,
			[]string{"", "Your first answer to question q1 counts. This one was not passed on.", ""}},
		{"by botd, and what it was worth by the plugin", `{"via":"group","held":true,"acknowledged":true}`, true,
			[]string{"Your answer to question q1 is right: 1 point, 1 in all.", "Your first answer to question q1 counts. This one was not passed on.", ""}},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := Options{Reveal: c.reveal}
			o.Defaults()
			q := quiz{o}
			e := chat.Event{Kind: chat.Typed, Sender: &chat.Member{ID: "cy", Role: chat.Normal}, State: chat.State{},
				Origin: &chat.Origin{Scheme: chat.SchemeCallback}, Payload: []byte(c.payload)}
			var g game
			g.ask("q1", "the Nile")
			played.Set(e.State, g)
			for i, answer := range []typedAnswer{{Question: "the", Answer: "Nile"}, {Question: "q1", Answer: "the Niger"}} {
				said, err := q.typed(t.Context(), e, answer)
				wantReply(t, said, err, c.want[i])
			}
			e.State = chat.State{}
			said, err := q.typed(t.Context(), e, typedAnswer{Question: "B"})
			wantReply(t, said, err, c.want[2])
		})
	}
}

// wantReply looks at what the sender reads; the others are told of an answer that
// counts in any case.
func wantReply(t *testing.T, said []chat.Message, err error, want string) {
	t.Helper()
	var got string
	for _, m := range said {
		if fmt.Sprint(m.To) == fmt.Sprint(chat.Users("cy")) || fmt.Sprint(m.To) == fmt.Sprint(chat.Sender) {
			got += m.Text
		}
	}
	if err != nil || got != want {
		t.Errorf("the sender reads %q, want %q; %v", got, want, err)
	}
}
