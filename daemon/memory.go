package daemon

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/botd-chat/botd/bots"
	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/console"
	"github.com/botd-chat/botd/nearest"
	"github.com/botd-chat/botd/store"
)

// whose finds the bot that remembers, and the group if none is named.
func (o operator) whose(m *chat.Memory) (*bots.Bot, error) {
	bot := o.bot(m.Bot)
	if bot == nil {
		return nil, o.noBot(m.Bot)
	}
	if m.Group == "" && len(bot.Groups) == 1 {
		m.Group = bot.Groups[0]
	}
	if !bot.In(m.Group) {
		var names []string
		for _, g := range bot.Groups {
			names = append(names, string(g))
		}
		return nil, missing("group %q is not one of bot %q's; %s", m.Group, m.Bot, haveOr(string(m.Group), names))
	}
	if m.User != "" && m.User.Validate() != nil {
		return nil, fmt.Errorf("%w: user: %w", console.ErrUnfit, m.User.Validate())
	}
	return bot, nil
}

// noBot says that there is no bot of that name, and which there are.
func (s *system) noBot(name chat.BotName) error {
	var names []string
	for _, b := range s.now().bots.All() {
		names = append(names, string(b.Name))
	}
	return missing("no bot %q; %s", name, haveOr(string(name), names))
}

// haveOr says which name was meant, or which there are.
func haveOr(name string, known []string) string {
	if near := nearest.Name(name, known); near != "" {
		return fmt.Sprintf("did you mean %s?", near)
	}
	slices.Sort(known)
	return "have " + strings.Join(known, ", ")
}

// Remembered says what a bot remembers.
func (o operator) Remembered(ctx context.Context, m chat.Memory, show bool) (r console.Remembered, err error) {
	if _, err := o.whose(&m); err != nil {
		return r, err
	}
	state, expires, err := o.store.Remembered(ctx, m)
	if err != nil {
		return r, err
	}
	r = console.Remembered{Memory: m, Keys: []console.RememberedKey{}, Most: chat.MaxState, Expires: expires}
	for _, key := range slices.Sorted(maps.Keys(state)) {
		r.Keys = append(r.Keys, console.RememberedKey{Key: key, Bytes: len(state[key])})
	}
	raw := written(state)
	if len(state) > 0 {
		r.Bytes = len(raw)
	}
	if show {
		r.State = raw
	}
	if m.User == "" {
		r.Sessions, err = o.store.Sessions(ctx, m.Bot, m.Group)
	}
	return r, err
}

// written is a state as JSON.
func written(s chat.State) json.RawMessage {
	raw, err := json.Marshal(s)
	if err != nil { // it came out of JSON
		panic(err)
	}
	return raw
}

// Remember has a bot remember something.
func (o operator) Remember(ctx context.Context, m chat.Memory, key string, value json.RawMessage, by chat.By) (console.Done, error) {
	return o.edit(ctx, m, "state set", key, by, func(state chat.State) error {
		state[key] = value
		if n := len(written(state)); n > chat.MaxState {
			return fmt.Errorf("%w: with it there would be %d bytes of JSON, and a bot may keep %d; more belongs in a database", console.ErrUnfit, n, chat.MaxState)
		}
		return nil
	})
}

// Forget has a bot forget a key, or all.
func (o operator) Forget(ctx context.Context, m chat.Memory, key string, by chat.By) (console.Done, error) {
	return o.edit(ctx, m, "state dropped", key, by, func(state chat.State) error {
		var have []string
		for k := range maps.Keys(state) {
			have = append(have, k)
		}
		if _, there := state[key]; !there && len(have) == 0 {
			return missing("there is nothing under %q; nothing at all is remembered there", key)
		} else if !there {
			return missing("there is nothing under %q; %s", key, haveOr(key, have))
		}
		delete(state, key)
		return nil
	})
}

// While an event of a bot and group is in hand, what the bot remembers is not
// changed; one that is handled as it should be is over in a moment.
const (
	handledWithin = 5 * time.Second
	lookAgain     = 50 * time.Millisecond
)

// edit changes what a bot remembers, or drops all of it if no key is named, and keeps
// who did it in the log. What was there, and of which member, is not said there.
func (o operator) edit(ctx context.Context, m chat.Memory, what, key string, by chat.By, change func(chat.State) error) (console.Done, error) {
	bot, err := o.whose(&m)
	if err != nil {
		return console.Done{}, err
	}
	err = o.patiently(ctx, func() error {
		if key == "" {
			return o.store.DropMemory(ctx, bot.App, m)
		}
		return o.store.EditMemory(ctx, bot.App, m, change)
	})
	if err != nil {
		return console.Done{}, told(err)
	}
	d := console.Done{Target: fmt.Sprintf("%s of bot %s in group %s", cmp.Or(key, "all"), m.Bot, m.Group)}
	o.log.Info("a person acted", "what", what, "bot", m.Bot, "group", m.Group, "key", key, "session", m.User != "", "who", by.Who, "reason", by.Reason)
	return d, nil
}

// patiently does again, for some seconds, what cannot be done now.
func (o operator) patiently(ctx context.Context, f func() error) error {
	for began := o.clock.Now(); ; {
		err := f()
		if !errors.Is(err, store.ErrNotNow) || o.clock.Since(began) >= handledWithin {
			return err
		}
		select {
		case <-o.clock.After(lookAgain):
		case <-ctx.Done():
			return err
		}
	}
}
