package plugins

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/botd-chat/botd/chat"
)

// Command adds a command that members can write, such as
//
//	plugins.Command(m, "/extend <days> [why...]", extend).About("Asks for more days.")
//
// into a T, a struct with a field for each word of the pattern, by its name in JSON.
// What stands in <> must be there; what stands in [] may be left out, and its field is
// then zero; and "..." takes all that is left, as it is written into a string or word by
// word into a slice. A field can be a text, a number, a truth (yes or no, too), whatever
// reads itself from a text, as [Duration] does, or a pointer to one of these. Words with
// blanks in them stand in quotation marks.
//
// Who writes something that is not as the pattern says, or that the tags for bounds or
// the method Validate() error of T refuse, is told what is wrong and the usage, and
// nobody else is. A command that nobody has, and one that is not for who wrote it,
// are answered alike, so that nobody learns what there is for others. /help, if the
// plugin has none of its own for them, tells whoever writes it what they may use.
//
// It is the pattern that decides, whatever the trigger is called. Capitals in the
// name make no difference, nor does the wide slash ／. Command panics on a pattern that
// does not fit T, and if there is a command of that name already.
func Command[T any](m *Mux, pattern string, f func(context.Context, chat.Event, T) ([]chat.Message, error)) *Route {
	p, err := parsePattern(pattern, reflect.TypeFor[T]())
	if err == nil && f == nil {
		err = errors.New("there is no function")
	}
	if err == nil && m.find(p.name) != nil {
		err = fmt.Errorf("there is a command /%s already", p.name)
	}
	if err != nil {
		panic(fmt.Sprintf("plugins: command %q: %v", pattern, err))
	}
	r := &Route{pattern: p, info: CommandInfo{Usage: pattern}}
	r.handle = func(ctx context.Context, e chat.Event, rest string) ([]chat.Message, error) {
		var args T
		if err := p.read(rest, reflect.ValueOf(&args).Elem()); err != nil {
			return usage(pattern, err), nil
		}
		if err := validate(&args); err != nil {
			return usage(pattern, err), nil
		}
		return f(ctx, e, args)
	}
	m.commands = append(m.commands, r)
	return r
}

// Route is a command as it was added.
type Route struct {
	pattern pattern
	info    CommandInfo
	handle  func(ctx context.Context, e chat.Event, rest string) ([]chat.Message, error)
}

// About says in a sentence what the command is for; /help tells it.
func (r *Route) About(text string) *Route {
	r.info.About = text
	return r
}

// For lets only members with one of these roles use the command. It is for everybody
// without. For panics without a role, and on one that is none.
func (r *Route) For(roles ...chat.Role) *Route {
	r.info.Roles = rolesOf("command /"+r.pattern.name, roles)
	return r
}

func (r *Route) mayUse(sender *chat.Member) bool {
	return len(r.info.Roles) == 0 || slices.Contains(r.info.Roles, sender.Role)
}

// rolesOf panics on what lets nobody in, or is no role.
func rolesOf(what string, roles []chat.Role) []chat.Role {
	if len(roles) == 0 {
		panic(fmt.Sprintf("plugins: %s is for nobody: say for which roles", what))
	}
	for _, role := range roles {
		if err := role.Validate(); err != nil {
			panic(fmt.Sprintf("plugins: %s: %v", what, err))
		}
	}
	return slices.Clone(roles)
}

// Commands tells of the commands, in the order in which they were added.
func (m *Mux) Commands() []CommandInfo {
	var all []CommandInfo
	for _, r := range m.commands {
		all = append(all, r.info)
	}
	return all
}

func (m *Mux) find(name string) *Route {
	for _, r := range m.commands {
		if strings.EqualFold(r.pattern.name, name) {
			return r
		}
	}
	return nil
}

// help is the command that tells what there is.
const help = "help"

// command answers a command. What is told of the commands is what the sender may use.
func (m *Mux) command(ctx context.Context, e chat.Event, name, rest string) ([]chat.Message, error) {
	r := m.find(name)
	switch {
	case r != nil && r.mayUse(e.Sender):
		return r.handle(ctx, e, rest)
	case strings.EqualFold(name, help):
		return chat.Sender.Say("%s", m.help(e.Sender)), nil
	}
	names := []string{help}
	for _, r := range m.commands {
		if r.mayUse(e.Sender) {
			names = append(names, r.pattern.name)
		}
	}
	return chat.Sender.Say("%s", noCommand(name, names)), nil
}

// help tells a member what to write.
func (m *Mux) help(sender *chat.Member) string {
	var lines []string
	for _, r := range m.commands {
		if !r.mayUse(sender) {
			continue
		}
		line := r.info.Usage
		if r.info.About != "" {
			line += " - " + r.info.About
		}
		lines = append(lines, line)
	}
	if len(lines) == 0 {
		return "There is no command for you here."
	}
	return "You can write:\n" + strings.Join(lines, "\n")
}

// usage tells whoever wrote a command what is wrong with it.
func usage(pattern string, err error) []chat.Message {
	return chat.Sender.Say("%s\nUsage: %s", err, pattern)
}
