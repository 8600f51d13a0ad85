package apidoc

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
)

// Schema is the JSON Schema of a value's type, as a document of its own. A closed one
// takes no field that is not described.
func Schema(title string, is any, closed bool) ([]byte, error) {
	source, err := newSource()
	if err != nil {
		return nil, err
	}
	s := &schemas{source, object{}, map[string]bool{}}
	if _, err := s.of(is, closed); err != nil {
		return nil, err
	}
	own := reflect.TypeOf(is).Name()
	root, _ := s.named[own].(object)
	delete(s.named, own)
	root["$schema"], root["title"], root["$defs"] = "https://json-schema.org/draft/2020-12/schema", title, s.named
	var text bytes.Buffer
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(root); err != nil {
		return nil, fmt.Errorf("writing the schema of %s: %w", own, err)
	}
	return []byte(strings.ReplaceAll(text.String(), "#/components/schemas/", "#/$defs/")), nil
}
