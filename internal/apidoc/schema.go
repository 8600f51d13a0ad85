package apidoc

import (
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"

	"github.com/invopop/jsonschema"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/openapi"
)

// object is a JSON object.
type object = map[string]any

// schemas makes schemas of Go types, and collects those that have a name.
type schemas struct {
	source *source
	named  object
	closed map[string]bool // named ones, by whether they take no other field
}

// of is the schema of a value of a description. What requests bring is closed:
// it has no field that is not described.
func (s *schemas) of(is any, closed bool) (any, error) {
	switch is := is.(type) {
	case openapi.Schema:
		return is, nil
	case openapi.Either:
		return s.either(is, closed)
	}
	r := jsonschema.Reflector{Anonymous: true, AllowAdditionalProperties: !closed, Mapper: s.special, LookupComment: s.source.about}
	text, err := json.Marshal(r.ReflectFromType(reflect.TypeOf(is)))
	if err != nil {
		return nil, fmt.Errorf("the schema of %T: %w", is, err)
	}
	var schema object
	if err := json.Unmarshal([]byte(strings.ReplaceAll(string(text), "#/$defs/", "#/components/schemas/")), &schema); err != nil {
		return nil, fmt.Errorf("the schema of %T: %w", is, err)
	}
	plainly(schema)
	defs, _ := schema["$defs"].(object)
	for name, def := range defs {
		if was, met := s.closed[name]; met && was != closed {
			return nil, fmt.Errorf("%s is in what is sent and in what is answered; describe one of them as an openapi.Schema", name)
		}
		s.closed[name], s.named[name] = closed, def
	}
	delete(schema, "$defs")
	delete(schema, "$schema")
	return schema, nil
}

// plainly writes a schema so that every tool understands it: many pass over what
// stands beside a reference, and over a schema that is true.
func plainly(schema any) {
	list, _ := schema.([]any)
	for _, one := range list {
		plainly(one)
	}
	o, _ := schema.(object)
	for name, one := range o {
		if one == true && name != "additionalProperties" {
			o[name] = object{}
		}
		plainly(one)
	}
	ref, refers := o["$ref"]
	if _, told := o["description"].(string); refers && told {
		delete(o, "$ref")
		o["allOf"] = []any{object{"$ref": ref}}
	}
}

func (s *schemas) either(values []any, closed bool) (any, error) {
	var all []any
	for _, v := range values {
		schema, err := s.of(v, closed)
		if err != nil {
			return nil, err
		}
		all = append(all, schema)
	}
	return object{"oneOf": all}, nil
}

// some is an object with some of the fields of a value's type.
func (s *schemas) some(is any, fields []string) (any, error) {
	if len(fields) == 0 {
		return s.of(is, true)
	}
	if _, err := s.of(is, true); err != nil {
		return nil, err
	}
	name := reflect.TypeOf(is).Name()
	all := s.named[name].(object)["properties"].(object)
	delete(s.named, name) // nothing refers to the whole of it
	picked := object{}
	for _, f := range fields {
		p, ok := all[f]
		if !ok {
			return nil, fmt.Errorf("%s has no field %q", name, f)
		}
		picked[f] = p
	}
	return object{"type": "object", "properties": picked, "additionalProperties": false}, nil
}

// ids are written as a letter and a number.
var ids = map[reflect.Type]string{}

func init() {
	for _, id := range []encoding.TextMarshaler{chat.EventID(17), chat.MessageID(17), chat.DeliveryID(17), chat.TimerID(17), chat.LeakID(17), chat.ScheduleID(17)} {
		text, _ := id.MarshalText() // which never fails
		ids[reflect.TypeOf(id)] = string(text[0])
	}
}

// special is the schema of a type that JSON has otherwise than its kind says. It
// is among the named ones, so that its comment is told once.
func (s *schemas) special(t reflect.Type) *jsonschema.Schema {
	made := s.made(t)
	if made == nil {
		return nil
	}
	made["description"] = s.source.about(t, "") + told(s.source.constants(t))
	s.named[t.Name()] = made
	return &jsonschema.Schema{Ref: "#/$defs/" + t.Name()}
}

func (s *schemas) made(t reflect.Type) object {
	if letter, ok := ids[t]; ok {
		return object{"type": "string", "pattern": "^" + letter + "[0-9]+$", "examples": []string{letter + "17"}}
	}
	switch {
	case t == reflect.TypeFor[chat.Duration]():
		return object{"type": "string", "examples": []string{"1h30m0s"}}
	case t == reflect.TypeFor[chat.Recipients]():
		return object{"type": "array", "minItems": 1, "items": object{"type": "string"}}
	case t == reflect.TypeFor[chat.Fact](): // its constants are not all of them
		return object{"type": "string", "pattern": `^(card|joined|spoke|fields\.[A-Za-z0-9_-]{1,32})$`, "examples": []string{"spoke", "fields.team"}}
	case t.Kind() == reflect.String && len(s.source.constants(t)) > 0:
		var all []string
		for _, v := range s.source.constants(t) {
			all = append(all, v.text)
		}
		if t == reflect.TypeFor[chat.RecallResult]() {
			all = append(all, "") // it is not known
		}
		return object{"type": "string", "enum": all}
	}
	return nil
}

// told is what is said of constants.
func told(all []value) string {
	var list strings.Builder
	for _, v := range all {
		if v.about != "" {
			fmt.Fprintf(&list, "\n- `%s`: %s", v.text, v.about)
		}
	}
	if list.Len() == 0 {
		return ""
	}
	return "\n" + list.String()
}
