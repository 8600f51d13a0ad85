package console

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/botd-chat/botd/chat"
)

const (
	defaultPage = 50
	maxPage     = 500
)

// known refuses a word that a filter does not know: a misspelt one would pick
// nothing, and that reads as if there were nothing.
func known[T ~string](what string, given T, have ...T) error {
	if given == "" || slices.Contains(have, given) {
		return nil
	}
	names := make([]string, len(have))
	for i, h := range have {
		names[i] = string(h)
	}
	return fail(http.StatusBadRequest, fmt.Sprintf("no %s %.40q; have %s", what, given, strings.Join(names, ", ")))
}

// ends are the outcomes of events and messages that a filter may ask for.
var ends = []chat.Outcome{chat.Handled, chat.Sent, chat.Partly, chat.Nobody, chat.Dropped, chat.Expired, chat.Refused, chat.Failed, chat.Surged,
	chat.Drafted, chat.Lapsed, chat.Unknown, chat.Retried, chat.Voided}

// endsOfEvents are those of events alone.
var endsOfEvents = []chat.Outcome{chat.Handled, chat.Dropped, chat.Expired, chat.Refused, chat.Failed, chat.Retried, chat.Voided}

// pageSize is how many things a page is to have.
func pageSize(c echo.Context) (int, error) { return howMany(c, "limit", defaultPage, maxPage) }

// howMany reads a parameter that is a number from 1.
func howMany(c echo.Context, name string, standard, most int) (int, error) {
	s := c.QueryParam(name)
	if s == "" {
		return standard, nil
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 || n > most {
		return 0, fail(http.StatusBadRequest, fmt.Sprintf("%s is a number from 1 to %d", name, most))
	}
	return n, nil
}

// instant reads a parameter that is a time; zero when it is not given.
func instant(c echo.Context, name string) (time.Time, error) {
	s := c.QueryParam(name)
	if s == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return t, fail(http.StatusBadRequest, name+" is a time such as 2026-03-04T09:00:00Z")
	}
	return t, nil
}

// yesOrNo reads a parameter that is true or false; false when it is not given.
func yesOrNo(c echo.Context, name string) (bool, error) {
	switch s := c.QueryParam(name); s {
	case "", "false":
		return false, nil
	case "true":
		return true, nil
	default:
		return false, fail(http.StatusBadRequest, fmt.Sprintf("%s: %.40q is neither true nor false", name, s))
	}
}
