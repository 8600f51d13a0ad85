package quiz

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/plugins"
)

// round is the payload of the trigger round: questions that are asked one after another.
type round struct {
	ID        word             `json:"id"`
	To        chat.Audience    `json:"to"`                                 // of whom they are asked
	Each      plugins.Duration `json:"each" min:"5s" max:"168h"`           // how long answers to one count
	Questions []question       `json:"questions" required:"true" max:"50"` // at least one
}

// running is a round that is being played.
type running struct {
	round
	At      int       `json:"at"`      // which question is open
	Began   time.Time `json:"began"`   // when that one was asked
	Reached int       `json:"reached"` // how many have got it, as far as is known
}

// question is one of a round.
type question struct {
	ID     word   `json:"id"`
	Text   string `json:"text" max:"1000"`
	Answer word   `json:"answer"`                   // the right one; empty: answers get no points
	Points *int   `json:"points" min:"1" max:"100"` // for a right answer; nil: as in the options
}

// Validate reports a round that cannot be played.
func (r round) Validate() error {
	if r.To.Bind("").IsNobody() { // it goes on without whoever began it
		return errors.New("to: of whom are the questions asked? It names nobody, or the sender alone")
	}
	if err := r.To.Validate(); err != nil {
		return fmt.Errorf("to: %w", err)
	}
	if r.Each == 0 {
		return errors.New(`each: is missing: how long do answers to a question count? Such as "each": "2m"`)
	}
	if err := r.ID.validate("id"); err != nil {
		return err
	}
	for i, q := range r.Questions {
		if err := q.validate(r.Questions[:i]); err != nil {
			return fmt.Errorf("questions[%d].%w", i, err)
		}
	}
	return nil
}

func (q question) validate(before []question) error {
	if err := q.ID.validate("id"); err != nil {
		return err
	}
	if oneLine(q.Text) == "" {
		return errors.New("text: the question is missing")
	}
	if slices.ContainsFunc(before, func(o question) bool { return o.ID == q.ID }) {
		return errors.New("id: is that of a question before it")
	}
	return nil
}

// open is the question that is asked now.
func (r running) open() question { return r.Questions[r.At] }

// has reports whether a question is one of the round, and waits whether it is still to
// be asked.
func (r *running) has(id word) (has, waits bool) {
	if r == nil {
		return false, false
	}
	i := slices.IndexFunc(r.Questions, func(q question) bool { return q.ID == id })
	return i >= 0, i > r.At
}

// asked says how many people have got a question.
var asked = plugins.NewReport[place]("asked")

// place is where in a round a question stands.
type place struct {
	Round word `json:"round"`
	At    int  `json:"at"`
}

// round begins one.
func (q quiz) round(_ context.Context, e chat.Event, r round) ([]chat.Message, error) {
	g := played.Get(e.State)
	if g.Round != nil {
		return nil, plugins.Permanent(fmt.Errorf("round %s is not over; wait for that, or let the trigger finish end it", oneLine(string(g.Round.ID))))
	}
	for _, x := range r.Questions {
		if g.knows(string(x.ID)) {
			return nil, plugins.Permanent(fmt.Errorf("question %s was asked before; give it another id, or let the trigger finish end the quiz first", oneLine(string(x.ID))))
		}
	}
	g.Round = &running{round: r}
	said := q.askNext(e, &g, 0)
	if err := keep(e.State, g); err != nil {
		return nil, fmt.Errorf("round %s: %w; or ask fewer questions, or shorter ones", oneLine(string(r.ID)), err)
	}
	return said, nil
}

// askNext asks a question of the round.
func (q quiz) askNext(e chat.Event, g *game, at int) []chat.Message {
	r := g.Round
	r.At, r.Began, r.Reached = at, e.Time, 0
	x := r.open()
	g.ask(string(x.ID), string(x.Answer))
	q.open(e, g, ask{ID: x.ID, Closes: r.Each})
	told := r.To.Say("Question %s (%d of %d): %s", oneLine(string(x.ID)), at+1, len(r.Questions), plugins.Lines(x.Text, maxQuestion))
	if e.Kind == chat.Reported {
		return told // which cannot ask for a report
	}
	return asked.Of(told, place{r.ID, at})
}

// maxQuestion is how many characters of a question are shown.
const maxQuestion = 1000

// reached notes how many have got the question, and closes it if all of them have
// answered already.
func (q quiz) reached(_ context.Context, e chat.Event, end chat.Ending, p place) ([]chat.Message, error) {
	g := played.Get(e.State)
	if g.Round == nil || g.Round.ID != p.Round || g.Round.At != p.At {
		return nil, nil
	}
	g.Round.Reached = end.Reached
	if g.allAnswered() {
		// In a moment, so that the next question can be asked with a report.
		id := string(g.Round.open().ID)
		timerOf(id).Set(e, chat.MinTimer, closes{id, g.Open[id]})
	}
	played.Set(e.State, g) // for which there is room
	return nil, nil
}

// allAnswered reports whether the open question of a round has an answer of as many as
// have got it.
func (g game) allAnswered() bool {
	return g.Round != nil && g.Round.Reached > 0 && len(g.Answered[string(g.Round.open().ID)]) >= g.Round.Reached
}

// goOn is what follows when a question was closed: the next one, or the result of the
// round for all who played and those who see the answers.
func (q quiz) goOn(e chat.Event, g *game, closed string) []chat.Message {
	r := g.Round
	switch {
	case r == nil || string(r.open().ID) != closed:
		return nil
	case r.At+1 < len(r.Questions):
		return q.askNext(e, g, r.At+1)
	}
	g.Round = nil
	return r.To.Or(q.Tell).Say("Round %s is over.\n%s", oneLine(string(r.ID)), g.board(q.Places))
}

// worth is how many points a right answer gets that comes at a time. The bonus for
// speed is whole at once and melts away until the question closes.
func (q quiz) worth(g game, id string, at time.Time) int {
	if g.Round == nil || string(g.Round.open().ID) != id {
		return q.Points
	}
	points, each := q.Points, time.Duration(g.Round.Each)
	if own := g.Round.open().Points; own != nil {
		points = *own
	}
	left := min(max(each-at.Sub(g.Round.Began), 0), each)
	return points + int(int64(q.Bonus)*int64(left)/int64(each))
}
