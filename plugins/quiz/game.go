package quiz

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/plugins"
)

// game is what is remembered between two finishes.
type game struct {
	Right    map[string]string        `json:"right,omitempty"`    // by question: its right answer
	Answered map[string][]chat.UserID `json:"answered,omitempty"` // by question: whose answer was counted, sorted
	Scores   map[chat.UserID]int      `json:"scores,omitempty"`
	Open     map[string]chat.EventID  `json:"open,omitempty"`   // by question that closes by itself: the event that asked it
	Closed   map[string]bool          `json:"closed,omitempty"` // by question: answers do not count any more
	Round    *running                 `json:"round,omitempty"`  // nil: none is being played
}

// grade is what an answer was worth.
type grade int

const (
	ungraded grade = iota // nobody told us the right answer
	correct
	incorrect
	repeated // an answer of this member was counted before
)

// ask remembers the right answer. A question that is asked again, of others
// say, keeps the answers it has.
func (g *game) ask(id, right string) {
	if g.Right == nil {
		g.Right = map[string]string{}
	}
	g.Right[id] = right
}

// knows reports whether a question was asked here, and not elsewhere.
func (g game) knows(id string) bool {
	_, asked := g.Right[id]
	return asked
}

// answer counts an answer, the first of each member to each question.
func (g *game) answer(user chat.UserID, a given, points int) grade {
	id := string(a.Question)
	i, found := slices.BinarySearch(g.Answered[id], user)
	if found {
		return repeated
	}
	if g.Answered == nil {
		g.Answered = map[string][]chat.UserID{}
	}
	g.Answered[id] = slices.Insert(g.Answered[id], i, user)
	graded := g.grade(a)
	if graded == correct {
		if g.Scores == nil {
			g.Scores = map[chat.UserID]int{}
		}
		g.Scores[user] += points
	}
	return graded
}

// grade compares an answer with the right one, however it is spaced and
// capitalised, unless the payload says what it is worth.
func (g game) grade(a given) grade {
	right := g.Right[string(a.Question)]
	switch {
	case a.Correct != nil && *a.Correct:
		return correct
	case a.Correct != nil:
		return incorrect
	case right == "":
		return ungraded
	case strings.EqualFold(oneLine(right), oneLine(string(a.Answer))):
		return correct
	}
	return incorrect
}

// board is the score board: those with most points, equal ones at the same
// place and in order of their names.
func (g game) board(places int) string {
	if len(g.Scores) == 0 {
		return "Score board: nobody has points yet."
	}
	users := slices.SortedFunc(maps.Keys(g.Scores), func(a, b chat.UserID) int {
		return cmp.Or(cmp.Compare(g.Scores[b], g.Scores[a]), cmp.Compare(a, b))
	})
	text := "Score board:"
	place := 0
	for i, u := range users {
		if i == places {
			return fmt.Sprintf("%s\n… and %d more", text, len(users)-i)
		}
		if i == 0 || g.Scores[u] != g.Scores[users[i-1]] {
			place = i + 1
		}
		text += fmt.Sprintf("\n%d. %s: %s", place, u, points(g.Scores[u]))
	}
	return text
}

func points(n int) string {
	if n == 1 {
		return "1 point"
	}
	return fmt.Sprintf("%d points", n)
}

// keep remembers the game, unless it has become too big for that, with what is still to
// come of the questions that are open or wait: those must be able to close.
func keep(s chat.State, g game) error {
	if !g.fits(s) {
		return plugins.Permanent(errors.New(full))
	}
	played.Set(s, g)
	return nil
}

const full = "the quiz has more answers than can be remembered; let the trigger finish end it, and begin anew"

// fits reports whether there is room for the game in a state, and for what is to come.
func (g game) fits(s chat.State) bool {
	with := maps.Clone(s)
	played.Set(with, g)
	raw, err := json.Marshal(with)
	return err == nil && len(raw)+g.toCome() <= chat.MaxState
}

// toCome is how many bytes at most the questions that are open and those of the round
// that wait will add by being asked and closed.
func (g game) toCome() int {
	const marks = 128 // of JSON: names of fields, numbers and times that grow
	n := marks
	for id := range g.Open {
		n += length(id) + len(":true,")
	}
	if g.Round != nil {
		for _, q := range g.Round.Questions[g.Round.At:] {
			n += 3*length(string(q.ID)) + length(string(q.Answer)) + marks
		}
	}
	return n
}

// length is that of a text in JSON.
func length(s string) int {
	raw, _ := json.Marshal(s) //nolint:errchkjson // a text can be
	return len(raw)
}
