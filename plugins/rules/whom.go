package rules

import (
	"encoding/json"
	"errors"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/expression"
	"github.com/botd-chat/botd/plugins"
)

// audience is whom a rule is for: one that is written out, or an expression that
// is asked of each member.
type audience struct {
	fixed chat.Audience
	where string // empty: fixed
}

// ask reads an expression as an audience.
func ask(source string, have members) (audience, error) {
	a := audience{where: source}
	if source == "" {
		return a, errors.New("is empty; all that the bot can reach is to: member")
	}
	if err := expression.CheckSettled(source, known, expression.OfMember); err != nil {
		return a, err
	}
	return a, have.misspelt(source)
}

// fixed reads an audience that is written out. It is read as options are, since
// passing over a misspelt "except" would widen it.
func fixed(raw json.RawMessage) (a audience, err error) {
	if err := plugins.Exactly(raw, &a.fixed); err != nil {
		return a, err
	}
	return a, a.fixed.Validate()
}

// of is the audience for one event. What the expression says of the event is worked
// out here, and what it says of a member is left for the moment of sending.
func (a audience) of(now values) (chat.Audience, error) {
	if a.where == "" {
		return a.fixed, nil
	}
	where, err := expression.Settle(a.where, now, expression.OfMember)
	if err != nil {
		return chat.Audience{}, err
	}
	if _, err := expression.CompileMember(where); err != nil {
		// Its words would repeat what came from the payload.
		return chat.Audience{}, errors.New("what is left of it cannot be asked of each member; a list in it is too long, or a value is not of the kind that it should be")
	}
	return chat.Audience{Everyone: true, Where: where}, nil
}
