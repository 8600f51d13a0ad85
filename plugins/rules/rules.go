package rules

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/plugins"
)

// Options are what an operator can set.
type Options struct {
	Vars  map[string]json.RawMessage `json:"vars" about:"What expressions find under vars."`
	Rules []Rule                     `json:"rules" about:"The rules, at least one."`
}

// Rule is one rule as it is written.
type Rule struct {
	On         Triggers                   `json:"on" about:"For which trigger the rule speaks, or a list of them."`
	When       string                     `json:"when" about:"An expression that is true when the rule speaks. It always does when left out."`
	To         Whom                       `json:"to" about:"Whom: an audience, or an expression that is asked of each member by id, role, owner, admin, member, card, joined, spoke, fields.KEY and now."`
	Say        string                     `json:"say" about:"The text. What stands between {{ and }} is an expression."`
	Renderings []Rendering                `json:"renderings" about:"Other texts for some of them: each gets the first that is for them, and say if none is."`
	SayEach    string                     `json:"say_each" about:"In place of say: a text for each of them, which can speak of id, role, card, joined, spoke and fields.KEY."`
	Set        map[string]json.RawMessage `json:"set" about:"What is remembered of the group: by name an expression, or what is meant itself."`
	Preset     string                     `json:"preset" about:"In place of say: the text for the webhooks of a known sender, such as alertmanager."`
	Priority   chat.Priority              `json:"priority" about:"high, normal or low; normal when left out."`
	Expires    plugins.Duration           `json:"expires" about:"How long the message is worth sending, such as 10m. Forever when left out."`
	Collapse   string                     `json:"collapse" about:"A text like say: the key under which the newest message counts alone."`
}

// speaks reports whether the rule is one that says something.
func (x Rule) speaks() bool {
	return x.Say != "" || x.Preset != "" || x.SayEach != "" || len(x.Renderings) > 0 || len(x.Set) == 0
}

// Whom is an audience, or an expression that is asked of each member.
type Whom = json.RawMessage

// Triggers are the names of triggers, as one text or a list.
type Triggers []chat.TriggerName

// UnmarshalJSON reads a text or a list of texts.
func (t *Triggers) UnmarshalJSON(raw []byte) error {
	var one chat.TriggerName
	if json.Unmarshal(raw, &one) == nil {
		*t = Triggers{one}
		return nil
	}
	if json.Unmarshal(raw, (*[]chat.TriggerName)(t)) != nil {
		return errors.New("is the name of a trigger, or a list of them")
	}
	return nil
}

// Plugin is the rules.
var Plugin = plugins.Define("rules", "1.0.0", func(o Options) (plugins.Handler, error) { return compile(o) })

// rules are a bot's rules, compiled.
type rules struct {
	vars map[string]any
	list []rule
}

// mistake is what is wrong with a rule as it is written.
type mistake struct {
	rule  int // from 0
	on    Triggers
	field string // empty: the rule as a whole
	err   error
}

// Error says which rule, which of its fields, and what is wrong.
func (m *mistake) Error() string {
	s := title(m.rule, m.on)
	if m.field != "" {
		s += ": " + m.field
	}
	return s + ": " + m.err.Error()
}

// Unwrap is what is wrong, without the place.
func (m *mistake) Unwrap() error { return m.err }

// Option is the option in which the mistake is, as in "rules[0].when".
func (m *mistake) Option() string {
	place := fmt.Sprintf("rules[%d]", m.rule)
	if m.field != "" {
		place += "." + m.field
	}
	return place
}

// title is how a rule is called in what is told of it.
func title(n int, on Triggers) string {
	var names []string
	for _, name := range on {
		names = append(names, string(name))
	}
	return fmt.Sprintf("rule %d (%s)", n+1, strings.Join(names, ", "))
}

// CheckTrigger reports a trigger of which no rule speaks, and a schedule of which a
// rule wants to know what only a webhook brings.
func (r *rules) CheckTrigger(name chat.TriggerName, kind chat.Kind) error {
	spoken := false
	for _, x := range r.list {
		if !slices.Contains(x.on, name) {
			continue
		}
		spoken = true
		if err := x.scheduled(); kind == chat.Schedule && err != nil {
			return err
		}
	}
	if !spoken {
		return fmt.Errorf("no rule speaks of the trigger %q; name it in the on: of one", string(name))
	}
	return nil
}

// Handle lets the rules of the event's trigger speak.
func (r *rules) Handle(ctx context.Context, e chat.Event) ([]chat.Message, error) {
	now, err := r.known(e)
	if err == nil {
		err = recall(e, now)
	}
	if err != nil {
		return nil, plugins.Permanent(err)
	}
	var said []chat.Message
	for _, x := range r.list {
		if !slices.Contains(x.on, e.Name) {
			continue
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		list, err := x.handle(e, now)
		if err != nil {
			return nil, plugins.Permanent(fmt.Errorf("%s: %w", x.title, err))
		}
		said = append(said, list...)
	}
	return said, nil
}

// rule is a rule, compiled.
type rule struct {
	title      string
	on         Triggers
	when       *condition // nil: always
	to         audience
	say        *template // nil: preset, or nothing
	preset     string    // empty, with say nil: it has no text for all
	renderings []rendering
	each       *template // nil: none
	priority   chat.Priority
	expires    time.Duration // zero: never
	collapse   *template     // nil: none
	set        []setting
	payload    string // the field that needs a payload, as far as can be told; empty: none
}

// handle lets the rule say what it says of an event, and then remember.
func (x rule) handle(e chat.Event, now values) (said []chat.Message, err error) {
	if x.when != nil {
		if matches, err := x.when.Truth(now); err != nil || !matches {
			return nil, in("when", err)
		}
	}
	m, speaks, err := x.message(e, now)
	if err != nil {
		return nil, err
	}
	if speaks {
		said = []chat.Message{m}
	}
	return said, x.remember(e, now)
}

// message is what the rule says of an event; false when it says nothing.
func (x rule) message(e chat.Event, now values) (m chat.Message, speaks bool, err error) {
	m.Priority = x.priority
	if m.Text, err = x.text(e, now); err != nil || m.Text == "" && len(x.renderings) == 0 && x.each == nil {
		return m, false, err
	}
	if m.To, err = x.to.of(now); err != nil {
		return m, false, in("to", err)
	}
	if err := x.texts(&m, e, now); err != nil || m.Text == "" && len(m.Renderings) == 0 {
		return m, false, err
	}
	if x.expires > 0 {
		m.Expires = e.Time.Add(x.expires)
	}
	if x.collapse != nil {
		key, err := x.collapse.run(now)
		if err != nil {
			return m, false, in("collapse", err)
		}
		m.Collapse = collapseKey(key)
	}
	return m, true, nil
}

// in says of which field an error is.
func in(field string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", field, err)
}
