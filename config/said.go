package config

import (
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/botd-chat/botd/chat"
)

// said reads which of what is written counts, and whose.
func (r *botsReader) said(p place, c *Callback) {
	all := keys{
		{"command", "The command, without its slash, or a list of them. What is written in capitals or with a wide slash is the same one.", func(v place) { c.Commands = r.commands(v) }},
		{"pattern", "A regular expression (RE2) that matches somewhere in the text.", func(v place) { c.Pattern, _ = r.pattern(v) }},
		{"any", "Whatever is written.", func(v place) { r.yes(v, &c.Any) }},
	}
	if c.Via != chat.ViaDirect {
		all = append(all, key{"roles", "Whose messages count, by their roles in the group. Everybody's when left out.", func(v place) {
			c.Roles = distinct(r.reader, v, func(item place) (role chat.Role, ok bool) {
				oneOf(r.reader, item, &role, "role", []chat.Role{chat.Owner, chat.Admin, chat.Normal})
				return role, role != ""
			})
		}})
	}
	m := mapping{keys: all, one: []choice{{[]string{"command", "pattern", "any"}, "say which messages count: command: NAME, pattern: a regular expression, or any: true"}}}
	if c.Via == chat.ViaDirect {
		m.instead = map[string]string{"roles": "remove it: roles are of a group, and this is written in none; the plugin is told which role the sender has"}
	}
	r.mapping(p, m)
}

// commands reads one command or a list of them.
func (r *botsReader) commands(p place) []string {
	var all []string
	return several(r.reader, p, func(v place) (string, bool) {
		name, ok := r.command(v)
		if ok && slices.ContainsFunc(all, func(had string) bool { return had != name && strings.EqualFold(had, name) }) {
			r.problem(v, "is in the list already, in other letters, which count as the same", "keep it once")
			return "", false
		}
		if ok {
			all = append(all, name)
		}
		return name, ok
	})
}

// command reads the name of a command.
func (r *botsReader) command(p place) (string, bool) {
	if p.describes(func(s *schema) { s.Type, s.MaxLength = "string", count(mostWord); aText(s) }) {
		return "", false
	}
	s, ok := r.text(p)
	bare := strings.TrimLeft(s, "/／")
	switch {
	case !ok:
	case bare != s && chat.CommandName.MatchString(bare):
		r.problem(p, "has a slash before it", "write the name alone: command: "+r.plainly(p, bare))
	case strings.ContainsAny(s, " \t"):
		r.problem(p, "has a blank in it, which is where the name of a command ends", "write the name alone; what comes after it is the plugin's to read")
	case !chat.CommandName.MatchString(s) || len([]rune(s)) > mostWord:
		r.problem(p, "is no name of a command", fmt.Sprintf("begin with a letter and go on with letters, digits, - and _, %d characters at most", mostWord))
	default:
		return s, true
	}
	return "", false
}

// plainly is a value to be repeated in a remedy, unless nobody may see it.
func (r *botsReader) plainly(p place, s string) string {
	if fromVariable(p.node) || guarded(s) {
		return "NAME"
	}
	return s
}

// pattern reads a regular expression of which every match is something.
func (r *botsReader) pattern(p place) (*regexp.Regexp, bool) {
	if p.describes(func(s *schema) { s.MaxLength = count(mostPattern); aText(s) }) {
		return nil, false
	}
	var re *regexp.Regexp
	_, ok := checked(r.reader, p, func(s string) (err error) {
		if len(s) > mostPattern {
			return fmt.Errorf("is longer than %d bytes", mostPattern)
		}
		re, err = regexp.Compile(s)
		switch {
		case err != nil:
			return fmt.Errorf("is no regular expression: %s", strings.TrimPrefix(err.Error(), "error parsing regexp: "))
		case re.MatchString(""):
			return errors.New("matches the empty text, and so every message there is")
		}
		return bearable(s)
	}, "write one of RE2, without references back and looks ahead, that asks for something, such as '^\\d+$'; what counts whatever it says is any: true")
	if !ok {
		return nil, false
	}
	return re, true
}

// mostRepeated is how many characters in a row a pattern may count off. For each of them
// a text that nearly matches is gone through once more, and the chat service waits for two
// seconds: of 12 KB with 1000 of them it took more than half a second.
const mostRepeated = 200

// bearable reports a pattern that a text can keep busy for too long.
func bearable(pattern string) error {
	tree, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return err
	}
	if n := repeated(tree); n > mostRepeated {
		return fmt.Errorf("counts off %d characters, of which %d at most can be, since the chat service waits for two seconds alone; * and + count nothing", n, mostRepeated)
	}
	return nil
}

// repeated is the longest that is counted off in an expression, in characters.
func repeated(re *syntax.Regexp) (most int) {
	for _, sub := range re.Sub {
		most = max(most, repeated(sub))
	}
	if re.Op == syntax.OpRepeat {
		most = max(most, length(re))
	}
	return most
}

// length is how many characters there are in an expression, each as often as it is
// counted off.
func length(re *syntax.Regexp) (n int) {
	for _, sub := range re.Sub {
		n += length(sub)
	}
	switch re.Op { //nolint:exhaustive // the others are as long as what is in them
	case syntax.OpLiteral:
		n = len(re.Rune)
	case syntax.OpCharClass, syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		n = 1
	case syntax.OpRepeat:
		n *= max(re.Min, re.Max)
	}
	return n
}

// tell reads what somebody is told. Where it need not be, the empty text says so.
func (r *botsReader) tell(p place, to *string, without string, least int) {
	if p.describes(func(s *schema) {
		standard(s, without)
		s.Type, s.MaxLength = "string", count(mostTold)
		if least > 0 {
			s.MinLength = count(least)
		}
	}) {
		return
	}
	if least == 0 && p.node.Kind == yaml.ScalarNode && p.node.Tag == "!!str" && p.node.Value == "" {
		*to = ""
		return
	}
	*to = without
	switch s, ok := r.text(p); {
	case !ok:
	case len([]rune(s)) > mostTold:
		r.problem(p, fmt.Sprintf("has more than %d characters", mostTold), "say it in a sentence or two")
	default:
		*to = s
	}
}

// mask reads which words are replaced.
func (r *botsReader) mask(p place) *Mask {
	m := Mask{With: defaultWith}
	there := r.mapping(p, mapping{
		keys: keys{
			{"words", "Words, each as a word of its own, in capitals or not.", func(v place) { m.Words = distinct(r.reader, v, r.word) }},
			{"patterns", "Regular expressions (RE2); what they match is replaced.", func(v place) {
				r.list(v, func(item place) {
					if re, ok := r.pattern(item); ok {
						m.Patterns = append(m.Patterns, re)
					}
				})
			}},
			{"with", "What stands in their place.", func(v place) {
				if v.describes(func(s *schema) { standard(s, m.With); aText(s); s.MaxLength = count(mostWord) }) {
					return
				}
				if s, ok := r.word(v); ok {
					m.With = s
				}
			}},
		},
	})
	_, words := there["words"]
	_, patterns := there["patterns"]
	_, unknown := there[""]
	if there != nil && !words && !patterns && !unknown {
		r.problem(p, "says nothing that is replaced", `add words: [damn], or patterns: ['\d{16}']`)
	}
	return &m
}

func (r *botsReader) word(p place) (string, bool) {
	if p.describes(func(s *schema) { aText(s); s.MaxLength = count(mostWord) }) {
		return "", false
	}
	s, ok := r.text(p)
	if ok && len([]rune(s)) > mostWord {
		r.problem(p, fmt.Sprintf("has more than %d characters", mostWord), "take words, one at a time")
		return "", false
	}
	return s, ok
}
