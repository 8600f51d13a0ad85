package config

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/botd-chat/botd/nearest"
)

// key is a key that can stand in a mapping.
type key struct {
	name string
	// about is what it means, in one line for whoever writes the file: with its
	// unit, and without bounds and default, which are told from what is read.
	about string
	// read reads the value. It is also called to make the schema, with a place
	// that has no value.
	read func(place)
}

// keys are in the order in which they are read, whatever that of the file, so
// that one may hang on another before it. It is that of the reference, too.
type keys []key

// mapping describes a mapping to read.
type mapping struct {
	keys keys
	// need holds the keys that must be there, each with a remedy.
	need map[string]string
	// one holds keys of which one has to be there and no second.
	one []choice
	// beside holds keys that are of no use without another.
	beside []pair
	// with holds keys that are of no use without one of several others.
	with []company
	// later holds keys that a later release will know, each with what to do
	// until then; instead holds those that never will be, with what is meant.
	later, instead map[string]string
	// secret says that a secret might stand here as a key, by a slip of the
	// pen, so that a key that resembles no known one is not repeated.
	secret bool
}

// choice is keys that exclude each other.
type choice struct {
	names  []string
	remedy string // when there is none; "" says that there need be none
}

// pair is a key and another that it has to stand beside, with what is wrong
// when that is not there and what to do about it.
type pair struct{ key, other, what, remedy string }

// company is keys that have to stand beside one of others, with what is wrong with
// them when none of those is there and what to do about it.
type company struct {
	keys, others []string
	what, remedy string
}

// mapping reads the value at p and returns the places of what is there, by
// key; nil when it is no mapping, and while the schema is made. What is
// misspelt counts as there, so that it is not missed too, and "" is there when
// something unknown is.
func (r *reader) mapping(p place, m mapping) map[string]place {
	if p.describes(m.describe) || !r.is(p, yaml.MappingNode, "a mapping (key: value)") {
		return nil
	}
	there, known := map[string]place{}, map[string]place{}
	for name, v := range p.entries() {
		if slices.Contains(m.names(), name) {
			there[name], known[name] = v, v
			continue
		}
		there[""] = v
		meant := r.unknown(p, v.key, m)
		if _, too := there[meant]; !too {
			there[meant] = v
		}
	}
	for _, k := range m.keys {
		if v, ok := known[k.name]; ok && !r.unusable[v.node] {
			k.read(v)
		}
	}
	r.together(p, there, m)
	return there
}

func (m mapping) names() []string {
	names := make([]string, 0, len(m.keys))
	for _, k := range m.keys {
		names = append(names, k.name)
	}
	return names
}

// together reports keys that are missing, and those that do not go together.
func (r *reader) together(p place, there map[string]place, m mapping) {
	for _, name := range slices.Sorted(maps.Keys(m.need)) {
		if _, ok := there[name]; !ok {
			r.problem(p, name+" is missing", m.need[name])
		}
	}
	chosen := true
	for _, c := range m.one {
		chosen = r.exactlyOne(p, there, c) && chosen
	}
	if _, unknown := there[""]; unknown || !chosen {
		return // what is missing is perhaps that, and has been reported
	}
	for _, b := range m.beside {
		v, one := there[b.key]
		if _, other := there[b.other]; one && !other {
			r.problem(v.atKey(), b.what, b.remedy)
		}
	}
	for _, c := range m.with {
		if slices.ContainsFunc(c.others, func(name string) bool { return there[name].node != nil }) {
			continue
		}
		for _, name := range c.keys {
			if v, ok := there[name]; ok {
				r.problem(v.atKey(), c.what, c.remedy)
			}
		}
	}
}

// exactlyOne reports when there is more than one of these keys, or none where
// one has to be, and whether all is well. Where something is unknown, that was
// it perhaps.
func (r *reader) exactlyOne(p place, there map[string]place, c choice) bool {
	var found []string
	for _, name := range c.names {
		if _, ok := there[name]; ok {
			found = append(found, name)
		}
	}
	_, unknown := there[""]
	switch {
	case len(found) > 1:
		r.problem(there[found[1]], "is there beside "+found[0], "keep one of "+and(c.names))
	case len(found) == 0 && c.remedy != "" && !unknown:
		r.problem(p, "there is no "+or(c.names), c.remedy)
	case len(found) == 1 || c.remedy == "":
		return true
	}
	return false
}

// unknown reports a key that has no meaning, and returns the one that was
// probably meant, or "".
func (r *reader) unknown(p place, key *yaml.Node, m mapping) string {
	at := place{node: key, key: key, path: p.path}
	quoted := "unknown key " + strconv.Quote(key.Value)
	if until, ok := m.later[key.Value]; ok {
		r.problem(at, quoted+": it belongs to a later release of botd", until)
		return ""
	}
	if remedy, ok := m.instead[key.Value]; ok {
		r.problem(at, quoted, remedy)
		return ""
	}
	meant, home := nearest.Name(key.Value, m.names()), ""
	if meant == "" {
		home = r.elsewhere(p, key.Value)
	}
	switch {
	case strings.ContainsFunc(key.Value, oddInKeys):
		quoted = "unknown key, with a character in it that no key has"
	case !plainName.MatchString(key.Value) || guarded(key.Value) || m.secret && meant == "" && home == "":
		quoted = "unknown key"
	}
	r.problem(at, quoted, cmp.Or(home, among(key.Value, m.names())))
	return meant
}

// oddInKeys is for characters that can be mistaken for others, or not be seen.
func oddInKeys(c rune) bool { return c > '~' }

// mostHomes is how many places are told where a key belongs.
const mostHomes = 2

// elsewhere says where a key belongs that is known, and not here. What is in
// the same part of the file is meant rather than what is in another.
func (r *reader) elsewhere(p place, name string) string {
	if r.homes == nil {
		root := described(r.opt)
		r.homes = map[string][]string{}
		gather(r.homes, "", root)
		gather(r.homes, "an audience", root.Defs["audience"])
	}
	at := slices.Sorted(slices.Values(r.homes[name]))
	part, _, _ := strings.Cut(p.path, ".")
	if near := slices.DeleteFunc(slices.Clone(at), func(home string) bool { return !strings.HasPrefix(home, part+".") }); len(near) > 0 {
		at = near
	}
	if len(at) > 0 && len(at) <= mostHomes {
		return "it belongs to " + strings.Join(at, " or ")
	}
	return ""
}

// gather finds out which keys can stand at a path and below.
func gather(homes map[string][]string, path string, s *schema) {
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		property := s.Properties[name]
		homes[name] = append(homes[name], cmp.Or(path, "the top of the file"))
		gather(homes, strings.TrimPrefix(path+"."+name, "."), property)
	}
	if s.AdditionalProperties != nil {
		gather(homes, path+".NAME", s.AdditionalProperties)
	}
	if s.Items != nil {
		gather(homes, path, s.Items)
	}
	for _, one := range s.AnyOf {
		gather(homes, path, one)
	}
}
