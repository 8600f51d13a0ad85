package plugins

import (
	"encoding/json"
	"errors"
	"reflect"
	"slices"
)

type defaulter interface{ Defaults() }

type validator interface{ Validate() error }

// readOptions makes a C from its defaults and what is given. A given option is
// decoded on its own and then put in the place of its default: decoding onto
// the default would merge the two, and tell: {users: [cy]} would still mean
// the admins as well.
func readOptions[C any](options json.RawMessage) (C, error) {
	var c, given C
	if d, ok := any(&c).(defaulter); ok {
		d.Defaults()
	}
	if len(options) == 0 || string(options) == "null" {
		options = json.RawMessage("{}")
	}
	if err := decode(options, &given, exact); err != nil {
		return given, err
	}
	var names map[string]json.RawMessage
	if err := json.Unmarshal(options, &names); err != nil {
		return given, explain(err)
	}
	to, from := reflect.ValueOf(&c).Elem(), reflect.ValueOf(&given).Elem()
	defaults := map[string]bool{}
	for name, f := range fieldsOf(to.Type()) {
		raw, ok := names[name]
		defaults[name] = !to.FieldByIndex(f.Index).IsZero()
		switch {
		case !ok:
		case string(raw) == "null":
			return given, placed(name, errors.New("has no value; leave it out to have its default"))
		default:
			to.FieldByIndex(f.Index).Set(from.FieldByIndex(f.Index))
		}
	}
	if wrong := within("", options, from, defaults).orNil(); wrong != nil {
		return given, wrong
	}
	return c, validate(&c)
}

// validate calls the Validate method of what v points to, if it has one.
func validate(v any) error {
	if x, ok := v.(validator); ok {
		return x.Validate()
	}
	return nil
}

// fieldsOf maps the names that JSON has for the fields of a struct to the fields.
func fieldsOf(t reflect.Type) map[string]reflect.StructField {
	fields := map[string]reflect.StructField{}
	for _, f := range reflect.VisibleFields(t) {
		name, ok := jsonName(f)
		if !ok {
			continue
		}
		if had, twice := fields[name]; !twice || len(f.Index) < len(had.Index) {
			fields[name] = f
		}
	}
	return fields
}

func namesOf(fields map[string]reflect.StructField) []string {
	names := make([]string, 0, len(fields))
	for name := range fields {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
