package quiz

import (
	"context"
	"strings"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/plugins"
)

// commands adds what members can write.
func (q quiz) commands(m *plugins.Mux) {
	plugins.Command(m, "/answer <question> [answer...]", q.typed).About("Answers a question; while a round is played, the answer alone will do.")
	who := q.Tell.Roles
	if len(who) == 0 {
		who = []chat.Role{chat.Owner, chat.Admin}
	}
	plugins.Command(m, "/board", q.shown).About("Shows the score board.").For(who...)
}

type typedAnswer struct {
	Question string `json:"question"`
	Answer   string `json:"answer"`
}

// typed is an answer that a member wrote.
func (q quiz) typed(ctx context.Context, e chat.Event, t typedAnswer) ([]chat.Message, error) {
	g := played.Get(e.State)
	switch {
	case g.knows(t.Question) && strings.TrimSpace(t.Answer) == "":
		return chat.Sender.Say("What is your answer to question %s? Write /answer %[1]s and the answer.", oneLine(t.Question)), nil
	case g.knows(t.Question):
	case g.Round != nil:
		t.Question, t.Answer = string(g.Round.open().ID), strings.TrimSpace(t.Question+" "+t.Answer)
	default:
		return chat.Sender.Say("There is no question %s.", oneLine(t.Question)), nil
	}
	return q.answers(ctx, e, given{Question: word(t.Question), Answer: word(t.Answer)})
}

// shown shows the score board to the sender, if that is somebody who sees it at all.
func (q quiz) shown(_ context.Context, e chat.Event, _ struct{}) ([]chat.Message, error) {
	return chat.Sender.Among(q.Tell).Say("%s", played.Get(e.State).board(q.Places)), nil
}
