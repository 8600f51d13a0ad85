package plugins

import (
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
)

// Schema is the JSON Schema of the plugin's options: the names they can have,
// of what kind each is, what its field's tag `about:"…"` says of it, and what
// holds without it. An audience is a reference to #/$defs/audience, which is
// whoever's who asks. What Validate refuses is not in it.
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
		}
	}
	return schema
}

// typed is the schema of what decode takes for a type. The types around it are
// those that are being described; one that holds itself is left open there.
func typed(t reflect.Type, around []reflect.Type) map[string]any {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch plain := plainType(t); {
	case plain == audienceType:
		return map[string]any{"$ref": "#/$defs/audience"}
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
	for name, f := range fieldsOf(t) {
		property := typed(f.Type, around)
		if about := f.Tag.Get("about"); about != "" {
			property["description"] = about
		}
		properties[name] = property
	}
	return map[string]any{"type": "object", "properties": properties, "additionalProperties": false}
}
