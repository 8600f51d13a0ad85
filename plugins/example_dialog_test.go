package plugins_test

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/plugins"
)

// extension is what /extend brings, word by word.
type extension struct {
	Days int    `json:"days" min:"1" max:"90"`
	Why  string `json:"why"`
}

// writes hands what a member writes to a handler and prints what is answered, and to
// whom. The event of botd has all of that in it.
func writes(h plugins.Handler, session chat.State, who chat.Member, text string) {
	messages, err := h.Handle(context.Background(), chat.Event{
		Kind: chat.Typed, Name: "typed", Time: time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC),
		Sender: &who, Text: text, State: chat.State{}, Session: session,
	})
	for _, m := range messages {
		to, _ := json.Marshal(m.To.Bind(who.ID))
		fmt.Printf("%s %s\n", to, m.Text)
	}
	if err != nil {
		fmt.Println(err)
	}
}

func ExampleCommand() {
	m := plugins.NewMux()
	plugins.Command(m, "/extend <days> [why...]", func(_ context.Context, e chat.Event, x extension) ([]chat.Message, error) {
		return chat.Admins.Say("%s asks for %d days: %s", e.Sender.ID, x.Days, x.Why), nil
	}).About("Asks for more days.")
	plugins.Command(m, "/grades", func(context.Context, chat.Event, struct{}) ([]chat.Message, error) {
		return chat.Sender.Say("Nobody has one yet."), nil
	}).For(chat.Owner, chat.Admin)

	bo := chat.Member{ID: "bo", Role: chat.Normal}
	writes(m, nil, bo, "/extend 3 it rains")
	writes(m, nil, bo, "/extend three")
	writes(m, nil, bo, "/grades")
	writes(m, nil, bo, "/help")
	// Output:
	// {"roles":["owner","admin"]} bo asks for 3 days: it rains
	// {"users":["bo"]} days: want a whole number, not "three"
	// Usage: /extend <days> [why...]
	// {"users":["bo"]} There is no command /grades. Write /help to see what there is.
	// {"users":["bo"]} You can write:
	// /extend <days> [why...] - Asks for more days.
}

var sure = plugins.NewStep[extension]("sure")

// A question and its answer are two events. What is between them is kept in the session
// of the member who is asked.
func ExampleStep() {
	m := plugins.NewMux()
	plugins.Command(m, "/extend <days> [why...]", func(_ context.Context, e chat.Event, x extension) ([]chat.Message, error) {
		return sure.Ask(e, x, "%d days is long. Sure?", x.Days), nil
	})
	plugins.OnStep(m, sure, func(_ context.Context, e chat.Event, x extension) ([]chat.Message, error) {
		if e.Text != "yes" {
			return chat.Sender.Say("Then not."), nil
		}
		return chat.Admins.Say("%s asks for %d days.", e.Sender.ID, x.Days), nil
	})

	session, bo := chat.State{}, chat.Member{ID: "bo", Role: chat.Normal}
	writes(m, session, bo, "/extend 30")
	writes(m, session, bo, "yes")
	writes(m, session, bo, "yes") // nobody asked
	// Output:
	// {"users":["bo"]} 30 days is long. Sure?
	// {"roles":["owner","admin"]} bo asks for 30 days.
}

var decide = plugins.NewStep[extension]("decide").For(chat.Owner, chat.Admin)

// A question to a role is answered by the first who has it and writes something.
func ExampleStep_For() {
	m := plugins.NewMux()
	plugins.OnStep(m, decide, func(_ context.Context, e chat.Event, x extension) ([]chat.Message, error) {
		return chat.Admins.Say("%s says %s to %d days.", e.Sender.ID, e.Text, x.Days), nil
	})
	e := chat.Event{State: chat.State{}, Session: chat.State{}, Sender: &chat.Member{ID: "ann", Role: chat.Owner}}
	for _, message := range decide.Ask(e, extension{Days: 30}, "30 days for bo?") {
		fmt.Println(message.To.Roles, message.Text)
	}
	e.Kind, e.Text = chat.Typed, "no"
	messages, err := m.Handle(context.Background(), e)
	fmt.Println(messages[0].Text, err)
	// Output:
	// [owner admin] 30 days for bo?
	// ann says no to 30 days. <nil>
}

type alert struct {
	Name string `json:"name"`
}

var reached = plugins.NewReport[alert]("reached")

// What became of a message comes as another event: here, nobody is left who could see it.
func ExampleReport() {
	m := plugins.NewMux()
	plugins.On(m, "alerts", func(_ context.Context, _ chat.Event, a alert) ([]chat.Message, error) {
		return reached.Of(chat.Users("bo").Say("%s fires.", a.Name), a), nil
	})
	plugins.OnReport(m, reached, func(_ context.Context, _ chat.Event, end chat.Ending, a alert) ([]chat.Message, error) {
		if end.Reached > 0 {
			return nil, nil
		}
		return chat.Admins.Say("%s fires, and nobody on call could be told: %s.", a.Name, end.Outcome), nil
	})
	messages, _ := m.Handle(context.Background(), chat.Event{Kind: chat.Webhook, Name: "alerts", Payload: json.RawMessage(`{"name":"DiskFull"}`)})
	asked := messages[0].Report
	fmt.Println(messages[0].Text, asked.Name, string(asked.Data))

	// The host does this, when the message has ended.
	payload, _ := json.Marshal(chat.Ending{Message: 1, Status: chat.Done, Outcome: chat.Nobody, Data: asked.Data})
	messages, _ = m.Handle(context.Background(), chat.Event{Kind: chat.Reported, Name: asked.Name, Payload: payload})
	fmt.Println(messages[0].Text)
	// Output:
	// DiskFull fires. reached {"name":"DiskFull"}
	// DiskFull fires, and nobody on call could be told: nobody.
}

// A secret is told by one method and printed by none. In bots.yaml it says where it is:
//
//	options:
//	  token: {file: secrets/lookup}
func ExampleSecret() {
	type options struct {
		Token plugins.Secret `json:"token" required:"true" about:"What the directory of students takes."`
	}
	lookup := plugins.Define("lookup", "1.0.0", func(o options) (plugins.Handler, error) {
		fmt.Println(o, len(o.Token.Reveal()))
		return plugins.NewMux(), nil
	})
	fmt.Println(lookup.Check(json.RawMessage(`{}`)))
	fmt.Println(lookup.Check(json.RawMessage(`{"token": "5ecr3t"}`)))
	// Output:
	// token: is missing
	// {***} 6
	// <nil>
}
