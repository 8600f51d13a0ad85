package callbacks

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/botd-chat/botd/chat"
)

// room is what waits for something in one group.
type room struct {
	hold, mask, open, mention []Rule
	changes                   map[chat.What][]Rule
	held, opened              []string // the names of commands
}

// desk is an application and what waits for something in it.
type desk struct {
	App
	rooms  map[chat.GroupID]*room
	direct map[chat.UserID][]Rule // by the account that is written to
}

func (d *desk) room(g chat.GroupID) *room {
	if d.rooms[g] == nil {
		d.rooms[g] = &room{changes: map[chat.What][]Rule{}}
	}
	return d.rooms[g]
}

// add puts a rule where it is looked for.
func (d *desk) add(r Rule) {
	r.Near = false
	if r.Via == chat.ViaDirect {
		d.direct[r.Account] = append(d.direct[r.Account], r)
		return
	}
	for _, g := range r.Groups {
		d.room(g).add(r)
	}
}

func (g *room) add(r Rule) {
	switch {
	case r.What != "":
		g.changes[r.What] = append(g.changes[r.What], r)
	case r.Via == chat.ViaMention:
		g.mention = append(g.mention, r)
		g.opened = append(g.opened, r.Commands...)
	case r.Hold:
		g.hold = append(g.hold, r)
		g.held = append(g.held, r.Commands...)
	case r.Mask != nil:
		g.mask = append(g.mask, r)
		g.opened = append(g.opened, r.Commands...)
	default:
		g.open = append(g.open, r)
		g.opened = append(g.opened, r.Commands...)
	}
}

// strict reports whether the group's messages must not be seen before they are judged.
func (g *room) strict() bool { return g != nil && (len(g.hold) > 0 || len(g.mask) > 0) }

// strict reports it of any of its groups.
func (d *desk) strict() bool {
	for _, g := range d.rooms {
		if g.strict() {
			return true
		}
	}
	return false
}

// validate reports all that is wrong with a rule.
func (r Rule) validate() error {
	var wrong []error
	add := func(bad bool, what string) {
		if bad {
			wrong = append(wrong, fmt.Errorf("trigger %q of bot %q: %s", r.Trigger, r.Bot, what))
		}
	}
	add(r.Bot == "" || r.Trigger == "", "the bot or the trigger has no name")
	add(len(r.Groups) == 0, "there is no group")
	ways := 0
	for _, set := range []bool{len(r.Commands) > 0, r.Pattern != nil, r.Any} {
		if set {
			ways++
		}
	}
	switch {
	case r.What != "":
		add(!slices.Contains(chat.Happenings, r.What), "nothing of that name happens in a group")
		add(r.Via != "" || ways > 0 || r.Hold || r.Mask != nil, "it waits for a change, and such has no text")
	default:
		add(!slices.Contains([]chat.Via{chat.ViaGroup, chat.ViaDirect, chat.ViaMention}, r.Via), "it waits for nothing")
		add(ways != 1, "it has to name commands, or a pattern, or any")
		add(r.Via != chat.ViaGroup && (r.Hold || r.Mask != nil), "only what is written in the group can be held or masked")
		add(r.Hold && r.Mask != nil, "what is held is shown to nobody, so there is nothing to mask")
		add(r.Via != chat.ViaGroup && r.Account == "", "the bot has no account to write to")
	}
	for _, c := range r.Commands {
		add(!chat.CommandName.MatchString(c), fmt.Sprintf("%q is no command", c))
	}
	add(r.Mask != nil && len(r.Mask.Words)+len(r.Mask.Patterns) == 0, "the mask replaces nothing")
	add(r.Mask != nil && slices.ContainsFunc(r.Mask.Patterns, func(p *regexp.Regexp) bool { return p.MatchString("") }), "a pattern of the mask matches where there is nothing")
	add(r.Mask != nil && slices.ContainsFunc(r.Mask.Words, func(w string) bool { return strings.TrimSpace(w) == "" }), "a word of the mask is empty")
	return errors.Join(wrong...)
}
