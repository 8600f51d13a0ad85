package plugins

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/botd-chat/botd/chat"
)

// bounds are what the tags of a field ask of its value: `min:"1"` and `max:"60"` of
// a number or a [Duration], of how many characters a text has, and of how many
// items are in a list or a map; `enum:"high,low"` of a text. They hold for what
// is given: what is left out, or null, is as it is without. `required:"true"`
// asks for something to be given, and be it by the options' defaults: a text that is not
// blank, an audience that names somebody, a list that is not empty.
type bounds struct {
	min, max string // as written; empty: none
	enum     []string
	required bool
}

// boundsOf panics on tags that do not go with the type of the field.
func boundsOf(f reflect.StructField) bounds {
	b := bounds{min: f.Tag.Get("min"), max: f.Tag.Get("max"), required: f.Tag.Get("required") == "true"}
	if list := f.Tag.Get("enum"); list != "" {
		b.enum = strings.Split(list, ",")
	}
	t := pointed(f.Type)
	for _, bound := range []string{b.min, b.max} {
		if bound == "" {
			continue
		}
		if _, err := boundary(t, bound); err != nil {
			panic(fmt.Sprintf("plugins: field %s: the tag min or max says %q: %v", f.Name, bound, err))
		}
	}
	if b.enum != nil && t.Kind() != reflect.String {
		panic(fmt.Sprintf("plugins: field %s: the tag enum is for texts, and this is a %s", f.Name, t))
	}
	return b
}

func (b bounds) none() bool { return b.min == "" && b.max == "" && b.enum == nil && !b.required }

func pointed(t reflect.Type) reflect.Type {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t
}

var durationType = reflect.TypeFor[Duration]()

// boundary reads a bound of a type.
func boundary(t reflect.Type, text string) (float64, error) {
	switch t.Kind() { //nolint:exhaustive // the others have no size
	case reflect.Struct, reflect.Bool, reflect.Interface, reflect.Func, reflect.Chan:
		return 0, fmt.Errorf("a %s has no size", t)
	}
	if t == durationType {
		d, err := time.ParseDuration(text)
		return float64(d), err
	}
	return strconv.ParseFloat(text, 64)
}

// size is what a bound is held against.
func size(v reflect.Value) float64 {
	switch {
	case v.CanInt():
		return float64(v.Int())
	case v.CanUint():
		return float64(v.Uint())
	case v.CanFloat():
		return v.Float()
	case v.Kind() == reflect.String:
		return float64(utf8.RuneCountInString(v.String()))
	}
	return float64(v.Len())
}

// check reports a value that was given and is not as it should be. It does not
// repeat the value, which may be private.
func (b bounds) check(v reflect.Value) error {
	for v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	if a, ok := v.Interface().(chat.Audience); ok && b.required {
		return a.Validate()
	}
	if b.required && isBlank(v) {
		return errors.New("is missing")
	}
	if b.enum != nil && !slices.Contains(b.enum, v.String()) {
		return fmt.Errorf("is none of those it can be; %s", suggest(v.String(), b.enum))
	}
	if b.outside(v) {
		return errors.New("want " + b.told(v.Type()))
	}
	return nil
}

func (b bounds) outside(v reflect.Value) bool {
	if b.min == "" && b.max == "" {
		return false
	}
	n := size(v)
	least, _ := boundary(v.Type(), b.min)
	most, _ := boundary(v.Type(), b.max)
	return b.min != "" && !(n >= least) || b.max != "" && !(n <= most)
}

// told says what is wanted of a value of that type.
func (b bounds) told(t reflect.Type) string {
	text := "at least " + b.min
	switch {
	case b.min == "":
		text = "at most " + b.max
	case b.max != "":
		text = b.min + " to " + b.max
	}
	what := ""
	switch t.Kind() { //nolint:exhaustive // the others are numbers
	case reflect.String:
		what = " characters"
	case reflect.Slice, reflect.Array, reflect.Map:
		what = " items"
	}
	if strings.HasSuffix(text, " 1") {
		what = strings.TrimSuffix(what, "s")
	}
	return text + what
}

// sentence says it at the end of what is said of an option.
func (b bounds) sentence(t reflect.Type) string {
	text := b.told(t)
	if b.min != "" && b.max != "" {
		return "From " + text + "."
	}
	return "A" + text[1:] + "."
}

// isBlank reports a value that says nothing.
func isBlank(v reflect.Value) bool {
	switch v.Kind() { //nolint:exhaustive // of the others, every value says something
	case reflect.String:
		return strings.TrimSpace(v.String()) == ""
	case reflect.Slice, reflect.Map:
		return v.Len() == 0
	case reflect.Struct:
		return v.IsZero()
	}
	return false
}

// mistakes are all that is wrong with something, in one line.
type mistakes []error

func (m mistakes) Error() string {
	texts := make([]string, len(m))
	for i, err := range m {
		texts[i] = err.Error()
	}
	return strings.Join(texts, "; ")
}

// Unwrap lists them.
func (m mistakes) Unwrap() []error { return m }

func (m mistakes) orNil() error {
	switch len(m) {
	case 0:
		return nil
	case 1:
		return m[0]
	}
	return m
}

// bounded reports whether somewhere in a type there is a field with bounds. It panics
// on tags that do not go with their field.
func bounded(t reflect.Type) bool {
	if known, ok := boundedTypes.Load(t); ok {
		return known == true
	}
	found := boundsWithin(t, map[reflect.Type]bool{})
	boundedTypes.Store(t, found)
	return found
}

var boundedTypes sync.Map // reflect.Type → bool

// boundsWithin looks through all fields, those after the first that has bounds too:
// their tags have to be sound.
func boundsWithin(t reflect.Type, seen map[reflect.Type]bool) (found bool) {
	t = plainType(t)
	if t == nil || seen[t] {
		return false
	}
	seen[t] = true
	if t.Kind() != reflect.Struct {
		inner := element(t)
		return inner != nil && boundsWithin(inner, seen)
	}
	shape := shapeOf(t)
	for _, f := range shape.fields {
		inner := boundsWithin(f.Type, seen)
		found = found || inner
	}
	return found || len(shape.bounds) > 0
}

// within reports all in JSON that is outside of the bounds of the type it was decoded
// into. Of the fields of the value itself, those that have a default may be left out.
func within(path string, raw json.RawMessage, v reflect.Value, defaults map[string]bool) (wrong mistakes) {
	for v.Kind() == reflect.Pointer && !v.IsNil() {
		v = v.Elem()
	}
	if plainType(v.Type()) == nil || v.Kind() == reflect.Pointer || !bounded(v.Type()) {
		return nil
	}
	switch v.Kind() { //nolint:exhaustive // nothing else holds other values
	case reflect.Struct:
		return withinStruct(path, raw, v, defaults)
	case reflect.Slice, reflect.Array:
		var items []json.RawMessage
		_ = json.Unmarshal(raw, &items) // it was decoded before
		for i, item := range items[:min(len(items), v.Len())] {
			wrong = append(wrong, within(fmt.Sprintf("%s[%d]", path, i), item, v.Index(i), nil)...)
		}
	case reflect.Map:
		given := members(raw)
		for _, key := range v.MapKeys() {
			name := fmt.Sprint(key)
			wrong = append(wrong, within(join(path, name), given[name], v.MapIndex(key), nil)...)
		}
	}
	return wrong
}

func withinStruct(path string, raw json.RawMessage, v reflect.Value, defaults map[string]bool) (wrong mistakes) {
	given, shape := members(raw), shapeOf(v.Type())
	for _, name := range shape.names {
		b, at := shape.bounds[name], join(path, name)
		item, ok := given[name]
		if !ok || string(item) == "null" {
			if b.required && !defaults[name] {
				wrong = append(wrong, placed(at, errors.New("is missing")))
			}
			continue
		}
		field := v.FieldByIndex(shape.fields[name].Index)
		if err := b.check(field); err != nil {
			wrong = append(wrong, placed(at, err))
		}
		wrong = append(wrong, within(at, item, field, nil)...)
	}
	return wrong
}

func members(raw json.RawMessage) (all map[string]json.RawMessage) {
	_ = json.Unmarshal(raw, &all) // it was decoded before
	return all
}

// mistake is what is wrong with one option, or one value of a payload.
type mistake struct {
	path string // such as "limits.high"
	err  error
}

// placed says where a mistake is; the path of one that knows its own is joined.
func placed(path string, err error) error {
	if inner, ok := err.(*mistake); ok { //nolint:errorlint // one that is wrapped has words around its path
		return &mistake{join(path, inner.path), inner.err}
	}
	if path == "" {
		return err
	}
	return &mistake{path, err}
}

func (m *mistake) Error() string { return m.path + ": " + m.err.Error() }
func (m *mistake) Unwrap() error { return m.err }

// Option is where the mistake is.
func (m *mistake) Option() string { return m.path }
