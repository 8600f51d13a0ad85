package config

import (
	"os"
	"strings"

	"gopkg.in/yaml.v3"
)

// Outline is the names in a configuration, for whoever wants to offer them.
type Outline struct {
	Apps []string
	Bots []OutlinedBot
}

// OutlinedBot is the names in a bot.
type OutlinedBot struct {
	Name     string
	Groups   []string // their ids
	Triggers []OutlinedTrigger
}

// OutlinedTrigger is the names in a trigger.
type OutlinedTrigger struct {
	Name     string
	Hook     string // "" for one without
	Schedule bool   // it is one
}

// Outlined reads the names alone, also of a configuration that has problems or
// whose secrets and variables are not there. What is not where it should be,
// comes from a variable, or may be a secret is passed over; of a file that
// cannot be read there is nothing.
func Outlined(path string) (o Outline) {
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() {
		return o // a pipe would be waited for
	}
	data, err := readFile(path)
	if err != nil {
		return o
	}
	r := &reader{}
	root, ok := r.document(data)
	if !ok {
		return o
	}
	for name := range root.value("apps").names() {
		o.Apps = append(o.Apps, name)
	}
	for name, v := range root.value("bots").names() {
		o.Bots = append(o.Bots, v.outlined(name))
	}
	return o
}

func (p place) outlined(name string) OutlinedBot {
	b := OutlinedBot{Name: name}
	if groups := p.value("groups"); groups.kind() == yaml.SequenceNode {
		for _, n := range groups.node.Content {
			if id := (place{node: n}).shown(); id != "" {
				b.Groups = append(b.Groups, id)
			}
		}
	}
	for trigger, v := range p.value("on").names() {
		b.Triggers = append(b.Triggers, OutlinedTrigger{Name: trigger, Hook: v.value("webhook").shown(),
			Schedule: v.value("schedule").kind() != 0 || v.value("at").kind() != 0})
	}
	return b
}

// kind is of what kind the value is; none at all is zero.
func (p place) kind() yaml.Kind {
	if p.node == nil {
		return 0
	}
	return p.node.Kind
}

// value is that of a key, without a node when there is none.
func (p place) value(key string) place {
	if p.kind() == yaml.MappingNode {
		for name, v := range p.entries() {
			if name == key {
				return v
			}
		}
	}
	return place{}
}

// names yields what is in a mapping under names that can be shown.
func (p place) names() func(yield func(string, place) bool) {
	return func(yield func(string, place) bool) {
		if p.kind() != yaml.MappingNode {
			return
		}
		for name, v := range p.entries() {
			if plainName.MatchString(name) && !guarded(name) && !yield(name, v) {
				return
			}
		}
	}
}

// shown is a text that can be shown, or nothing.
func (p place) shown() string {
	if p.kind() != yaml.ScalarNode || p.node.Tag != "!!str" || fromVariable(p.node) || guarded(p.node.Value) || strings.ContainsAny(p.node.Value, " \t\n") {
		return ""
	}
	return p.node.Value
}
