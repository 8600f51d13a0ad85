package plugins_test

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/plugins"
)

// Options of a plugin are a struct.
type welcomeOptions struct {
	Text string        `json:"text"`
	Tell chat.Audience `json:"tell"`
}

// Defaults hold where the operator says nothing.
func (o *welcomeOptions) Defaults() { o.Text, o.Tell = "Welcome", chat.Admins }

func Example() {
	type joined struct {
		User chat.UserID `json:"user"`
	}
	const seen = chat.Key[int]("seen")

	welcome := plugins.Define("welcome", "1.0.0", func(o welcomeOptions) (plugins.Handler, error) {
		m := plugins.NewMux()
		plugins.On(m, "joined", func(_ context.Context, e chat.Event, j joined) ([]chat.Message, error) {
			seen.Set(e.State, seen.Get(e.State)+1)
			return append(
				chat.Users(j.User).Say("%s, %s!", o.Text, j.User),
				o.Tell.Say("%d have joined, the last was %s.", seen.Get(e.State), j.User)...), nil
		})
		return m, nil
	})

	handler, err := welcome.New(json.RawMessage(`{"text": "Hello"}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	messages, err := handler.Handle(context.Background(), chat.Event{
		Name: "joined", Payload: json.RawMessage(`{"user": "cy"}`), State: chat.State{},
	})
	for _, m := range messages {
		fmt.Println(m.To.Users, m.To.Roles, m.Text)
	}
	fmt.Println(err)
	fmt.Println(welcome.Check(json.RawMessage(`{"txt": "Hello"}`)))
	// Output:
	// [cy] [] Hello, cy!
	// [] [owner admin] 1 have joined, the last was cy.
	// <nil>
	// txt: unknown name; did you mean text? have tell, text
}
