package console

import (
	"context"
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/openapi"
	"github.com/botd-chat/botd/problem"
)

// Reloader is what the console asks for to take up another configuration.
type Reloader interface {
	// Reload puts what the configuration's file says now in place of what runs,
	// whole or not at all. What is wrong with it is [*Unusable].
	Reload(context.Context, chat.By) (Reloaded, error)
}

// Reloaded is what came of a reload.
type Reloaded struct {
	// Changed names what is different now, such as `bot "quiz" added`; never what
	// it was or has become.
	Changed  []string          `json:"changed"`
	Warnings []problem.Mistake `json:"warnings,omitempty"`
}

// Unusable says that a configuration was not taken up, and why. What ran before
// runs on as it was.
type Unusable struct{ Mistakes []problem.Mistake }

func (u *Unusable) Error() string {
	if len(u.Mistakes) == 1 {
		return "there is a mistake in the configuration; nothing was changed"
	}
	return fmt.Sprintf("there are %d mistakes in the configuration; nothing was changed", len(u.Mistakes))
}

func reloads(r Reloader) []route {
	return []route{{"POST", "/-/reload", reload(r), openapi.Operation{
		Does: "Reads the configuration again, and goes on with it", Tag: aboutProcess, Body: takes(),
		More:    "All of it takes effect or none. No request is refused or lost meanwhile, and what has begun ends as it began. The same is done by SIGHUP.",
		Answers: gives("What is different now.", Reloaded{}),
		Fails: map[int]string{
			http.StatusConflict:            "botd is stopping.",
			http.StatusUnprocessableEntity: "There are mistakes in it, which `mistakes` lists; nothing was changed.",
		},
	}}}
}

func reload(r Reloader) echo.HandlerFunc {
	return func(c echo.Context) error {
		_, by, err := order(c)
		if err != nil {
			return err
		}
		done, err := r.Reload(c.Request().Context(), by)
		if err != nil {
			return err
		}
		done.Changed = append([]string{}, done.Changed...) // [] and not null
		return c.JSON(http.StatusOK, done)
	}
}
