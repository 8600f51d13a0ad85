package reviews

import (
	"fmt"
	"slices"
	"strings"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/nearest"
	"github.com/botd-chat/botd/plugins"
)

// The commands of reviewers.
const (
	Release = "release"
	Discard = "discard"
)

// Commands lists them.
var Commands = []string{Release, Discard}

// Command is what somebody wrote about drafts.
type Command struct {
	Release bool
	Event   chat.EventID // whose drafts; zero: the only ones that wait
	Reason  string       // why they are given up
}

// longestReason is how many characters of a reason are kept.
const longestReason = 200

// Read reads what somebody wrote. If it is none of the commands, wrong says so to them.
func Read(text string) (c Command, wrong string) {
	name, rest, _ := chat.CommandIn(text)
	switch name = strings.ToLower(plugins.Narrow(name)); name {
	case Release, Discard:
	default:
		return c, unlike(name)
	}
	c.Release = name == Release
	word, more := chat.CutWord(rest)
	if id, ok := idOf(word); ok {
		c.Event, rest = id, more
	}
	switch {
	case !c.Release:
		c.Reason = plugins.OneLine(rest, longestReason)
	case rest != "":
		return c, fmt.Sprintf("%s is no draft. %s", plugins.OneLine(rest, 40), usage)
	}
	return c, ""
}

const usage = "Write /release e17 or /discard e17, with the number of the draft. Nothing has happened."

func unlike(name string) string {
	if c := nearest.Name(name, Commands); c != "" {
		return fmt.Sprintf("There is no /%s; did you mean /%s? Nothing has happened.", plugins.OneLine(name, 40), c)
	}
	return usage
}

// idOf reads the id of an event as somebody types it: e17, E17, 17, with a full stop.
func idOf(word string) (chat.EventID, bool) {
	word = strings.ToLower(strings.TrimRight(plugins.Narrow(word), ".,;:!"))
	id, err := chat.ParseEventID("e" + strings.TrimPrefix(word, "e"))
	return id, err == nil
}

// Choose picks what the command is about, of the drafts that wait and are its writer's to
// decide. Without one, answer says why to the writer; it is empty if the command names
// one that is none of them.
func (c Command) Choose(mine []chat.Drafts) (chosen chat.Drafts, answer string) {
	if c.Event != 0 {
		if i := slices.IndexFunc(mine, func(d chat.Drafts) bool { return d.Event == c.Event }); i >= 0 {
			return mine[i], ""
		}
		return chat.Drafts{}, ""
	}
	switch len(mine) {
	case 0:
		return chat.Drafts{}, "There is no draft that is yours to decide. Nothing has happened."
	case 1:
		return mine[0], ""
	}
	return chat.Drafts{}, c.list(mine)
}

// mostListed is how many drafts are named at most.
const mostListed = 20

func (c Command) list(mine []chat.Drafts) string {
	name := Discard
	if c.Release {
		name = Release
	}
	lines := []string{fmt.Sprintf("%d drafts wait for you; say which one you mean. Nothing has happened.", len(mine))}
	for i, d := range mine {
		if i == mostListed {
			lines = append(lines, fmt.Sprintf("and %d more", len(mine)-i))
			break
		}
		lines = append(lines, fmt.Sprintf("/%s %s: of bot %s, trigger %s, lapses at %s", name, d.Event, d.Bot, d.Trigger, At(d.Lapses)))
	}
	return strings.Join(lines, "\n")
}

// NotYours is what whoever named a draft is told that there is not, or that is not
// theirs to decide.
func (c Command) NotYours() string {
	return fmt.Sprintf("There is no draft %s that is yours to decide. Nothing has happened.", c.Event)
}

// Done says what came of a decision.
func (c Command) Done(d chat.Drafts) string {
	if c.Release {
		return fmt.Sprintf("Draft %s is released, and goes to those who may see it now.", d.Event)
	}
	return fmt.Sprintf("Draft %s is discarded; nobody gets it.", d.Event)
}

// Unseen is what whoever wants to release drafts is told of which they were not shown all.
func Unseen(d chat.Drafts) string {
	return fmt.Sprintf("Draft %s is too long to be shown whole here, and is not released by who has not seen all of it: %s. /discard %s gives it up. Nothing has happened.", d.Event, elsewhere, d.Event)
}

// Settled says what became of the drafts of an event that do not wait any more.
func Settled(e chat.EventID, reasons []string) string {
	return fmt.Sprintf("Draft %s does not wait any more: %s.", e, strings.Join(reasons, "; "))
}
