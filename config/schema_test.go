package config

import (
	"bytes"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"gopkg.in/yaml.v3"
)

// schemaOf compiles the schema with a validator that did not make it.
func schemaOf(t testing.TB, o Options) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(Schema(o)))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("bots.schema.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("bots.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// plainly decodes a file as an editor does.
func plainly(data []byte) (v any, err error) {
	err = yaml.Unmarshal(data, &v)
	return v, err
}

func TestTheSchemaTakesWhatTheReaderTakes(t *testing.T) {
	s := schemaOf(t, fakes())
	for _, file := range []string{"good.yaml", "other.yaml"} {
		v, err := plainly(testdata(t, file))
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Validate(v); err != nil {
			t.Errorf("%s: %v", file, err)
		}
	}
}
