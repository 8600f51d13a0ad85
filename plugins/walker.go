package plugins

import (
	"errors"
	"fmt"
	"reflect"
)

// walker goes through JSON that is known to be sound, beside the type it is
// decoded into. encoding/json takes Except for except, and joins the values of
// two keys with the same name, so neither can be told from its result.
type walker struct {
	text  []byte
	at    int
	where bool // paths are worked out
}

func (w *walker) value(path string, t reflect.Type, s strictness) error {
	shape := shapeOf(t)
	if shape.plain == audienceType {
		s = exact
	}
	switch w.next() {
	case '{':
		return w.object(path, shape, s)
	case '[':
		return w.array(path, shape, s)
	default:
		w.at, _ = skip(w.text, w.at, 0) // the JSON is sound
	}
	return nil
}

func (w *walker) object(path string, t *shape, s strictness) error {
	var seen names
	for w.at++; w.more('}'); {
		name := w.name()
		if seen.has(name) {
			return placed(join(path, name), errors.New("stands there twice"))
		}
		inner := element(t.plain)
		if t.fields != nil {
			if err := checkName(path, name, t.fields, s); err != nil {
				return err
			}
			inner = t.fields[name].Type
		}
		w.next()
		w.at++ // the colon
		if t.plain == audienceType && narrows(name) && w.next() == 'n' {
			return placed(join(path, name), errors.New("is null, by which it would leave nobody out; leave the name out if that is meant"))
		}
		at := ""
		if w.where {
			at = join(path, name)
		}
		if err := w.value(at, inner, s); err != nil {
			return err
		}
	}
	return nil
}

// narrows reports whether a name of an audience takes people out. As null it would take
// out nobody, and null is what a look-up in vain most often is.
func narrows(name string) bool { return name == "except" || name == "within" || name == "where" }

func (w *walker) array(path string, t *shape, s strictness) error {
	inner := element(t.plain)
	i := 0
	for w.at++; w.more(']'); i++ {
		at := ""
		if w.where {
			at = fmt.Sprintf("%s[%d]", path, i)
		}
		if err := w.value(at, inner, s); err != nil {
			return err
		}
	}
	return nil
}

// next passes over white space and returns what follows it.
func (w *walker) next() byte {
	w.at = space(w.text, w.at)
	return w.text[w.at]
}

// more passes over a comma, or over the end, which it reports.
func (w *walker) more(end byte) bool {
	c := w.next()
	if c == end || c == ',' {
		w.at++
	}
	if c != end {
		w.next()
	}
	return c != end
}

// name passes over a name and returns what it means.
func (w *walker) name() string {
	from := w.at
	w.at, _ = skipString(w.text, from)
	return unquoted(w.text[from:w.at])
}
