package quiz

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/plugins"
)

// ask is the payload of the trigger ask.
type ask struct {
	ID     word          `json:"id"`
	Text   string        `json:"text"`
	Answer word          `json:"answer"` // the right one; empty: answers get no points
	To     chat.Audience `json:"to"`     // of whom it is asked
	// Closes is how long answers count; zero is until the quiz is finished.
	Closes plugins.Duration `json:"closes"`
}

// Validate reports a question that cannot be asked.
func (a ask) Validate() error {
	if err := a.To.Validate(); err != nil {
		return fmt.Errorf("to: of whom is the question asked? %w", err)
	}
	if strings.TrimSpace(a.Text) == "" {
		return errors.New("text: the question is missing")
	}
	if d := time.Duration(a.Closes); d != 0 && (d < chat.MinTimer || d > chat.MaxTimer) {
		return fmt.Errorf("closes: %v; a question can be open for %v to %v", d, chat.MinTimer, chat.MaxTimer)
	}
	return a.ID.validate("id")
}

// given is the payload of the trigger answers.
type given struct {
	User     chat.UserID `json:"user"` // used if the event has no sender
	Question word        `json:"question"`
	Answer   word        `json:"answer"`
	Correct  *bool       `json:"correct"` // decides, if it is there
}

// Validate reports an answer that cannot be counted.
func (g given) Validate() error {
	if strings.TrimSpace(string(g.Answer)) == "" {
		return errors.New("answer: is missing")
	}
	return g.Question.validate("question")
}

// word is a text that may come as a number, or as true or false.
type word string

// maxID is the longest id of a question in bytes: all of them are remembered.
const maxID = 64

func (w word) validate(name string) error {
	switch {
	case oneLine(string(w)) == "":
		return fmt.Errorf("%s: is missing", name)
	case len(w) > maxID:
		return fmt.Errorf("%s: has %d bytes; at most %d do", name, len(w), maxID)
	}
	return nil
}

// UnmarshalJSON reads a string, a number, true or false.
func (w *word) UnmarshalJSON(b []byte) error {
	switch b[0] {
	case '"':
		return json.Unmarshal(b, (*string)(w))
	case '{':
		return &json.UnmarshalTypeError{Value: "object", Type: reflect.TypeFor[string]()}
	case '[':
		return &json.UnmarshalTypeError{Value: "array", Type: reflect.TypeFor[string]()}
	case 'n':
		return nil // null is as if it were left out
	}
	*w = word(b)
	return nil
}

// maxShown is how many characters of an answer are shown.
const maxShown = 300

// oneLine is a text of somebody's as we show it.
func oneLine(s string) string { return plugins.OneLine(s, maxShown) }
