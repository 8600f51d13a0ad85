package config

import (
	"slices"
	"strings"

	"github.com/botd-chat/botd/chat"
)

// listener is a trigger that waits for what is written in the group.
type listener struct {
	Callback
	place  place
	app    chat.AppName
	groups []chat.GroupID
	review bool // it is botd's own, for what reviewers write
}

// decisions are what reviewers write about drafts, in words.
const decisions = "/release or /discard"

// reviewing is what takes what reviewers write about drafts out of their groups.
func (r *reader) reviewing(bots place, c *Config) (all []listener) {
	for _, b := range c.Bots {
		for _, t := range b.Triggers {
			if t.Review != nil {
				all = append(all, listener{app: b.App, groups: b.Groups, review: true, place: bots.at(string(b.Name), "on", string(t.Name), "review"),
					Callback: Callback{Via: chat.ViaGroup, Hold: true, Commands: []string{"release", "discard"}}})
				break // one of them says so of all
			}
		}
	}
	return all
}

// overheard warns of triggers that take messages from one another: what is held is
// heard by no trigger that does not hold it.
func (r *reader) overheard(bots place, c *Config) {
	var holding, open []listener
	holding = append(holding, r.reviewing(bots, c)...)
	for _, b := range c.Bots {
		for _, t := range b.Triggers {
			if t.Callback == nil {
				continue
			}
			if t.Callback.Via == chat.ViaMention && !strings.HasPrefix(string(b.Account), "@RBT#") {
				// Only robots are told of (product/1047/68953).
				r.warn(bots.at(string(b.Name), "on", string(t.Name)).atKey(), "is never heard: the service tells of members who name a robot, and the account "+string(b.Account)+" is none",
					"give the bot an account that begins with @RBT#, and make it: botd accounts create")
			}
			if t.Callback.Via != chat.ViaGroup {
				continue
			}
			l := listener{Callback: *t.Callback, place: bots.at(string(b.Name), "on", string(t.Name)).atKey(), app: b.App, groups: b.Groups}
			if t.Group != "" {
				l.groups = []chat.GroupID{chat.GroupID(t.Group)}
			}
			if !l.Hold {
				open = append(open, l)
				continue
			}
			r.sweeping(l)
			for _, other := range holding {
				if other.meets(l) && other.catchesSome(l) {
					r.warn(l.place, "holds what "+other.place.path+" holds too, in the same group: each gets it, and its sender is answered twice", "let each have commands of its own, or other groups, or other roles")
				}
			}
			holding = append(holding, l)
		}
	}
	for _, l := range open {
		for _, other := range holding {
			if other.review && other.meets(l) && !l.Any && l.catchesSome(other) {
				r.warn(l.place, "does not hear "+decisions+" in a group in which "+other.place.path+" waits for it: what is written about drafts is held", "give it another command")
				break
			}
			if other.meets(l) && other.catchesAll(l) {
				r.warn(l.place, "is not heard in a group in which "+other.place.path+" holds the same: what is held goes to the triggers that hold it", "add hold: true here too, or let one of them have another command")
				break
			}
		}
	}
}

// sweeping warns of a trigger after which nobody can write anything any more.
func (r *reader) sweeping(l listener) {
	if l.Any && l.Roles == nil {
		r.warn(l.place, "takes whatever anybody writes out of the group, also what its owner writes", "name commands, or say whose messages it is for, such as roles: [member]")
	}
}

// meets reports whether both can hear of one message.
func (l listener) meets(other listener) bool {
	shared := func(g chat.GroupID) bool { return slices.Contains(other.groups, g) }
	role := func(r chat.Role) bool { return slices.Contains(other.Roles, r) }
	return l.app == other.app && slices.ContainsFunc(l.groups, shared) &&
		(l.Roles == nil || other.Roles == nil || slices.ContainsFunc(l.Roles, role))
}

// has reports whether l waits for a command, in whatever case.
func (l listener) has(command string) bool {
	return l.Any || slices.ContainsFunc(l.Commands, func(c string) bool { return strings.EqualFold(c, command) })
}

// catchesSome reports whether a message is known that both wait for.
func (l listener) catchesSome(other listener) bool {
	return l.Any || other.Any || slices.ContainsFunc(other.Commands, l.has)
}

// catchesAll reports whether l waits for each message that other waits for.
func (l listener) catchesAll(other listener) bool {
	roles := l.Roles == nil || other.Roles != nil && !slices.ContainsFunc(other.Roles, func(r chat.Role) bool { return !slices.Contains(l.Roles, r) })
	commands := len(other.Commands) > 0 && !slices.ContainsFunc(other.Commands, func(c string) bool { return !l.has(c) })
	return roles && (l.Any || commands)
}
