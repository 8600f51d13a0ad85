package config

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"gopkg.in/yaml.v3"
)

// SchemaOf compiles the schema with a validator that did not make it.
func SchemaOf(t testing.TB, o Options) *jsonschema.Schema {
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

// Marked says what an editor with the schema finds wrong with a file: that it
// is no YAML, or what the schema refuses.
func Marked(s *jsonschema.Schema, data []byte) error {
	var n yaml.Node
	if err := yaml.Unmarshal(data, &n); err != nil {
		return err
	}
	datesAsText(&n)
	var v any
	if err := n.Decode(&v); err != nil {
		return err
	}
	asJSON, err := json.Marshal(v)
	if err != nil {
		return err
	}
	if v, err = jsonschema.UnmarshalJSON(bytes.NewReader(asJSON)); err != nil {
		return err
	}
	return s.Validate(v)
}

// datesAsText has dates be text as they are written, which they are for an editor.
func datesAsText(n *yaml.Node) {
	if n.Kind == yaml.ScalarNode && n.ShortTag() == "!!timestamp" {
		n.Tag = "!!str"
	}
	for _, inner := range n.Content {
		datesAsText(inner)
	}
}

func TestTheSchemaTakesTheGoodFiles(t *testing.T) {
	s := SchemaOf(t, fakes())
	for _, file := range []string{"good.yaml", "other.yaml"} {
		if err := Marked(s, testdata(t, file)); err != nil {
			t.Errorf("%s: %v", file, err)
		}
	}
}

// What the schema refuses the reader refuses, in every file that the other
// tests make of the good ones: it would be a false alarm in an editor.
func TestTheSchemaRefusesNothingThatTheReaderTakes(t *testing.T) {
	s := SchemaOf(t, fakes())
	var cases []mutant
	for _, other := range otherValues {
		cases = append(cases, mutants(t, once(func(x spot) bool { *x.node = *other; return true }))...)
	}
	cases = append(cases, mutants(t, once(spot.leaveOut))...)
	refused, both := 0, 0
	inFolder(t)
	for _, m := range cases {
		marked, ps := Marked(s, m.data), problemsOf(t, m.data, fakes())
		if marked != nil && ps == nil {
			t.Errorf("%s: the reader takes it, and the schema does not: %v", m.spot.path, marked)
		}
		if ps != nil {
			refused++
		}
		if ps != nil && marked != nil {
			both++
		}
	}
	t.Logf("%d files, of which the reader refuses %d, and the schema %d of them", len(cases), refused, both)
	if both*100 < refused*90 {
		t.Errorf("of %d files that the reader refuses, the schema refuses only %d", refused, both)
	}
}

// known is the schema, to be looked into.
var known = sync.OnceValue(func() *schema {
	var s schema
	if err := json.Unmarshal(Schema(fakes()), &s); err != nil {
		panic(err)
	}
	return &s
})

// inner is the schema itself, or the common one that it refers to.
func inner(s *schema) *schema {
	if name, ok := strings.CutPrefix(s.Ref, "#/$defs/"); ok {
		return known().Defs[name]
	}
	return s
}

// once makes a change in one of the places where a key stands.
func once(change func(spot) bool) func(spot) bool {
	seen := map[string]bool{}
	return func(s spot) bool {
		again := seen[s.pattern()]
		seen[s.pattern()] = true
		return !again && change(s)
	}
}

// eachKey yields every key that the schema knows, by its path, in which the
// names that an operator chooses are a star, and lists and unions are passed
// over. What stands once for several places is yielded in the first of them.
func eachKey(s *schema, path string, yield func(string, *schema)) {
	walk{yield, map[string]bool{}}.keys(s, path)
}

type walk struct {
	yield func(string, *schema)
	seen  map[string]bool
}

func (w walk) keys(s *schema, path string) {
	if w.seen[s.Ref] {
		return
	}
	w.seen[s.Ref] = s.Ref != ""
	s = inner(s)
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		at, property := strings.TrimPrefix(path+"."+name, "."), s.Properties[name]
		w.yield(at, property)
		w.keys(property, at)
	}
	if a := s.AdditionalProperties; a != nil && a.Not == nil {
		w.keys(a, path+".*")
	}
	if s.Items != nil {
		w.keys(s.Items, path)
	}
	for _, one := range s.AnyOf {
		w.keys(one, path)
	}
}

// KeysOf lists every key that a configuration can have, with its path.
func KeysOf() (all []string) {
	eachKey(known(), "", func(path string, _ *schema) { all = append(all, path) })
	return all
}

func TestTheSchemaSaysWhatEveryKeyMeans(t *testing.T) {
	n := 0
	eachKey(known(), "", func(path string, s *schema) {
		n++
		if d := s.Description; len(d) < 10 || !strings.HasSuffix(d, ".") || strings.ToUpper(d[:1]) != d[:1] {
			t.Errorf("%s is described as %q, which is no sentence", path, d)
		}
	})
	if n < 45 {
		t.Errorf("only %d keys", n)
	}
}

// A default written out changes nothing, wherever it can be.
func TestTheSchemaSaysWhatHoldsWithoutAKey(t *testing.T) {
	files := [][]byte{testdata(t, "good.yaml"), testdata(t, "other.yaml")}
	inFolder(t)
	n := 0
	eachKey(known(), "", func(path string, s *schema) {
		if s.Default == nil {
			return
		}
		n++
		tried := 0
		for _, file := range files {
			for i := range holders(tree(t, file), path) {
				with := parsed(t, file, path, i, func(m map[string]any, key string) { m[key] = valueOf(t, s.Default) })
				without := parsed(t, file, path, i, func(m map[string]any, key string) { delete(m, key) })
				if with == nil || without == nil {
					continue // something else there asks for another
				}
				tried++
				if d := cmp.Diff(without, with, networks, patterns, calendars); d != "" {
					t.Errorf("%s: %s is said to be the default, and changes\n%s", path, s.Default, d)
				}
			}
		}
		if tried == 0 {
			t.Errorf("%s: %s is said to be the default, and refused wherever it is written", path, s.Default)
		}
	})
	if n < 18 {
		t.Errorf("only %d keys have a default", n)
	}
}

func tree(t *testing.T, file []byte) (root map[string]any) {
	t.Helper()
	if err := yaml.Unmarshal(file, &root); err != nil {
		t.Fatal(err)
	}
	return root
}

// holders are the mappings in a file that the key of that path can stand in.
func holders(root map[string]any, path string) []map[string]any {
	all := []map[string]any{root}
	names := strings.Split(path, ".")
	for _, name := range names[:len(names)-1] {
		var next []map[string]any
		for _, m := range all {
			for _, key := range slices.Sorted(maps.Keys(m)) {
				if inner, ok := m[key].(map[string]any); ok && (name == "*" || name == key) {
					next = append(next, inner)
				}
			}
		}
		all = next
	}
	return all
}

// parsed reads a file after a change to the i-th holder of a key; nil when it
// is refused.
func parsed(t *testing.T, file []byte, path string, i int, change func(m map[string]any, key string)) *Config {
	t.Helper()
	root := tree(t, file)
	change(holders(root, path)[i], path[strings.LastIndexByte(path, '.')+1:])
	text, err := yaml.Marshal(root)
	if err != nil {
		t.Fatal(err)
	}
	c, err := Parse("bots.yaml", text, fakes())
	if err != nil {
		return nil
	}
	c.Warnings = nil // that something has no effect
	return c
}

// valueOf is a value of JSON as YAML would have it.
func valueOf(t *testing.T, value json.RawMessage) (v any) {
	t.Helper()
	if err := yaml.Unmarshal(value, &v); err != nil { // JSON is YAML
		t.Fatal(err)
	}
	return v
}

func TestWhereAVariableStandsTheSchemaTakesIt(t *testing.T) {
	s := SchemaOf(t, fakes())
	kinds := map[string]bool{}
	eachKey(known(), "", func(path string, k *schema) {
		if k.Type == "string" || k.AnyOf != nil {
			kinds[path] = true
		}
	})
	cases := mutants(t, func(x spot) bool {
		*x.node = *scalar("!!str", "${TITLE}")
		return kinds[x.pattern()]
	})
	for _, m := range cases {
		if err := Marked(s, m.data); err != nil && strings.Contains(fmt.Sprint(err), strings.ReplaceAll(m.spot.path, ".", "/")) {
			t.Errorf("%s: %v", m.spot.path, err)
		}
	}
	if len(cases) < 40 {
		t.Errorf("only %d keys", len(cases))
	}
}
