package poll

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/plugins"
)

// draft is a question with its choices.
type draft struct {
	Question string   `json:"question" required:"true" max:"500"`
	Choices  []string `json:"choices" min:"2" max:"20"`
}

// Validate reports choices that cannot be told apart.
func (d draft) Validate() error {
	for i, c := range d.Choices {
		switch {
		case strings.TrimSpace(c) == "":
			return fmt.Errorf("choices: number %d is empty", i+1)
		case len([]rune(c)) > 100:
			return fmt.Errorf("choices: number %d has more than 100 characters", i+1)
		case slices.ContainsFunc(d.Choices[:i], func(other string) bool { return same(c, other) }):
			return fmt.Errorf("choices: number %d is there twice", i+1)
		}
	}
	return nil
}

// same compares choices however they are spaced and capitalised, and whether in wide
// letters or narrow ones.
func same(a, b string) bool {
	return strings.EqualFold(oneLine(plugins.Narrow(a)), oneLine(plugins.Narrow(b)))
}

func oneLine(s string) string { return plugins.OneLine(s, 500) }

// result is who is to see the result, in the words of the asker.
func (d draft) result(text string, asker chat.UserID, to chat.Audience) (chat.Audience, bool) {
	switch strings.ToLower(strings.Trim(text, " .!\n")) {
	case "me":
		return chat.Users(asker), true
	case "admins":
		return chat.Admins, true
	case "all":
		return to.Bind(asker), true
	}
	return chat.Audience{}, false
}

// poll is a question that is open.
type poll struct {
	draft
	To     chat.Audience       `json:"to"`     // who is asked
	Result chat.Audience       `json:"result"` // who sees the result
	Asked  chat.EventID        `json:"asked"`  // the event that asked
	Votes  map[chat.UserID]int `json:"votes,omitempty"`
}

// current is where the open poll of a group is remembered.
const current = chat.Key[poll]("poll")

func (p poll) isOpen() bool { return p.Question != "" }

// find is the choice that is meant: by its number from 1, or by its words.
func (p poll) find(text string) (n int, ok bool) {
	n = slices.IndexFunc(p.Choices, func(c string) bool { return same(c, text) })
	if n >= 0 {
		return n, true
	}
	n, err := strconv.Atoi(strings.TrimSpace(plugins.Narrow(text)))
	return n - 1, err == nil && n >= 1 && n <= len(p.Choices)
}

// vote counts the last vote of a member.
func (p *poll) vote(user chat.UserID, n int) {
	if p.Votes == nil {
		p.Votes = map[chat.UserID]int{}
	}
	p.Votes[user] = n
}

func (p poll) choice(n int) string { return fmt.Sprintf("%d. %s", n+1, oneLine(p.Choices[n])) }

// ballot is the question as it is asked.
func (p poll) ballot() string {
	lines := []string{oneLine(p.Question)}
	for n := range p.Choices {
		lines = append(lines, p.choice(n))
	}
	return strings.Join(append(lines, "Vote by its number: /vote 1. Nobody sees who votes for what."), "\n")
}

// count is the result. With fewer votes than least it does not say for what they were:
// of one vote that would say what its voter thinks.
func (p poll) count(least int) string {
	counts := make([]int, len(p.Choices))
	for _, n := range p.Votes {
		counts[n]++
	}
	lines := []string{"The poll is closed: " + oneLine(p.Question)}
	if n := len(p.Votes); n > 0 && n < least {
		return fmt.Sprintf("%s\n%s: too few to say for what, since that would show who voted so.", lines[0], votes(n))
	}
	for n := range p.Choices {
		lines = append(lines, p.choice(n)+": "+votes(counts[n]))
	}
	return strings.Join(lines, "\n")
}

func votes(n int) string {
	if n == 1 {
		return "1 vote"
	}
	return fmt.Sprintf("%d votes", n)
}

// keep remembers the poll; false if it has become too big for that.
func (p poll) keep(s chat.State) bool {
	was := current.Get(s)
	current.Set(s, p)
	raw, err := json.Marshal(s)
	if err == nil && len(raw) <= chat.MaxState {
		return true
	}
	current.Set(s, was)
	return false
}

// vote is what a member writes.
type vote struct {
	Choice string `json:"choice" required:"true"`
}

// given is the payload of the trigger vote.
type given struct {
	Choice word `json:"choice" required:"true"`
}

// word is a text that may come as a number.
type word string

// UnmarshalJSON reads a string or a number.
func (w *word) UnmarshalJSON(raw []byte) error {
	var n json.Number
	if json.Unmarshal(raw, &n) == nil { // takes both, but of texts only those that are numbers
		*w = word(n)
		return nil
	}
	return json.Unmarshal(raw, (*string)(w))
}

// ask is the payload of the trigger ask.
type ask struct {
	draft
	To     *chat.Audience   `json:"to"`
	Result *chat.Audience   `json:"result"`
	Open   plugins.Duration `json:"open" min:"1m" max:"720h"`
}

// Validate reports a poll that cannot be asked.
func (a ask) Validate() error {
	errs := []error{a.draft.Validate()}
	if a.To != nil {
		errs = append(errs, checkAsked(*a.To))
	}
	if a.Result != nil {
		if err := a.Result.Validate(); err != nil {
			errs = append(errs, fmt.Errorf("result: %w", err))
		}
	}
	return errors.Join(errs...)
}
