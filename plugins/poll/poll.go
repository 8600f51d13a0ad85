// Package poll is a plugin that asks a group something and counts the votes, which
// nobody sees.
//
// What people see: those who are asked see the question and its choices. Whoever votes
// sees a private confirmation, and can vote again until the poll closes; only the last
// vote counts. When it closes, by itself or early, those whom the asker chose see how
// many votes each choice has: the asker alone, the owner and the admins, or all who were
// asked. Nobody sees who voted for what; so of one or two votes the result does not say
// for what they were.
//
// What members write:
//
//	/poll "Where do we eat?" "the harbour" market   asks, if they may; botd asks back who is to see the result
//	/vote 2                                         or the words of the choice: /vote market
//	/close                                          closes the poll now; for those who may ask
//
// A trigger with message: wants hold: true for this, or else relay: true: what comes of a
// message that others could see goes to its sender alone, and a poll to all who are asked.
//
// Its triggers, for other systems:
//
//	ask    {"question": "…", "choices": ["…", "…"], "to": {"roles": ["member"]}, "result": {"roles": ["admin"]}, "open": "2h"}
//	vote   {"choice": 2}, by the event's sender
//	close
//
// One poll is open in a group at a time.
package poll

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/plugins"
)

// Options are what an operator can set.
type Options struct {
	Askers []chat.Role      `json:"askers" required:"true" about:"Who may ask and close, by the role they have then."`
	To     chat.Audience    `json:"to" required:"true" about:"Who is asked, where the trigger does not say."`
	Open   plugins.Duration `json:"open" min:"1m" max:"720h" about:"How long a poll is open, where the trigger does not say."`
	Least  int              `json:"least" min:"1" max:"100" about:"With fewer votes than this the result does not say for what they were, since that would show who voted so."`
}

// Defaults sets what holds when nothing is said.
func (o *Options) Defaults() {
	o.Askers, o.To, o.Open, o.Least = chat.Admins.Roles, chat.Everyone, plugins.Duration(time.Hour), 3
}

// Validate reports roles that are none, and an audience that a vote cannot be held
// against.
func (o Options) Validate() error {
	for _, r := range o.Askers {
		if err := r.Validate(); err != nil {
			return fmt.Errorf("askers: %w", err)
		}
	}
	return checkAsked(o.To)
}

// Plugin is the poll.
var Plugin = plugins.Define("poll", "1.1.0", func(o Options) (plugins.Handler, error) {
	p := poller{o}
	m := plugins.NewMux()
	plugins.Command(m, "/poll <question> <choices...>", p.draft).About("Asks the group.").For(o.Askers...)
	plugins.Command(m, "/vote <choice...>", p.vote).About("Votes in the poll that is open, by the number of the choice or its words.")
	plugins.Command(m, "/close", p.closeNow).About("Closes the poll.").For(o.Askers...)
	plugins.OnStep(m, whoSees, p.chosen)
	plugins.On(m, "ask", p.asked)
	plugins.On(m, "vote", p.voted)
	plugins.On(m, "close", p.closeNow)
	plugins.OnTimer(m, closing, p.closed)
	return m, nil
})

var (
	whoSees = plugins.NewStep[draft]("who-sees")
	closing = plugins.NewTimer[closes]("closing")
)

// closes is what the timer brings.
type closes struct {
	Asked chat.EventID `json:"asked"` // of the poll that is meant
}

type poller struct{ Options }

// draft keeps a poll until its asker says who is to see the result.
func (p poller) draft(_ context.Context, e chat.Event, d draft) ([]chat.Message, error) {
	if current.Get(e.State).isOpen() {
		return chat.Sender.Say("%s", another), nil
	}
	return whoSees.Ask(e, d, "Who is to see the result? Write me, admins, or all: those who are asked."), nil
}

const another = "Another poll is open. Write /close to end it, or wait until it closes."

// chosen opens the poll whose asker has said who is to see the result.
func (p poller) chosen(_ context.Context, e chat.Event, d draft) ([]chat.Message, error) {
	if !slices.Contains(p.Askers, e.Sender.Role) {
		return chat.Sender.Say("You may not ask any more. Nobody was asked."), nil
	}
	result, ok := d.result(e.Text, e.Sender.ID, p.To)
	if !ok {
		return whoSees.Ask(e, d, "That is none of them. Write me, admins or all; or a command, to ask nothing."), nil
	}
	if current.Get(e.State).isOpen() {
		return chat.Sender.Say("%s", another), nil
	}
	return p.open(e, poll{draft: d, To: p.To, Result: result}, time.Duration(p.Open))
}

// asked opens the poll that another system asks.
func (p poller) asked(_ context.Context, e chat.Event, a ask) ([]chat.Message, error) {
	if e.Sender != nil && !slices.Contains(p.Askers, e.Sender.Role) {
		return chat.Sender.Say("You may not ask here. Nobody was asked."), nil
	}
	if current.Get(e.State).isOpen() {
		return nil, plugins.Permanent(errors.New("another poll is open; close it first, by the trigger close"))
	}
	asked := poll{draft: a.draft, To: p.To, Result: chat.Admins}
	if a.To != nil {
		asked.To = *a.To
	}
	if a.Result != nil {
		asked.Result = a.Result.Bind(senderOf(e))
	}
	if asked.Result.IsNobody() {
		return nil, plugins.Permanent(errors.New("result: it is for the asker, and the event has no sender; give the trigger a sender: expression"))
	}
	open := p.Open
	if a.Open > 0 {
		open = a.Open
	}
	return p.open(e, asked, time.Duration(open))
}

func (p poller) open(e chat.Event, asked poll, open time.Duration) ([]chat.Message, error) {
	asked.Asked = e.ID
	asked.To = asked.To.Bind(senderOf(e)) // whoever votes is another sender
	closing.Set(e, open, closes{e.ID})
	if !asked.keep(e.State) {
		return nil, plugins.Permanent(errors.New("the poll is too long to be remembered"))
	}
	return chat.Expire(e.Time.Add(open), asked.To.Say("%s", asked.ballot())), nil
}

func (p poller) vote(_ context.Context, e chat.Event, v vote) ([]chat.Message, error) {
	asked := current.Get(e.State)
	n, ok := asked.find(v.Choice)
	switch {
	case !asked.isOpen(), !asks(asked.To, *e.Sender):
		return chat.Sender.Say("There is no poll here in which you can vote."), nil
	case !ok:
		return chat.Sender.Say("%s is none of the choices. Your vote has not changed.\n%s", plugins.OneLine(v.Choice, 40), asked.ballot()), nil
	}
	asked.vote(e.Sender.ID, n)
	if !asked.keep(e.State) {
		return chat.Sender.Say("There is no room for more votes. Yours was not counted."), nil
	}
	return chat.Sender.Say("You voted for %s. You can change that until the poll closes.", asked.choice(n)), nil
}

// voted is a vote that another system passes on.
func (p poller) voted(ctx context.Context, e chat.Event, v given) ([]chat.Message, error) {
	if e.Sender == nil {
		return nil, plugins.Permanent(errors.New("who voted? The event has no sender; give the trigger a sender: expression"))
	}
	return p.vote(ctx, e, vote{string(v.Choice)})
}

// closeNow closes the poll early.
func (p poller) closeNow(_ context.Context, e chat.Event, _ struct{}) ([]chat.Message, error) {
	asked := current.Get(e.State)
	switch {
	case e.Sender != nil && (!asked.isOpen() || !slices.Contains(p.Askers, e.Sender.Role)):
		return chat.Sender.Say("There is no poll here that you can close."), nil
	case !asked.isOpen():
		return nil, nil
	}
	closing.Cancel(e)
	current.Delete(e.State)
	result := asked.Result.Say("%s", asked.count(p.Least))
	if e.Sender == nil {
		return result, nil
	}
	return append(result, chat.Sender.Say("You closed the poll: %s", oneLine(asked.Question))...), nil
}

// closed is the end of a poll by itself, unless it was closed and another was asked just
// before.
func (p poller) closed(_ context.Context, e chat.Event, c closes) ([]chat.Message, error) {
	asked := current.Get(e.State)
	if !asked.isOpen() || asked.Asked != c.Asked {
		return nil, nil
	}
	current.Delete(e.State)
	return asked.Result.Say("%s", asked.count(p.Least)), nil
}

func senderOf(e chat.Event) chat.UserID {
	if e.Sender == nil {
		return ""
	}
	return e.Sender.ID
}
