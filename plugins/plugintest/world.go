package plugintest

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/botd-chat/botd/audience"
	"github.com/botd-chat/botd/bots"
	"github.com/botd-chat/botd/chat"
)

// The names of what there is one of where no configuration says them.
const (
	groupID = "@TGS#TRANSCRIPT"
	botName = "bot"
	appName = "transcript"
)

// world is the pretend group with one bot in it.
type world struct {
	dir  string // where the transcript is
	log  *slog.Logger
	spec bots.Spec    // of the bot, as the transcript or its configuration says
	used *Bot         // that of a configuration; nil: the transcript says all
	room chat.GroupID // one of the bot's groups

	asker    *asker // nil before the first event
	group    chat.Membership
	now      time.Time
	state    chat.State
	sessions map[chat.UserID]session
	timers   []pending
	clocks   []*clock     // nil before time first passes
	fate     chat.Outcome // of the next message that is for somebody; empty: it is sent
	events   int
	messages int
}

func newWorld(p bots.Plugin, dir string, log *slog.Logger) *world {
	return &world{dir: dir, log: log, room: groupID, sessions: map[chat.UserID]session{},
		spec: bots.Spec{Name: botName, App: appName, Account: botName, Groups: []chat.GroupID{groupID},
			Audience: chat.Everyone, Plugin: p, Options: json.RawMessage("{}")},
		now: time.Date(2026, time.January, 5, 9, 0, 0, 0, time.UTC)}
}

// step does what a line says and returns what came of it.
func (w *world) step(ctx context.Context, s step) (answer []string, err error) {
	if slices.Contains(headers, s.verb) && w.events > 0 {
		return nil, fmt.Errorf("%s stands after the first event; it belongs before", s.verb)
	}
	switch s.verb {
	case "bot":
		w.spec.Audience, err = parseAudience(s.rest)
	case "options":
		w.spec.Options, err = parseOptions(s.rest)
	case "time":
		w.now, err = time.Parse(time.RFC3339, s.rest)
		w.now = w.now.UTC()
	case "group":
		err = w.gather(s.rest)
	case "+":
		return w.wait(ctx, s.rest)
	case "~":
		return w.moves(ctx, s.rest)
	case "%":
		err = w.doom(s.rest)
	case ">":
		return w.event(ctx, s.rest)
	}
	return nil, err
}

func parseOptions(text string) (json.RawMessage, error) {
	if err := json.Unmarshal([]byte(text), new(map[string]json.RawMessage)); err != nil {
		return nil, fmt.Errorf("options are no JSON object, such as {\"points\": 2}: %w", err)
	}
	return json.RawMessage(text), nil
}

func parseAudience(text string) (a chat.Audience, err error) {
	for _, part := range strings.Split(text, ",") {
		words := strings.Fields(part)
		switch {
		case len(words) == 1 && words[0] == "everyone":
			a.Everyone = true
		case len(words) == 1 && words[0] == "sender":
			a.Sender = true
		case len(words) == 1 && chat.Role(words[0]).Validate() == nil:
			a.Roles = append(a.Roles, chat.Role(words[0]))
		case len(words) == 2 && words[0] == "user":
			a.Users = append(a.Users, chat.UserID(words[1]))
		case len(words) == 2 && words[0] == "not":
			a.Except = append(a.Except, chat.UserID(words[1]))
		default:
			return a, fmt.Errorf("bot: %q is not one of everyone, owner, admin, member, sender, user X, not X", strings.TrimSpace(part))
		}
	}
	return a, a.Validate()
}

// gather reads who is in the group.
func (w *world) gather(text string) error {
	var members []chat.Member
	for _, part := range strings.Split(text, ",") {
		words, known := facts(strings.Fields(part))
		if len(words) == 1 {
			words = append(words, string(chat.Normal))
		}
		if len(words) != 2 {
			return fmt.Errorf("group: %q is not a name, or a name and a role, and then what is known, such as team=red", strings.TrimSpace(part))
		}
		m := chat.Member{ID: chat.UserID(words[0]), Role: chat.Role(words[1])}
		if err := know(&m, known); err != nil {
			return fmt.Errorf("group: %s: %w", m.ID, err)
		}
		members = append(members, m)
	}
	tellAll(members)
	return w.have(members)
}

// have makes these the members.
func (w *world) have(members []chat.Member) error {
	for _, m := range members {
		if m.ID == nobody || strings.ContainsAny(string(m.ID), ":[") {
			return fmt.Errorf("%q cannot be a name in a transcript, where it would be misread", m.ID)
		}
	}
	m, err := audience.NewMembership(w.room, chat.Public, members, w.now)
	if err != nil {
		return err
	}
	w.group = m
	return nil
}

func (w *world) wait(ctx context.Context, text string) ([]string, error) {
	d, err := time.ParseDuration(text)
	if err != nil || d <= 0 {
		return nil, fmt.Errorf("+%s is not a time to wait, such as +24h or +90s", text)
	}
	lines, err := w.pass(ctx, d)
	w.group.ReadAt = w.now
	return lines, err
}

// change does what a ~ line says.
func (w *world) change(words []string) error {
	if len(words) < 2 {
		return fmt.Errorf("a ~ line says who, and then a role, joins or leaves")
	}
	id := chat.UserID(words[0])
	_, present := w.group.Find(id)
	others := slices.DeleteFunc(slices.Clone(w.group.Members), func(m chat.Member) bool { return m.ID == id })
	switch verb := words[1]; {
	case verb == "joins" && present:
		return fmt.Errorf("%s is in the group already", id)
	case verb != "joins" && !present:
		return fmt.Errorf("%s is not in the group", id)
	case verb == "joins" && len(words) == 2:
		return w.have(append(others, chat.Member{ID: id, Role: chat.Normal}))
	case verb == "joins" && len(words) == 3:
		return w.have(append(others, chat.Member{ID: id, Role: chat.Role(words[2])}))
	case verb == "leaves" && len(words) == 2:
		return w.have(others)
	case len(words) == 2:
		return w.have(append(others, chat.Member{ID: id, Role: chat.Role(verb)}))
	}
	return fmt.Errorf("%q is more than a ~ line can say", strings.Join(words, " "))
}
