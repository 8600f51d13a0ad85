package im

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/botd-chat/botd/chat"
)

// The bounds of accounts.
const (
	maxAccountsPerCall = 100 // that one call asks about (product/1047/34956)
	maxNick            = 500 // bytes, our own bound
	robotPrefix        = "@RBT#"
)

// IsRobot reports whether an account is one that answers by itself: it can be named
// in a group, and its id begins as such ids do (product/1047/55280).
func IsRobot(id chat.UserID) bool { return strings.HasPrefix(string(id), robotPrefix) }

type accountEntry struct {
	ID     chat.UserID
	Code   *int
	Status string
}

// UnmarshalJSON takes the fields by their exact names, each once.
func (e *accountEntry) UnmarshalJSON(b []byte) error {
	return exactly(b, map[string]any{"UserID": &e.ID, "ResultCode": &e.Code, "AccountStatus": &e.Status})
}

// Accounts tells of each account whether it exists in the application
// (product/1047/34956). Sending as one that does not would fail. It is not documented
// whether robots count as accounts here: ask [Client.Robots] about those.
func (c *Client) Accounts(ctx context.Context, ids []chat.UserID) (map[chat.UserID]bool, error) {
	type item struct {
		ID chat.UserID `json:"UserID"`
	}
	exists := make(map[chat.UserID]bool, len(ids))
	for chunk := range slices.Chunk(ids, maxAccountsPerCall) {
		var q struct {
			Items []item `json:"CheckItem"`
		}
		for _, id := range chunk {
			q.Items = append(q.Items, item{id})
		}
		a, err := c.ask(ctx, apiAccounts, q)
		if err != nil {
			return nil, err
		}
		var entries []accountEntry
		if err := a.must("ResultItem", &entries); err != nil {
			return nil, err
		}
		for _, id := range chunk {
			if exists[id], err = a.account(id, entries); err != nil {
				return nil, err
			}
		}
	}
	return exists, nil
}

// account reads whether one account exists.
func (a answer) account(id chat.UserID, entries []accountEntry) (bool, error) {
	i := slices.IndexFunc(entries, func(e accountEntry) bool { return e.ID == id })
	switch {
	case i < 0:
		return false, a.unreadable("it leaves an account out")
	case entries[i].Code == nil:
		return false, a.unreadable("an account has no ResultCode")
	case *entries[i].Code != 0:
		return false, ofCode(a.api, *entries[i].Code, "")
	}
	switch entries[i].Status {
	case "Imported":
		return true, nil
	case "NotImported":
		return false, nil
	}
	return false, a.unreadable("an account is neither imported nor not")
}

type newAccount struct {
	ID   chat.UserID `json:"UserID"`
	Nick string      `json:"Nick"`
}

// ImportAccount makes an account with a name that members see (product/1047/34953).
// What an account that exists keeps of its name is not documented, so call it for one
// that does not. After an error of class Unclear it may have been made; to call once
// more does no harm.
func (c *Client) ImportAccount(ctx context.Context, id chat.UserID, nick string) error {
	if IsRobot(id) {
		return &Error{API: apiImport, Class: Permanent, Err: fmt.Errorf("%q is a robot's id: make it as a robot", string(id))}
	}
	return c.create(ctx, apiImport, newAccount{id, nick})
}

// CreateRobot makes a robot account, whose id begins with @RBT#, with a name that
// members see (product/1047/55280). An application has at most 20. To make one again
// does no harm.
func (c *Client) CreateRobot(ctx context.Context, id chat.UserID, nick string) error {
	if !IsRobot(id) {
		return &Error{API: apiRobot, Class: Permanent, Err: fmt.Errorf("%q is no robot's id: those begin with %s", string(id), robotPrefix)}
	}
	err := c.create(ctx, apiRobot, newAccount{id, nick})
	const full = 10008
	if e, ok := errors.AsType[*Error](err); ok && e.Code == full {
		e.Err = errors.New("so it is when the application has 20 robots, which is the most")
	}
	return err
}

func (c *Client) create(ctx context.Context, api string, who newAccount) error {
	err := who.ID.Validate()
	if err == nil && (len(who.Nick) > maxNick || !utf8.ValidString(who.Nick)) {
		err = fmt.Errorf("the name of %q is longer than %d bytes, or not UTF-8", string(who.ID), maxNick)
	}
	if err != nil {
		return &Error{API: api, Class: Permanent, Err: err}
	}
	_, err = c.ask(ctx, api, who)
	return err
}

// Robots lists the robot accounts of the application (product/1047/55282), sorted.
func (c *Client) Robots(ctx context.Context) ([]chat.UserID, error) {
	a, err := c.ask(ctx, apiRobots, struct{}{})
	if err != nil {
		return nil, err
	}
	ids := []chat.UserID{}
	if err := a.must("Robot_Account", &ids); err != nil {
		return nil, err
	}
	slices.Sort(ids)
	return slices.Compact(ids), nil
}
