package plugins

import (
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// Schema is the JSON Schema of the plugin's options: the names they can have,
// of what kind each is, what its field's tags say of it, and what
// holds without it. A [Secret] is a text that is "writeOnly", of the format "password".
// An audience is a reference to #/$defs/audience, which is whoever's who asks. What
// Validate refuses is not in it.
func (p Plugin) Schema() json.RawMessage { return p.written(p.schema()) }

// schemaAlone is the schema with what it refers to, for whoever has no other.
func (p Plugin) schemaAlone() json.RawMessage {
	s := p.schema()
	s["$defs"] = map[string]any{"audience": structured(audienceType, []reflect.Type{audienceType})}
	return p.written(s)
}

func (p Plugin) written(schema map[string]any) json.RawMessage {
	s, err := json.Marshal(schema)
	if err != nil {
		panic(fmt.Sprintf("plugins: the options of plugin %s cannot be written as JSON: %v", p.name, err))
	}
	return s
}

// schemaOf is the schema of a struct of options, with its defaults.
func schemaOf[C any]() map[string]any {
	var c C
	if d, ok := any(&c).(defaulter); ok {
		d.Defaults()
	}
	schema := typed(reflect.TypeFor[C](), nil)
	properties, _ := schema["properties"].(map[string]any)
	for name, f := range fieldsOf(reflect.TypeFor[C]()) {
		if v := reflect.ValueOf(c).FieldByIndex(f.Index); !v.IsZero() {
			property, _ := properties[name].(map[string]any)
			property["default"] = v.Interface()
			schema["required"] = without(schema["required"], name)
		}
	}
	if list, _ := schema["required"].([]string); len(list) == 0 {
		delete(schema, "required")
	}
	return schema
}

// without is the list without a name.
func without(list any, name string) []string {
	names, _ := list.([]string)
	return slices.DeleteFunc(names, func(s string) bool { return s == name })
}

// durationPattern is what [time.ParseDuration] reads, without a minus.
const durationPattern = `^\+?(([0-9]+(\.[0-9]*)?|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h))+$`

// typed is the schema of what decode takes for a type. The types around it are
// those that are being described; one that holds itself is left open there.
func typed(t reflect.Type, around []reflect.Type) map[string]any {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch plain := plainType(t); {
	case plain == audienceType:
		return map[string]any{"$ref": "#/$defs/audience"}
	case t == durationType:
		return map[string]any{"type": "string", "pattern": durationPattern}
	case t == reflect.TypeFor[Secret]():
		return map[string]any{"type": "string", "format": "password", "writeOnly": true}
	case plain == nil && reflect.PointerTo(t).Implements(reflect.TypeFor[encoding.TextUnmarshaler]()):
		return map[string]any{"type": "string"}
	case plain == nil || slices.Contains(around, t):
		return map[string]any{}
	}
	switch around = append(slices.Clip(around), t); t.Kind() {
	case reflect.Struct:
		return structured(t, around)
	case reflect.Map:
		return map[string]any{"type": "object", "additionalProperties": typed(t.Elem(), around)}
	case reflect.Slice, reflect.Array:
		if t.Elem().Kind() == reflect.Uint8 {
			return map[string]any{} // base64, or what json makes of it
		}
		return map[string]any{"type": "array", "items": typed(t.Elem(), around)}
	case reflect.String:
		return map[string]any{"type": "string"}
	case reflect.Bool:
		return map[string]any{"type": "boolean"}
	case reflect.Float32, reflect.Float64:
		return map[string]any{"type": "number"}
	case reflect.Interface:
		return map[string]any{}
	default:
		return map[string]any{"type": "integer"}
	}
}

func structured(t reflect.Type, around []reflect.Type) map[string]any {
	properties := map[string]any{}
	schema := map[string]any{"type": "object", "properties": properties, "additionalProperties": false}
	fields := fieldsOf(t)
	for _, name := range namesOf(fields) {
		f := fields[name]
		property := typed(f.Type, around)
		if about := f.Tag.Get("about"); about != "" {
			property["description"] = about
		}
		b := boundsOf(f)
		b.describe(property, pointed(f.Type))
		if b.required {
			required, _ := schema["required"].([]string)
			schema["required"] = append(required, name)
		}
		properties[name] = property
	}
	return schema
}

// describe adds the bounds to the schema of a value of that type, and says them in words,
// which is where editors show them. Those of a length of time are in words alone: it is a
// text there.
func (b bounds) describe(property map[string]any, t reflect.Type) {
	if b.enum != nil {
		property["enum"] = b.enum
	}
	if b.min != "" || b.max != "" {
		about, _ := property["description"].(string)
		property["description"] = strings.TrimSpace(about + " " + b.sentence(t))
	}
	names := [2]string{"minimum", "maximum"}
	switch {
	case t == durationType:
		return
	case t.Kind() == reflect.String:
		names = [2]string{"minLength", "maxLength"}
	case t.Kind() == reflect.Slice || t.Kind() == reflect.Array:
		names = [2]string{"minItems", "maxItems"}
	case t.Kind() == reflect.Map:
		names = [2]string{"minProperties", "maxProperties"}
	}
	for i, bound := range []string{b.min, b.max} {
		if n, err := strconv.ParseFloat(bound, 64); err == nil {
			property[names[i]] = n
		}
	}
	if b.required && b.min == "" && names[0] != "minimum" {
		property[names[0]] = 1
	}
}
