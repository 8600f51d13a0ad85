package console

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/openapi"
)

// Selection picks many things to do something about. Zero fields pick all.
type Selection struct {
	Kind    string           `json:"kind,omitempty"` // event or message, of what waits for a person
	Bot     chat.BotName     `json:"bot,omitempty"`
	Group   chat.GroupID     `json:"group,omitempty"`
	Trigger chat.TriggerName `json:"trigger,omitempty"`
	Status  chat.Status      `json:"state,omitempty"`
	Outcome chat.Outcome     `json:"outcome,omitempty"`
	Because string           `json:"because,omitempty"` // is part of the reason, in whatever case
	// Of what waits for a person: since when it stands so. Of events: when they
	// were accepted.
	Since time.Time `json:"since,omitzero"`
	Until time.Time `json:"until,omitzero"` // before this
}

// UnmarshalJSON is strict: a field that is misspelt and passed over would pick
// more.
func (s *Selection) UnmarshalJSON(b []byte) error {
	type plain Selection
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	return d.Decode((*plain)(s))
}

// Tally is how many a selection picks. AsOf is that moment by botd's clock:
// given back with what is to be done, it keeps out what comes meanwhile.
type Tally struct {
	Events   int       `json:"events"`
	Messages int       `json:"messages"`
	AsOf     time.Time `json:"as_of"`
}

// Some says which of what a selection picks are to be acted on in one request,
// and how.
type Some struct {
	Selection
	AsOf   time.Time // only what stood so before; zero is now
	After  string    // the cursor of the request before; events come before messages, the oldest first
	Limit  int       // 1 to maxSome
	DryRun bool      // do nothing, and say what would come of each
	Resend bool      // a message also to those who may have got it
}

// Each is what came of one thing.
type Each struct {
	ID     string `json:"id"`
	Result string `json:"result"`           // done, skipped, failed, or dry run
	Made   string `json:"made,omitempty"`   // the id of what was made of it
	Reason string `json:"reason,omitempty"` // why not, or what is to be known
	// In a dry run: how many messages to how many people, who are counted once
	// for each message.
	Messages int `json:"messages,omitempty"`
	People   int `json:"people,omitempty"`
}

// The results. What is skipped does not stand any more as it did when it was
// picked, or cannot be acted on as it stands.
const (
	EachDone    = "done"
	EachSkipped = "skipped"
	EachFailed  = "failed"
	EachDry     = "dry run"
)

// ManyDone is the answer to one request about many.
type ManyDone struct {
	Each []Each `json:"each"`
	Next string `json:"next,omitempty"` // to be given as after; empty: there are no more
	// Stopped is why the rest of these was left as it is: something that would
	// go wrong with each.
	Stopped string `json:"stopped,omitempty"`
}

// Many is what the console asks for when a person acts on many things. Each act
// is one of its own, kept with who and why; what went wrong with one is told of
// that one.
type Many interface {
	CountLetters(context.Context, Selection) (Tally, error)
	CountEvents(context.Context, Selection) (Tally, error)
	RetryMany(context.Context, Some, chat.By) (ManyDone, error)
	DropMany(context.Context, Some, chat.By) (ManyDone, error)
	// ReplayMany has events handled again that have ended and were not handled
	// again before. What was made by that is not among them, so that to begin
	// anew after an interruption does nothing twice.
	ReplayMany(context.Context, Some, chat.By) (ManyDone, error)
}

func many(m Many) []route {
	picked := gives("How many there are, and by botd's clock when.", Tally{})
	did := gives("What came of each, and where to go on.", ManyDone{})
	unfit := map[int]string{http.StatusUnprocessableEntity: "The selection fits no events."}
	return []route{
		{"POST", "/v1/dead-letters/count", countMany(m, Many.CountLetters), openapi.Operation{
			Does: "Counts what a selection picks of what waits for a person", Tag: aboutWaiting, Body: selection(), Answers: picked,
		}},
		{"POST", "/v1/dead-letters/retry", actOnMany(m, Many.RetryMany), openapi.Operation{
			Does: "Tries again what a selection picks, a part at a time", Tag: aboutWaiting, Answers: did,
			More: "Messages are sent again, as new ones, to those who certainly did not get them; events are handled again.",
			Body: selection("resend", "dry_run", "as_of", "after", "limit"),
		}},
		{"POST", "/v1/dead-letters/drop", actOnMany(m, Many.DropMany), openapi.Operation{
			Does: "Gives up what a selection picks, a part at a time", Tag: aboutWaiting, Answers: did,
			Body: selection("dry_run", "as_of", "after", "limit"),
		}},
		{"POST", "/v1/events/count", countMany(m, Many.CountEvents), openapi.Operation{
			Does: "Counts the events that a selection picks", Tag: aboutEvents, Body: selection(), Answers: picked, Fails: unfit,
		}},
		{"POST", "/v1/events/replay", actOnMany(m, Many.ReplayMany), openapi.Operation{
			Does: "Has the events handled again that a selection picks, a part at a time", Tag: aboutEvents, Answers: did, Fails: unfit,
			Body: selection("dry_run", "as_of", "after", "limit"),
		}},
	}
}

// selection describes an order about what is picked.
func selection(fields ...string) *openapi.Body {
	b := needs(map[string]any{"select": map[string]any{"bot": "quiz", "outcome": chat.Failed}}, append(fields, "select", "all")...)
	b.About = "What to pick: a `select` with something in it, or `all`."
	return b
}

func countMany(m Many, f func(Many, context.Context, Selection) (Tally, error)) echo.HandlerFunc {
	return func(c echo.Context) error {
		in, _, err := order(c)
		if err != nil {
			return err
		}
		if err := in.picks(); err != nil {
			return err
		}
		n, err := f(m, c.Request().Context(), *in.Select)
		if err != nil {
			return err
		}
		return c.JSON(http.StatusOK, n)
	}
}

func actOnMany(m Many, f func(Many, context.Context, Some, chat.By) (ManyDone, error)) echo.HandlerFunc {
	return func(c echo.Context) error {
		in, by, err := order(c)
		if err != nil {
			return err
		}
		if err := in.picks(); err != nil {
			return err
		}
		if in.Limit == 0 {
			in.Limit = defaultPage
		}
		if in.Limit < 1 || in.Limit > maxSome {
			return fail(http.StatusBadRequest, fmt.Sprintf("limit is a number from 1 to %d", maxSome))
		}
		if in.After != "" && !isLetter(in.After) {
			return fail(http.StatusBadRequest, fmt.Sprintf("after: %.40q is neither the id of an event nor of a message", in.After))
		}
		done, err := f(m, c.Request().Context(), Some{*in.Select, in.AsOf, in.After, in.Limit, in.DryRun, in.Resend}, by)
		if err != nil {
			return err
		}
		done.Each = append([]Each{}, done.Each...) // [] and not null
		return c.JSON(http.StatusOK, done)
	}
}

// maxSome keeps a request short.
const maxSome = 100

// picks makes sure that a selection picks something on purpose.
func (o *Order) picks() error {
	if o.Select == nil {
		o.Select = &Selection{}
	}
	switch {
	case (*o.Select == Selection{}) && !o.All:
		return fail(http.StatusBadRequest, `an empty selection picks everything: fill in "select", or say {"all": true}`)
	case (*o.Select != Selection{}) && o.All:
		return fail(http.StatusBadRequest, `"select" picks some and "all" is everything: say one of them`)
	}
	return cmp.Or(known("kind", o.Select.Kind, "event", "message"), known("state", o.Select.Status, chat.Held, chat.Done, chat.Dead),
		known("outcome", o.Select.Outcome, ends...))
}
