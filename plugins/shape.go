package plugins

import (
	"reflect"
	"slices"
	"sync"

	"github.com/botd-chat/botd/chat"
)

var audienceType = reflect.TypeFor[chat.Audience]()

// shape is what a Go type takes from JSON.
type shape struct {
	plain  reflect.Type                   // as plainType says
	fields map[string]reflect.StructField // of a struct; else nil
	names  []string                       // of the fields, sorted
	bounds map[string]bounds              // of those fields that have some
}

// shapes are those of all types that were asked for: there are as many as the
// plugins have, and working one out takes longer than reading a payload.
var shapes sync.Map // reflect.Type → *shape

var noShape = &shape{}

func shapeOf(t reflect.Type) *shape {
	if t == nil {
		return noShape
	}
	if known, ok := shapes.Load(t); ok {
		s, _ := known.(*shape)
		return s
	}
	s := &shape{plain: plainType(t)}
	if s.plain != nil && s.plain.Kind() == reflect.Struct {
		s.fields = fieldsOf(s.plain)
		s.names, s.bounds = namesOf(s.fields), map[string]bounds{}
		for name, f := range s.fields {
			if b := boundsOf(f); !b.none() {
				s.bounds[name] = b
			}
		}
	}
	shapes.Store(t, s)
	return s
}

// fewNames is how many names of an object are compared one by one.
const fewNames = 16

// names are those that an object had so far.
type names struct {
	few  []string
	many map[string]bool
}

// has reports whether name was there before, and remembers it.
func (n *names) has(name string) bool {
	if n.many == nil {
		if slices.Contains(n.few, name) {
			return true
		}
		if n.few = append(n.few, name); len(n.few) > fewNames {
			n.many = map[string]bool{}
			for _, x := range n.few {
				n.many[x] = true
			}
		}
		return false
	}
	again := n.many[name]
	n.many[name] = true
	return again
}
