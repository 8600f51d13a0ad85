package rules

import (
	"fmt"
	"regexp"

	"github.com/botd-chat/botd/expression"
)

// guard is how an expression finds out whether there is a payload at all, which the
// rule is then for events with and without.
var guard = regexp.MustCompile(`\b(webhook|on|kind)\b|\bpayload *(\?|==|!=)`)

// scheduled reports a rule that cannot be for a schedule.
func (x rule) scheduled() error {
	switch {
	case x.preset != "":
		return fmt.Errorf("%s: a schedule brings no payload, and preset %s is for one; use say", x.title, x.preset)
	case x.payload != "":
		return fmt.Errorf("%s: %s: a schedule brings no payload; write payload?.x for what may be missing, or give the schedule a rule of its own", x.title, x.payload)
	}
	return nil
}

// asksPayload is the field of the rule that cannot be worked out without a payload;
// empty if there is none, or if an expression looks whether there is one.
func (x rule) asksPayload() string {
	sources := x.sources()
	for _, s := range sources {
		if s.field == "when" && guard.MatchString(s.text) {
			return ""
		}
	}
	for _, s := range sources {
		if len(expression.Members(s.text, "payload")) > 0 && !guard.MatchString(s.text) {
			return s.field
		}
	}
	return ""
}

// source is an expression of a rule as it was written.
type source struct{ field, text string }

func (x rule) sources() (list []source) {
	add := func(field string, p *expression.Program) {
		if p != nil {
			list = append(list, source{field, p.String()})
		}
	}
	add("when", x.when)
	list = append(list, source{"to", x.to.where})
	type text struct {
		field string
		*template
	}
	texts := []text{{"say", x.say}, {"say_each", x.each}, {"collapse", x.collapse}}
	for i, r := range x.renderings {
		at := fmt.Sprintf("renderings[%d].", i)
		list = append(list, source{at + "to", r.to.where})
		texts = append(texts, text{at + "say", r.say})
	}
	for _, of := range texts {
		if of.template == nil {
			continue
		}
		for _, p := range of.parts {
			add(of.field, p.program)
		}
	}
	for _, s := range x.set {
		add(s.place(), s.program)
	}
	return list
}
