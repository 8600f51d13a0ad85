// Package quiz is a plugin that runs a quiz in a group without letting anybody
// copy.
//
// What people see: a question reaches those it was asked of. Whoever answers
// sees a private acknowledgement. The answer itself and the score board reach
// the owner and the admins, and no other member. A second answer to the same
// question does not count and is not passed on; whoever sent it is told so
// privately. A question can close by itself: then those who answered see the
// right answer, and answers that come later do not count.
//
// Its triggers:
//
//	ask      {"id": "q1", "text": "Which river …?", "answer": "the Nile", "to": {"roles": ["member"]}, "closes": "10m"}
//	round    {"id": "r1", "to": {"roles": ["member"]}, "each": "2m", "questions": [{"id": "q1", "text": "…", "answer": "…", "points": 2}, …]}
//	answers  {"user": "cy", "question": "q1", "answer": "the Nile"}
//	board    the score board, now
//	finish   the score board a last time; then all is forgotten
//
// In a round the next question is asked when the one before it closes: after each, or
// when all who have got it have answered. At its end those of whom it was asked and
// those who see the answers see the score board. Who answers sooner can get a bonus.
//
// Its commands, where a trigger has a text, are "/answer q1 the Nile", which while only
// one question is open, as in a round, can also be "/answer the Nile", and "/board" for
// those who see it. Where nothing was asked by the plugin, what follows "/answer" is
// passed on as it is. Let them be written into the group by a trigger with hold: true, or
// to the bot alone by one with direct:, so that nobody can copy; a trigger that does not
// hold, and does not relay, brings the answer back to who wrote it and to nobody else.
//
// Without "closes" a question is open until the quiz is finished. Asking is optional: answers to questions asked elsewhere are passed on
// without points, or with points if the payload says "correct": true. The right
// answer is known only to the bot that was told it, so ask and answers belong
// to one bot. Who answered is the sender of the event; where the operator names none, it is
// the payload's user.
package quiz

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/plugins"
)

// Options are what an operator can set.
type Options struct {
	Tell   chat.Audience `json:"tell" required:"true" about:"Who sees the answers and the score board."`
	Points int           `json:"points" min:"1" about:"Points for a right answer."`
	Places int           `json:"places" min:"1" max:"100" about:"Places that the score board shows."`
	Bonus  int           `json:"bonus" min:"0" max:"1000" about:"In a round, points more for a right answer at once; the later it comes, the fewer."`
	Reveal bool          `json:"reveal" about:"Tell whoever answered whether it was right."`
}

// Defaults sets what holds when nothing is said.
func (o *Options) Defaults() { o.Tell, o.Points, o.Places = chat.Admins, 1, 10 }

// Plugin is the quiz.
var Plugin = plugins.Define("quiz", "1.3.0", func(o Options) (plugins.Handler, error) {
	q := quiz{o}
	m := plugins.NewMux()
	plugins.On(m, "ask", q.ask)
	plugins.On(m, "answers", q.answers)
	plugins.On(m, "round", q.round)
	m.On("board", q.board)
	m.On("finish", q.finish)
	plugins.OnTimer(m, closing, q.closed)
	plugins.OnReport(m, asked, q.reached)
	q.commands(m)
	return m, nil
})

// played is where the game of a group is remembered.
const played = chat.Key[game]("quiz")

type quiz struct{ Options }

func (q quiz) ask(_ context.Context, e chat.Event, asked ask) ([]chat.Message, error) {
	g := played.Get(e.State)
	if has, _ := g.Round.has(asked.ID); has {
		return nil, plugins.Permanent(fmt.Errorf("question %s belongs to the round that is being played", oneLine(string(asked.ID))))
	}
	g.ask(string(asked.ID), string(asked.Answer))
	q.open(e, &g, asked)
	if err := keep(e.State, g); err != nil {
		return nil, err
	}
	return asked.To.Say("Question %s: %s", oneLine(string(asked.ID)), asked.Text), nil
}

func (q quiz) answers(_ context.Context, e chat.Event, a given) ([]chat.Message, error) {
	user := a.User
	if e.Sender != nil {
		user = e.Sender.ID
	}
	if err := user.Validate(); err != nil {
		return nil, plugins.Permanent(fmt.Errorf("who answered? The event has no sender, and the payload's user does not do: %w", err))
	}
	g := played.Get(e.State)
	if g.Closed[string(a.Question)] {
		return chat.Users(user).Say("Question %s is closed. Your answer was not passed on.", oneLine(string(a.Question))), nil
	}
	if _, waits := g.Round.has(a.Question); waits {
		return chat.Users(user).Say("Question %s has not been asked yet. Your answer was not passed on.", oneLine(string(a.Question))), nil
	}
	worth := q.worth(g, string(a.Question), e.Time)
	graded := g.answer(user, a, worth)
	if graded != repeated && !g.fits(e.State) {
		return append(chat.Users(user).Say("There is no room for more answers. Yours was not passed on."),
			chat.Collapse("quiz-full", q.Tell.Say("An answer was not passed on: %s.", full))...), nil
	}
	var reply []chat.Message
	if text := q.reply(a, graded, worth, g.Scores[user], acknowledged(e)); text != "" {
		reply = chat.Users(user).Say("%s", text)
	}
	if graded == repeated {
		return reply, nil
	}
	said := append(q.Tell.Say("%s\n%s", report(user, a, graded, worth), g.board(q.Places)), reply...)
	if id := string(a.Question); g.allAnswered() && id == string(g.Round.open().ID) {
		timerOf(id).Cancel(e)
		said = append(said, q.close(e, &g, id)...)
	}
	played.Set(e.State, g)
	return said, nil
}

func (q quiz) board(_ context.Context, e chat.Event) ([]chat.Message, error) {
	return q.Tell.Say("%s", played.Get(e.State).board(q.Places)), nil
}

func (q quiz) finish(_ context.Context, e chat.Event) ([]chat.Message, error) {
	g := played.Get(e.State)
	played.Delete(e.State)
	for _, id := range slices.Sorted(maps.Keys(g.Open)) {
		timerOf(id).Cancel(e)
	}
	return q.Tell.Say("The quiz is over.\n%s", g.board(q.Places)), nil
}

// report is what the owner and the admins read about an answer.
func report(user chat.UserID, a given, graded grade, worth int) string {
	text := fmt.Sprintf("%s answered question %s: %s", user, oneLine(string(a.Question)), oneLine(string(a.Answer)))
	switch graded {
	case correct:
		return fmt.Sprintf("%s (right, %s)", text, points(worth))
	case incorrect:
		return text + " (not right)"
	default:
		return text
	}
}

// reply is what whoever answered reads; nothing, where there is no more to say than that
// the answer arrived, and that is known.
func (q quiz) reply(a given, graded grade, worth, score int, known bool) string {
	question := oneLine(string(a.Question))
	switch {
	case graded == repeated:
		return fmt.Sprintf("Your first answer to question %s counts. This one was not passed on.", question)
	case q.Reveal && graded == correct:
		return fmt.Sprintf("Your answer to question %s is right: %s, %d in all.", question, points(worth), score)
	case q.Reveal && graded == incorrect:
		return fmt.Sprintf("Thank you. Your answer to question %s is not right.", question)
	case known:
		return ""
	default:
		return fmt.Sprintf("Thank you. Your answer to question %s has arrived.", question)
	}
}
