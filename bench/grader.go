package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/plugins"
)

// The plugin whose calls are measured tells the admins of a failed answer. It is
// there twice: one names the audience, the other looks them up among the members.
var graders = map[bool]plugins.Plugin{
	false: grader("grader", func(chat.Event) chat.Audience { return chat.Admins }),
	true:  grader("grader-members", adminsAmong).With(plugins.Members),
}

type graded struct {
	User  chat.UserID `json:"user"`
	Score int         `json:"score"`
	Total int         `json:"total"`
}

func grader(name string, whom func(chat.Event) chat.Audience) plugins.Plugin {
	return plugins.Define(name, "1.0.0", func(struct{}) (plugins.Handler, error) {
		m := plugins.NewMux()
		plugins.On(m, "answers", func(_ context.Context, e chat.Event, a graded) ([]chat.Message, error) {
			if a.Score*100 >= a.Total*60 {
				return nil, nil
			}
			return whom(e).Say("%s failed: %d/%d", a.User, a.Score, a.Total), nil
		})
		return m, nil
	})
}

func adminsAmong(e chat.Event) chat.Audience {
	var a chat.Audience
	for _, m := range e.Members {
		if m.Role != chat.Normal {
			a.Users = append(a.Users, m.ID)
		}
	}
	return a
}

// theRules say the same as the grader.
const theRules = `{"rules": [{"on": "answers", "when": "payload.score * 100 < payload.total * 60", "to": "admin",
	"say": "{{ payload.user }} failed: {{ payload.score }}/{{ payload.total }}"}]}`

// theEvent is one of 1 KB, in a group of 200.
func theEvent() chat.EventWork {
	payload := fmt.Sprintf(`{"user": "cy", "score": 3, "total": 10, "quiz": "Fractions", "comment": %q}`, strings.Repeat("word ", 180))
	at := time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)
	return chat.EventWork{
		Event: chat.EventRecord{ID: 17, App: "main", Bot: "bench", Trigger: "answers", Kind: chat.Webhook, Group: theGroup, Payload: json.RawMessage(payload), Time: at, Accepted: at, Attempts: 1},
		State: chat.State{"done": json.RawMessage(`["ann","bo","dee"]`)},
	}
}

const theGroup = "@TGS#2BENCH"

// group is a directory that knows one group of 200, three of whom are admins.
type group chat.Membership

func newGroup() group {
	g := group{Group: theGroup}
	for i := range 200 {
		role := chat.Normal
		if i < 3 {
			role = []chat.Role{chat.Owner, chat.Admin, chat.Admin}[i]
		}
		g.Members = append(g.Members, chat.Member{ID: chat.UserID(fmt.Sprintf("user-%05d", i)), Role: role, Name: fmt.Sprintf("Member %d", i)})
	}
	return g
}

func (g group) Read(context.Context, chat.GroupID, time.Duration, ...chat.Fact) (chat.Membership, error) {
	return chat.Membership(g), nil
}
