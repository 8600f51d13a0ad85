package plugins

import (
	"encoding/json"
	"fmt"
	"io"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/botd-chat/botd/chat"
)

// Members is what a plugin needs that wants [chat.Event.Members] filled. Most
// do without: naming an audience is cheaper, and read later.
const Members = "members"

// OfMembers is what a plugin needs that wants to know something about the members, such as
// members.spoke; it then needs [Members], too. They are read because of it.
func OfMembers(f chat.Fact) string { return Members + "." + string(f) }

// FactsIn are those about members among what is needed.
func FactsIn(needs []string) chat.Facts {
	var all []chat.Fact
	for _, need := range needs {
		if f, ok := strings.CutPrefix(need, Members+"."); ok {
			all = append(all, chat.Fact(f))
		}
	}
	return chat.NewFacts(all...)
}

// offered is what this host can give a plugin that needs it.
var offered = []string{Members}

// canGive reports whether this host can give a plugin what it needs.
func canGive(need string) bool {
	f, about := strings.CutPrefix(need, Members+".")
	return slices.Contains(offered, need) || about && chat.Fact(f).Validate() == nil
}

// Plugin is a kind of bot: a name, a version, and how to make a handler from
// options. It is made by [Define]; the zero value is of no use.
type Plugin struct {
	name, version string
	needs         []string
	build         func(options json.RawMessage) (Handler, error)
	schema        func() map[string]any
}

var goodName = regexp.MustCompile(`^[a-z][a-z0-9-]*$`)

// Define makes a plugin. C is a struct, its options. Before build sees it, it
// is filled by its method Defaults(), if *C has one, then from the operator's
// options, where an unknown name is an error and an option that is given
// replaces its default whole, and then checked by its method Validate() error,
// if it has one. The tags of its fields say what is checked before: `min:"1"` and
// `max:"60"` of a number or a [Duration], of the characters of a text, and of the
// items of a list or a map; `enum:"high,low"` of a text; and `required:"true"`,
// without a default, that it is given and not blank. What `about:"…"` says is told to operators.
// A [Secret] is a secret. The function build only builds: no I/O, no goroutines. It is called
// once for each bot, and also when a configuration is merely checked. An error that
// it joins of several is told one by one, and one with a method Option() string at
// the option that it names, as in "rules[2].when".
func Define[C any](name, version string, build func(C) (Handler, error)) Plugin {
	if err := CheckName(name); err != nil {
		panic(fmt.Sprintf("plugins: %v", err))
	}
	switch {
	case version == "" || build == nil:
		panic(fmt.Sprintf("plugins: plugin %s needs a version and a function that builds it", name))
	case reflect.TypeFor[C]().Kind() != reflect.Struct:
		panic(fmt.Sprintf("plugins: the options of plugin %s are a %s; want a struct", name, reflect.TypeFor[C]()))
	}
	bounded(reflect.TypeFor[C]()) // which panics on wrong tags
	return Plugin{name: name, version: version, schema: schemaOf[C], build: func(options json.RawMessage) (Handler, error) {
		c, err := readOptions[C](options)
		if err != nil {
			return nil, err
		}
		return build(c)
	}}
}

// CheckName reports what cannot be the name of a plugin.
func CheckName(name string) error {
	if !goodName.MatchString(name) {
		return fmt.Errorf("%.40q is no name for a plugin: it has small letters, digits and dashes, and begins with a letter, such as quiz-night", name)
	}
	return nil
}

// CheckNeeds reports a need that no version of this host can meet.
func CheckNeeds(needs []string) error {
	for _, need := range needs {
		if !canGive(need) {
			return fmt.Errorf("needs %.64q; this botd offers %s, and of them members.joined, members.spoke and members.fields.KEY", need, strings.Join(offered, ", "))
		}
	}
	return nil
}

// With returns the plugin with further needs. It panics on one that [CheckNeeds]
// reports.
func (p Plugin) With(needs ...string) Plugin {
	if err := CheckNeeds(needs); err != nil {
		panic(fmt.Sprintf("plugins: plugin %s %v", p.name, err))
	}
	p.needs = append(slices.Clip(p.needs), needs...)
	return p
}

// Name is what the operator calls the plugin.
func (p Plugin) Name() string { return p.name }

// Version is the plugin's own version.
func (p Plugin) Version() string { return p.version }

// Needs reports whether the plugin needs this, such as [Members].
func (p Plugin) Needs(what string) bool { return slices.Contains(p.needs, what) }

// Needed lists all that the plugin needs, whatever its options are.
func (p Plugin) Needed() []string { return slices.Clone(p.needs) }

// New makes a handler from options, which are a JSON object; none at all is an
// empty one. If the handler is an [io.Closer], it is closed by whoever made it.
func (p Plugin) New(options json.RawMessage) (Handler, error) { return p.build(options) }

// Check reports what is wrong with the options, and keeps nothing.
func (p Plugin) Check(options json.RawMessage) error {
	h, err := p.build(options)
	if err != nil {
		return err
	}
	if c, ok := h.(io.Closer); ok {
		return c.Close()
	}
	return nil
}

// Manifest is what the plugin says of itself. Triggers, timers and commands are those of
// its handler with no options at all; a plugin that cannot do without options names
// none.
func (p Plugin) Manifest() Manifest {
	m := Manifest{Botd: chat.Contract, Name: p.name, Version: p.version, Needs: p.needs, Config: p.schemaAlone()}
	h, err := p.build(nil)
	if err != nil {
		return m
	}
	if t, ok := h.(interface{ Triggers() []chat.TriggerName }); ok {
		m.Triggers = t.Triggers()
	}
	if t, ok := h.(interface{ Timers() []chat.TriggerName }); ok {
		m.Timers = t.Timers()
	}
	if t, ok := h.(interface{ Reports() []chat.TriggerName }); ok {
		m.Reports = t.Reports()
	}
	if c, ok := h.(interface{ Commands() []CommandInfo }); ok {
		m.Commands = c.Commands()
	}
	if t, ok := h.(interface{ Typed() bool }); ok {
		m.Typed = t.Typed()
	}
	if c, ok := h.(io.Closer); ok {
		_ = c.Close()
	}
	return m
}
