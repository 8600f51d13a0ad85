package contract

import (
	"fmt"
	"strings"
	"testing"

	"github.com/botd-chat/botd/plugins/notice"
)

func TestOptionsAreHeldAgainstWhatAPluginSaysOfThem(t *testing.T) {
	const quiz = `{"type": "object", "additionalProperties": false, "required": ["title"], "properties": {
		"title": {"type": "string", "maxLength": 5}, "pass": {"type": "integer", "minimum": 0, "maximum": 100},
		"level": {"enum": ["easy", "hard"]}, "parts": {"type": "array", "items": {"type": "object", "properties": {"n": {"type": "integer"}}}}}}`
	for _, test := range []struct{ name, schema, options, want string }{
		{"all is well", quiz, `{"title": "Week", "pass": 60}`, ""},
		{"nothing is said of them", "", `{"whatever": 1}`, ""},
		{"null is said of them", "null", `{"whatever": 1}`, ""},
		{"a misspelt name", quiz, `{"title": "Week", "pas": 60}`, `options: has no "pas"; did you mean "pass"?`},
		{"a name like no other", quiz, `{"title": "Week", "colour": 1}`, `options: has no "colour"; it has level, parts, pass, title`},
		{"two names that are not there", quiz, `{"title": "Week", "a": 1, "b": 2}`, `options: has no ["a" "b"]`},
		{"one that is missing", quiz, `{}`, `options: needs ["title"]`},
		{"another type", quiz, `{"title": "Week", "pass": "canary"}`, "options.pass: is a value of type string; want integer"},
		{"too little", quiz, `{"title": "Week", "pass": -1}`, "options.pass: is less than 0"},
		{"too much", quiz, `{"title": "Week", "pass": 101}`, "options.pass: is more than 100"},
		{"none of those there are", quiz, `{"title": "Week", "level": "canary"}`, "options.level: is none of [easy hard]"},
		{"something else", quiz, `{"title": "canary"}`, "options.title: does not meet its maxLength"},
		{"deep inside", quiz, `{"title": "Week", "parts": [{"n": 1}, {"n": "canary"}]}`, "options.parts.1.n: is a value of type string; want integer"},
		{"two mistakes at once", quiz, `{"title": "Week", "pass": -1, "level": "canary"}`, "is less than 0"},
		{"a schema that is none", `{"type": 1}`, `{}`, "what it says of its options is no JSON Schema: "},
		{"a schema that never ends", `{"$ref": "#"}`, `{}`, "refers to itself"},
		{"a schema that ends nowhere", `{"$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}}}`, `{}`, "refers to itself"},
		{"a schema that has a file read", `{"$ref": "file:///etc/passwd"}`, `{}`, "it refers to"},
		{"a schema that has an address read", `{"$ref": "https://example.com/schema.json"}`, `{}`, "it refers to"},
		{"what the SDK says", string(notice.Plugin.Manifest().Config), `{"to": {"rols": ["owner"]}}`, `options.to: has no ["rols"]`},
		{"what the SDK takes", string(notice.Plugin.Manifest().Config), `{"to": {"roles": ["owner"], "any_of": [{"users": ["cy"]}]}, "text": "Hello"}`, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := ""
			if err := CheckOptions([]byte(test.schema), []byte(test.options)); err != nil {
				got = err.Error()
			}
			if test.want == "" && got != "" || !strings.Contains(got, test.want) {
				t.Errorf("got %q; want %q", got, test.want)
			}
			if strings.Contains(got, "canary") {
				t.Errorf("it tells what stands in the options: %s", got)
			}
		})
	}
}

// A plugin elsewhere says what its schema is, and is not to stop a botd by it.
func TestASchemaThatIsLookedAtForEverIsGivenUp(t *testing.T) {
	var b strings.Builder
	b.WriteString(`{"$ref":"#/$defs/a0","$defs":{`)
	const depth = 40
	for i := range depth {
		fmt.Fprintf(&b, `"a%d":{"allOf":[{"$ref":"#/$defs/a%d"},{"$ref":"#/$defs/a%[2]d"}]},`, i, i+1)
	}
	fmt.Fprintf(&b, `"a%d":{"type":"object"}}}`, depth)
	if err := CheckOptions([]byte(b.String()), []byte(`{}`)); err == nil || !strings.Contains(err.Error(), "takes longer than") {
		t.Error(err)
	}
}

func TestWhatIsWrongWithOptionsIsToldInAFewWords(t *testing.T) {
	schema := `{"properties": {"a": {"enum": ["\n` + strings.Repeat("x", 100_000) + `"]}}}`
	if err := CheckOptions([]byte(schema), []byte(`{"a": 1}`)); err == nil || len(err.Error()) > 1010 || strings.Contains(err.Error(), "\n") {
		t.Errorf("%.2000v", err)
	}
}
