package quiz

import (
	"context"
	"strings"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/plugins"
)

// commands adds what members can write.
func (q quiz) commands(m *plugins.Mux) {
	plugins.Command(m, "/answer <question> [answer...]", q.typed).About("Answers a question; while only one is open, the answer alone will do.")
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

// whole is all that was written, where no question is named.
func (t typedAnswer) whole() string { return strings.TrimSpace(t.Question + " " + t.Answer) }

// only is the question that an answer is to that names none: the one of a round that is
// open, or the only one that is. It is empty if there is no such question.
func (g game) only() string {
	if g.Round != nil {
		return string(g.Round.open().ID)
	}
	var only string
	for id := range g.Right {
		switch {
		case g.Closed[id]:
		case only != "":
			return ""
		default:
			only = id
		}
	}
	return only
}

// elsewhere passes on an answer to a question that was not asked here, but aloud, say.
// Which one it was nobody knows, so each answer is passed on and none gets points.
func (q quiz) elsewhere(e chat.Event, answer string) []chat.Message {
	told := q.Tell.Say("%s answered: %s", e.Sender.ID, oneLine(answer))
	if acknowledged(e) {
		return told
	}
	return append(told, chat.Sender.Say("Thank you. Your answer has arrived.")...)
}

// acknowledged reports whether botd has told the sender that the answer arrived.
func acknowledged(e chat.Event) bool {
	h, ok := plugins.Heard(e)
	return ok && h.Acknowledged
}

// typed is an answer that a member wrote.
func (q quiz) typed(ctx context.Context, e chat.Event, t typedAnswer) ([]chat.Message, error) {
	g := played.Get(e.State)
	switch {
	case g.knows(t.Question) && strings.TrimSpace(t.Answer) == "":
		return chat.Sender.Say("What is your answer to question %s? Write /answer %[1]s and the answer.", oneLine(t.Question)), nil
	case g.knows(t.Question):
	case g.only() != "":
		t.Question, t.Answer = g.only(), t.whole()
	case len(g.Right) == 0:
		return q.elsewhere(e, t.whole()), nil
	default:
		return chat.Sender.Say("There is no question %s.", oneLine(t.Question)), nil
	}
	return q.answers(ctx, e, given{Question: word(t.Question), Answer: word(t.Answer)})
}

// shown shows the score board to the sender, if that is somebody who sees it at all.
func (q quiz) shown(_ context.Context, e chat.Event, _ struct{}) ([]chat.Message, error) {
	return chat.Sender.Among(q.Tell).Say("%s", played.Get(e.State).board(q.Places)), nil
}
