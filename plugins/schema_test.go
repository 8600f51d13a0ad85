package plugins

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/botd-chat/botd/chat"
)

type inner struct {
	Word string
	Next *inner `json:"next"`
}

type every struct {
	Tell   chat.Audience    `json:"tell" about:"Who hears."`
	Also   *chat.Audience   `json:"also"`
	Count  int              `json:"count"`
	Share  float64          `json:"share"`
	Loud   bool             `json:"loud"`
	Wait   Duration         `json:"wait"`
	Names  []chat.UserID    `json:"names"`
	Scores map[string]uint  `json:"scores"`
	Deep   []inner          `json:"deep"`
	Any    any              `json:"any"`
	Raw    json.RawMessage  `json:"raw"`
	Bytes  []byte           `json:"bytes"`
	Pair   [2]int           `json:"pair"`
	Hidden string           `json:"-"`
	Odd    map[string]inner `json:"odd"`
	inner
}

func (e *every) Defaults() {
	e.Tell, e.Count, e.Wait = chat.Admins, 3, Duration(90e9)
}

// What the plugin takes, its schema takes; what the schema takes and the plugin
// does not is a matter of values.
func TestTheSchemaOfOptionsIsThatOfWhatIsRead(t *testing.T) {
	p := Define("every", "1", func(every) (Handler, error) { return NewMux(), nil })
	s := compiled(t, p)
	for options, want := range map[string]bool{
		`{}`:                                 true,
		`{"tell": {"everyone": true}}`:       true,
		`{"also": {"roles": ["admin"]}}`:     true,
		`{"tell": {"every": true}}`:          false,
		`{"tell": "admins"}`:                 false,
		`{"count": 3}`:                       true,
		`{"count": "3"}`:                     false,
		`{"count": 3.5}`:                     false,
		`{"share": 3.5}`:                     true,
		`{"share": true}`:                    false,
		`{"loud": true}`:                     true,
		`{"loud": "yes"}`:                    false,
		`{"wait": "90s"}`:                    true,
		`{"wait": 90}`:                       false,
		`{"wait": "soon"}`:                   false,
		`{"wait": "1h30m"}`:                  true,
		`{"names": ["cy"]}`:                  true,
		`{"names": "cy"}`:                    false,
		`{"names": [{}]}`:                    false,
		`{"scores": {"cy": 1}}`:              true,
		`{"scores": {"cy": "one"}}`:          false,
		`{"deep": [{"Word": "a"}]}`:          true,
		`{"deep": [{"word": "a"}]}`:          false,
		`{"deep": [{"next": {}}]}`:           true,
		`{"any": [1, {"a": null}]}`:          true,
		`{"raw": {"a": []}}`:                 true,
		`{"bytes": "aGk="}`:                  true,
		`{"pair": [1, 2]}`:                   true,
		`{"odd": {"a": {"Word": "b"}}}`:      true,
		`{"odd": {"a": {"Wrd": "b"}}}`:       false,
		`{"Word": "that of what is inside"}`: true,
		`{"Hidden": "x"}`:                    false,
		`{"hidden": "x"}`:                    false,
		`{"Count": 3}`:                       false,
		`{"nothing": 3}`:                     false,
	} {
		v, err := jsonschema.UnmarshalJSON(bytes.NewReader([]byte(options)))
		if err != nil {
			t.Fatal(err)
		}
		read, refused := p.Check(json.RawMessage(options)), s.Validate(v)
		if (read == nil) != want || (refused == nil) != want {
			t.Errorf("%s: the plugin says %v, the schema %v", options, read, refused)
		}
	}
}

func TestTheSchemaOfOptionsSaysWhatHoldsWithoutThem(t *testing.T) {
	p := Define("every", "1", func(every) (Handler, error) { return NewMux(), nil })
	var s struct {
		Properties map[string]struct {
			Description string
			Default     json.RawMessage
		}
	}
	if err := json.Unmarshal(p.Schema(), &s); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"tell": `{"roles":["owner","admin"]}`, "count": "3", "wait": `"1m30s"`, "share": "", "names": ""} {
		if got := string(s.Properties[name].Default); got != want {
			t.Errorf("%s is %s by default, and the schema says %q", name, want, got)
		}
	}
	if got := s.Properties["tell"].Description; got != "Who hears." {
		t.Errorf("tell is told as %q", got)
	}
}

// compiled has the options' schema beside one of an audience.
func compiled(t *testing.T, p Plugin) *jsonschema.Schema {
	t.Helper()
	whole := []byte(`{"$ref": "#/$defs/options", "$defs": {"options": ` + string(p.Schema()) + `, "audience":
		{"type": "object", "properties": {"everyone": {"type": "boolean"}, "roles": {"type": "array"}}, "additionalProperties": false}}}`)
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(whole))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("options.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("options.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}
