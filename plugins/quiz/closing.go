package quiz

import (
	"context"
	"time"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/plugins"
)

// closing is when a question closes by itself.
var closing = plugins.NewTimer[closes]("closing")

// closes is what the timer brings.
type closes struct {
	Question string       `json:"question"`
	Asked    chat.EventID `json:"asked"` // the event that asked it
}

// timerOf is the timer of one question.
func timerOf(question string) plugins.Timer[closes] { return closing.Key(oneLine(question)) }

// open lets a question close by itself, if that is asked for; one that is asked
// again begins anew.
func (q quiz) open(e chat.Event, g *game, asked ask) {
	id := string(asked.ID)
	delete(g.Closed, id)
	if asked.Closes == 0 {
		if _, was := g.Open[id]; was {
			delete(g.Open, id)
			timerOf(id).Cancel(e)
		}
		return
	}
	if g.Open == nil {
		g.Open = map[string]chat.EventID{}
	}
	g.Open[id] = e.ID
	timerOf(id).Set(e, time.Duration(asked.Closes), closes{id, e.ID})
}

// closed closes a question, unless it was asked again or all was forgotten just
// before.
func (q quiz) closed(_ context.Context, e chat.Event, c closes) ([]chat.Message, error) {
	g := played.Get(e.State)
	if c.Asked == 0 || g.Open[c.Question] != c.Asked {
		return nil, nil
	}
	said := q.close(e, &g, c.Question)
	played.Set(e.State, g) // for which there is room
	return said, nil
}

// close closes a question that closes by itself, and goes on with the round that it is
// of.
func (q quiz) close(e chat.Event, g *game, id string) []chat.Message {
	delete(g.Open, id)
	if g.Closed == nil {
		g.Closed = map[string]bool{}
	}
	g.Closed[id] = true
	text := "Question " + oneLine(id) + " is closed."
	told := q.Tell.Say("%s\n%s", text, g.board(q.Places))
	if answered := g.Answered[id]; len(answered) > 0 {
		if right := g.Right[id]; right != "" {
			text += " The right answer is: " + oneLine(right)
		}
		told = append(told, chat.Users(answered...).Say("%s", text)...)
	}
	return append(told, q.goOn(e, g, id)...)
}
