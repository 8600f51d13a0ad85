package config

import (
	"regexp"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

var variable = regexp.MustCompile(`\$?\$\{[^}]*\}?`)
var variableName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// fromVariable reports whether something in n is, or may be, taken from a
// variable.
func fromVariable(n *yaml.Node) bool {
	return n.Kind == yaml.ScalarNode && strings.Contains(n.Value, "${") ||
		slices.ContainsFunc(n.Content, fromVariable)
}

// expand replaces each ${NAME} of a scalar by what that variable holds, and
// $${ by ${. A dollar sign elsewhere is itself.
func (r *reader) expand(p place) (string, bool) {
	ok := true
	s := variable.ReplaceAllStringFunc(p.node.Value, func(m string) string {
		if escaped, is := strings.CutPrefix(m, "$$"); is {
			return "$" + escaped
		}
		v, found := r.variable(p, m)
		ok = ok && found
		return v
	})
	return s, ok
}

func (r *reader) variable(p place, reference string) (string, bool) {
	name, closed := strings.CutSuffix(strings.TrimPrefix(reference, "${"), "}")
	if !closed || !variableName.MatchString(name) {
		r.problem(p, "holds ${ without a variable's name and } after it", "write ${NAME}, or $${ for ${ itself; ${NAME:-default} does not exist here")
		return "", false
	}
	v, found := r.opt.Lookup(name)
	switch {
	case !found:
		r.problem(p, "the variable "+name+" is not set", "set it before starting botd, or write the value here")
	case v == "":
		r.problem(p, "the variable "+name+" is empty", "give it a value before starting botd")
		return "", false
	}
	return v, found
}
