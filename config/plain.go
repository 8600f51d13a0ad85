package config

import (
	"fmt"

	"gopkg.in/yaml.v3"
)

// maxNesting is how deep a configuration can nest. The deepest key has about
// ten levels, and plugin options may need some more.
const maxNesting = 32

// plain refuses aliases, anchors, merge keys, tags, repeated keys, and keys
// that are no text, everywhere under p. What cannot be read any further it
// marks as unusable.
func (r *reader) plain(p place, depth int) {
	n := p.node
	switch {
	case depth > maxNesting:
		r.unfit(p, fmt.Sprintf("is nested deeper than %d levels", maxNesting), "flatten it")
		return
	case n.Kind == yaml.AliasNode:
		r.unfit(p, "is an alias (*name)", "write the value itself, in quotes if it begins with *")
		return
	case n.Style&yaml.TaggedStyle != 0:
		r.unfit(p, "has a YAML tag (!name)", "leave it out, or put the value in quotes if it begins with !")
	case n.Anchor != "":
		r.problem(p, "has an anchor (&name)", "leave it out, or put the value in quotes if it begins with &")
	}
	switch n.Kind {
	case yaml.SequenceNode:
		for i, c := range n.Content {
			r.plain(p.item(i, c), depth+1)
		}
	case yaml.MappingNode:
		r.plainKeys(p, depth)
	case yaml.DocumentNode, yaml.ScalarNode, yaml.AliasNode:
	}
}

func (r *reader) unfit(p place, what, remedy string) {
	r.problem(p, what, remedy)
	r.unusable[p.node] = true
}

// plainKeys is plain for a mapping. It takes out the keys that are no text or
// repeat another.
func (r *reader) plainKeys(p place, depth int) {
	seen := map[string]int{}
	var kept []*yaml.Node
	for i := 0; i+1 < len(p.node.Content); i += 2 {
		k, v := p.node.Content[i], p.node.Content[i+1]
		if !r.plainKey(place{node: k, key: k, path: p.path}) {
			continue
		}
		at := p.under(k, v)
		r.plain(at, depth+1)
		if line, twice := seen[k.Value]; twice {
			r.problem(place{node: k, key: k, path: at.path}, fmt.Sprintf("is there twice; line %d has it already", line), "keep one of the two")
			continue
		}
		seen[k.Value] = k.Line
		kept = append(kept, k, v)
	}
	p.node.Content = kept
}

// plainKey reports whether a key is text and no more.
func (r *reader) plainKey(p place) bool {
	k := p.node
	switch {
	case k.Kind != yaml.ScalarNode:
		r.problem(p, "a key is not text", "write key: value, with a plain word as the key")
	case k.Style&yaml.TaggedStyle != 0 || k.Anchor != "":
		r.problem(p, "a key has an anchor or a tag", "leave it out")
	case k.Tag == "!!merge":
		r.problem(p, "a merge key (<<) stands here", "write the keys out")
	case k.Tag != "!!str" || k.Value == "":
		r.problem(p, "a key is "+kind(k)+", not text", "put it in quotes if it is meant")
	default:
		return true
	}
	return false
}
