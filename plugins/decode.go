package plugins

import (
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/botd-chat/botd/chat"
)

// strictness says what happens to a name that the struct does not have.
type strictness bool

const (
	exact    strictness = true  // it is an error
	tolerant strictness = false // it is passed over, except in an audience
)

// decode reads JSON into v. An audience is read exactly in either case, since
// passing over a misspelt "except" would widen it.
func decode(raw json.RawMessage, v any, s strictness) error {
	// Syntax and types first, so that the walk below meets sound JSON only.
	if err := json.Unmarshal(raw, v); err != nil {
		return locate(raw, reflect.TypeOf(v), err)
	}
	if walk(raw, reflect.TypeOf(v), s, false) != nil {
		return walk(raw, reflect.TypeOf(v), s, true)
	}
	return nil
}

// Exactly reads JSON into what v points to as options are read: a name that is
// unknown, stands there twice or differs in its letters' case is an error. It is for
// a type with an UnmarshalJSON of its own, into which nobody else looks.
func Exactly(raw json.RawMessage, v any) error { return decode(raw, v, exact) }

// walk reports the first name that is not as it should be. Where it stands is
// worked out only when it is asked for: nearly always there is nothing to tell.
func walk(raw json.RawMessage, t reflect.Type, s strictness, where bool) error {
	w := walker{text: raw, where: where}
	return w.value("", t, s)
}

// checkName reports a name that no field has. One that differs from a field's
// in its letters' case alone is never passed over: encoding/json would take it.
func checkName(path, name string, fields map[string]reflect.StructField, s strictness) error {
	if _, known := fields[name]; known {
		return nil
	}
	for _, field := range namesOf(fields) {
		if strings.EqualFold(field, name) {
			return placed(join(path, name), fmt.Errorf("write it %s", field))
		}
	}
	if s == tolerant {
		return nil
	}
	return placed(join(path, short(name)), fmt.Errorf("unknown name; %s", suggest(name, namesOf(fields))))
}

// short cuts a name that came from outside: it is told in logs, and may be
// anything.
func short(name string) string {
	if r := []rune(name); len(r) > 40 {
		return string(r[:40]) + "…"
	}
	return name
}

// plainType is what JSON of this type is decoded into field by field; nil for
// a type that reads its JSON itself, and for none.
func plainType(t reflect.Type) reflect.Type {
	for t != nil && t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t == nil {
		return nil
	}
	p := reflect.PointerTo(t)
	if p.Implements(reflect.TypeFor[json.Unmarshaler]()) || p.Implements(reflect.TypeFor[encoding.TextUnmarshaler]()) {
		return nil
	}
	return t
}

// element is the type of what is in a map, slice or array; nil for others.
func element(t reflect.Type) reflect.Type {
	if t == nil {
		return nil
	}
	switch t.Kind() {
	case reflect.Map, reflect.Slice, reflect.Array:
		return t.Elem()
	default:
		return nil
	}
}

// jsonName is the name of a field in JSON; ok is false for one that has none.
func jsonName(f reflect.StructField) (name string, ok bool) {
	tag := f.Tag.Get("json")
	name, _, _ = strings.Cut(tag, ",")
	switch {
	case !f.IsExported() || tag == "-":
		return "", false
	case name == "" && f.Anonymous && plainType(f.Type) != nil && plainType(f.Type).Kind() == reflect.Struct:
		return "", false // its fields stand for it
	case name == "":
		return f.Name, true
	}
	return name, true
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// explain says in plain words what JSON was not as it should be. It shows
// names and types and no values: those may be private. What a type of its own
// has to say is left as it is.
func explain(err error) error {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		return fmt.Errorf("not JSON: %w", err)
	case errors.As(err, &kind):
		found, _, _ := strings.Cut(kind.Value, " ")
		text := fmt.Sprintf("want %s, found %s", article(kind.Type), found)
		if kind.Field == "" {
			return errors.New(text)
		}
		return placed(kind.Field, errors.New(text))
	}
	return err
}

// locate explains err, which came of decoding raw into a t. An error of a type
// that reads its own JSON does not say in which field it was; it is looked for.
func locate(raw json.RawMessage, t reflect.Type, err error) error {
	var values map[string]json.RawMessage
	t = plainType(t)
	if t == nil || t.Kind() != reflect.Struct || located(err) || json.Unmarshal(raw, &values) != nil {
		return explain(err)
	}
	fields := fieldsOf(t)
	for _, name := range namesOf(fields) {
		value, ok := values[name]
		if !ok {
			continue
		}
		if err := json.Unmarshal(value, reflect.New(fields[name].Type).Interface()); err != nil {
			return placed(name, locate(value, fields[name].Type, err))
		}
	}
	return explain(err)
}

// located reports whether err says by itself in which field it was.
func located(err error) bool {
	var kind *json.UnmarshalTypeError
	return errors.As(err, &kind)
}

// article names a Go type as JSON has it.
func article(t reflect.Type) string {
	if t == reflect.TypeFor[chat.Duration]() {
		return `a length of time such as "1h30m"`
	}
	if reflect.PointerTo(t).Implements(reflect.TypeFor[encoding.TextUnmarshaler]()) {
		return "a string"
	}
	switch t.Kind() {
	case reflect.Bool:
		return "true or false"
	case reflect.String:
		return "a string"
	case reflect.Slice, reflect.Array:
		return "an array"
	case reflect.Struct, reflect.Map:
		return "an object"
	case reflect.Float32, reflect.Float64:
		return "a number"
	default:
		return "a whole number in range"
	}
}
