package accounts

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/config"
	"github.com/botd-chat/botd/im"
)

// Kind is which sort of account it is. An id says it.
type Kind string

// The sorts.
const (
	Ordinary Kind = "ordinary"
	Robot    Kind = "robot"
)

// State is whether an account is there, and what became of making it.
type State string

// The states.
const (
	Exists  State = "exists"
	Missing State = "missing"
	Created State = "created"
	Failed  State = "failed" // it was to be made, and was not; Error says why
)

// Account is one that a configuration names.
type Account struct {
	App  chat.AppName `json:"app"`
	ID   chat.UserID  `json:"id"`
	Kind Kind         `json:"kind"`
	// Administrator says that calls are made in its name. Such an account is set in
	// the service's console alone.
	Administrator bool           `json:"administrator,omitempty"`
	Bots          []chat.BotName `json:"bots,omitempty"` // that speak as it
	State         State          `json:"state,omitempty"`
	Error         string         `json:"error,omitempty"`
}

// Named lists the accounts that a configuration names, each once for an application:
// its administrator first, then those of its bots, as the file has them.
func Named(c *config.Config) (list []Account) {
	for _, app := range c.Apps {
		list = append(list, OfApp(c, app)...)
	}
	return list
}

// OfApp is [Named] for one application.
func OfApp(c *config.Config, app config.App) []Account {
	list := []Account{{App: app.Name, ID: app.Administrator, Kind: kindOf(app.Administrator), Administrator: true}}
	for _, b := range c.Bots {
		if b.App != app.Name {
			continue
		}
		i := slices.IndexFunc(list, func(a Account) bool { return a.ID == b.Account })
		if i < 0 {
			i, list = len(list), append(list, Account{App: app.Name, ID: b.Account, Kind: kindOf(b.Account)})
		}
		list[i].Bots = append(list[i].Bots, b.Name)
	}
	return list
}

func kindOf(id chat.UserID) Kind {
	if im.IsRobot(id) {
		return Robot
	}
	return Ordinary
}

// Look fills in whether the accounts of one application exist. After an error, none is
// known.
func Look(ctx context.Context, c *im.Client, list []Account) error {
	there, err := existing(ctx, c, list)
	if err != nil {
		return err
	}
	for i := range list {
		list[i].State = Missing
		if there[list[i].ID] {
			list[i].State = Exists
		}
	}
	return nil
}

// existing asks about ordinary accounts and about robots where these are listed: it is
// not documented whether a robot counts as an account.
func existing(ctx context.Context, c *im.Client, list []Account) (map[chat.UserID]bool, error) {
	var ordinary []chat.UserID
	for _, a := range list {
		if a.Kind == Ordinary {
			ordinary = append(ordinary, a.ID)
		}
	}
	there := map[chat.UserID]bool{}
	if len(ordinary) > 0 {
		var err error
		if there, err = c.Accounts(ctx, ordinary); err != nil {
			return nil, err
		}
	}
	if len(ordinary) == len(list) {
		return there, nil
	}
	robots, err := c.Robots(ctx)
	for _, id := range robots {
		there[id] = true
	}
	return there, err
}

// Create makes an account that is missing, with a name for members to see, and says in
// its State what came of it. An administrator is never made: that takes the console.
//
// Where it is not clear whether the account was made, the service is asked whether it
// is there, and not asked to make it again.
func Create(ctx context.Context, c *im.Client, a *Account, nick string) {
	err := create(ctx, c, *a, nick)
	if e, ok := errors.AsType[*im.Error](err); ok && e.Class == im.Unclear {
		seen := []Account{*a}
		if Look(ctx, c, seen) == nil && seen[0].State == Exists {
			err = nil
		}
	}
	if a.State = Created; err != nil {
		a.State, a.Error = Failed, err.Error()
	}
}

func create(ctx context.Context, c *im.Client, a Account, nick string) error {
	switch {
	case a.Administrator:
		return errors.New("an administrator is set in the console of the chat service alone")
	case a.Kind == Robot:
		return c.CreateRobot(ctx, a.ID, nick)
	}
	return c.ImportAccount(ctx, a.ID, nick)
}

// Where is which places of a configuration name the account, for a person: "bots.quiz
// and bots.poll".
func (a Account) Where() string {
	var places []string
	if a.Administrator {
		places = append(places, "apps."+string(a.App)+".administrator")
	}
	for _, b := range a.Bots {
		places = append(places, "bots."+string(b))
	}
	return strings.Join(places, " and ")
}
