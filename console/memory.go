package console

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/openapi"
)

// Remembered is what a bot remembers of a group, or of one member there.
type Remembered struct {
	chat.Memory
	Keys    []RememberedKey `json:"keys"`
	Bytes   int             `json:"bytes"`            // of JSON, in all
	Most    int             `json:"most"`             // bytes that it may have
	Expires time.Time       `json:"expires,omitzero"` // of a session: when it is forgotten, unless it is changed
	// Sessions are of whom the bot remembers something in the group; of a group only.
	Sessions []chat.SessionRecord `json:"sessions,omitempty"`
	// State is what is remembered, an object of values by their keys; only when it was
	// asked for.
	State json.RawMessage `json:"state,omitempty"`
}

// RememberedKey is what of a bot's memory can be told without its content.
type RememberedKey struct {
	Key   string `json:"key"`
	Bytes int    `json:"bytes"` // of JSON
}

// Rememberer knows what bots remember, and changes it. Errors are ErrNotFound for a
// bot, a group or a key that is not there, ErrConflict while an event of the bot and
// group is being handled, and ErrUnfit for more than a bot may keep.
type Rememberer interface {
	// Remembered takes an empty group for the only one that the bot has.
	Remembered(ctx context.Context, m chat.Memory, show bool) (Remembered, error)
	Remember(ctx context.Context, m chat.Memory, key string, value json.RawMessage, by chat.By) (Done, error)
	// Forget takes an empty key for all keys.
	Forget(ctx context.Context, m chat.Memory, key string, by chat.By) (Done, error)
}

func memories(o Rememberer) []route {
	const beingHandled = "An event of this bot and group is being handled, and went on being so for some seconds."
	return []route{
		{"GET", "/v1/bots/:bot/state", remembered(o), openapi.Operation{
			Does: "Says what a bot remembers of a group, or of one member there", Tag: aboutBots,
			Params: []openapi.Param{botInPath,
				{In: openapi.Query, Name: "group", Is: "", About: "Which of its groups; may be left out if there is one."},
				{In: openapi.Query, Name: "user", Is: "", About: "The member whose session it is; left out, it is what is remembered of the group."},
				{In: openapi.Query, Name: "show_text", Is: false, About: "And what is remembered, which is content, too."}},
			Answers: gives("Its keys, and of whom there are sessions.", Remembered{}),
			Fails:   map[int]string{http.StatusNotFound: "There is no such bot, or it has no such group."},
		}},
		{"POST", "/v1/bots/:bot/state/set", remember(o), openapi.Operation{
			Does: "Has a bot remember a value under a key", Tag: aboutBots, Params: []openapi.Param{botInPath},
			Body:    needs(map[string]any{"group": "@TGS#2QUIZROOM1", "key": "done", "value": []string{"carol"}}, "group", "user", "key", "value"),
			Answers: gives("It is remembered, for the next event that is handled.", Done{}),
			Fails: map[int]string{http.StatusNotFound: "There is no such bot, or it has no such group.", http.StatusConflict: beingHandled,
				http.StatusUnprocessableEntity: "It is more than a bot may keep."},
		}},
		{"POST", "/v1/bots/:bot/state/drop", forget(o), openapi.Operation{
			Does: "Has a bot forget a key, or all that it remembers", Tag: aboutBots, Params: []openapi.Param{botInPath},
			Body:    needs(map[string]any{"group": "@TGS#2QUIZROOM1", "key": "done"}, "group", "user", "key", "all"),
			Answers: gives("It is forgotten.", Done{}),
			Fails:   map[int]string{http.StatusNotFound: "There is no such bot, it has no such group, or it remembers nothing under that key.", http.StatusConflict: beingHandled},
		}},
	}
}

func remembered(o Rememberer) echo.HandlerFunc {
	return func(c echo.Context) error {
		m := chat.Memory{Bot: chat.BotName(c.Param("bot")), Group: chat.GroupID(c.QueryParam("group")), User: chat.UserID(c.QueryParam("user"))}
		show := c.QueryParam("show_text")
		if err := known("show_text", show, "true", "false"); err != nil {
			return err
		}
		r, err := o.Remembered(c.Request().Context(), m, show == "true")
		if err != nil {
			return err
		}
		return c.JSON(http.StatusOK, r)
	}
}

// memory is what an order is about.
func (o Order) memory(c echo.Context) chat.Memory {
	return chat.Memory{Bot: chat.BotName(c.Param("bot")), Group: o.Group, User: o.User}
}

func remember(o Rememberer) echo.HandlerFunc {
	return func(c echo.Context) error {
		in, by, err := order(c)
		switch {
		case err != nil:
			return err
		case in.Key == "" || len(in.Value) == 0:
			return fail(http.StatusBadRequest, "say under which key, and what: {\"key\":\"done\",\"value\":[\"carol\"]}")
		}
		d, err := o.Remember(c.Request().Context(), in.memory(c), in.Key, in.Value, by)
		return done(c, d, err)
	}
}

func forget(o Rememberer) echo.HandlerFunc {
	return func(c echo.Context) error {
		in, by, err := order(c)
		switch {
		case err != nil:
			return err
		case in.All == (in.Key != ""):
			return fail(http.StatusBadRequest, "say what is to be forgotten: a key, or all")
		}
		d, err := o.Forget(c.Request().Context(), in.memory(c), in.Key, by)
		return done(c, d, err)
	}
}
