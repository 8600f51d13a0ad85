package contract

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/internal/apidoc"
	"github.com/botd-chat/botd/plugins"
)

type object = map[string]any

// The schemas are made from the code; UPDATE=1 writes them again.
func TestReferenceOfTheContractIsCurrent(t *testing.T) {
	for _, c := range []struct {
		name, title string
		is          any
		closed      bool
		change      func(schema object)
	}{
		{"event", "Event: what a botd asks a plugin, by POST /", chat.Event{}, false, openEvent},
		{"reply", "Reply: what a plugin answers to an event", plugins.Reply{}, true, nullReply},
		{"manifest", "Manifest: what a plugin says of itself, at GET /", plugins.Manifest{}, false, exactManifest},
		{"heard", "The payload of an event of kind message whose origin has the scheme callback: what a member wrote in the chat itself", chat.Heard{}, false, asItIs},
		{"happening", "The payload of an event of kind callback: what happened in the group", chat.Happening{}, false, asItIs},
	} {
		made, err := apidoc.Schema(c.title, c.is, c.closed)
		if err != nil {
			t.Fatal(err)
		}
		var schema object
		if err := json.Unmarshal(made, &schema); err != nil {
			t.Fatal(err)
		}
		c.change(schema)
		current(t, c.name+".schema.json", schema)
	}
}

// openEvent leaves open what a later host of the same contract may add, and takes out
// what a host keeps to itself.
func openEvent(schema object) {
	defs, properties := schema["$defs"].(object), schema["properties"].(object)
	delete(defs["Origin"].(object)["properties"].(object), "ceiling")
	delete(defs, "Ceiling")
	delete(defs, "Audience")
	kind := defs["Kind"].(object)
	kind["examples"] = kind["enum"]
	delete(kind, "enum")
	properties["botd"].(object)["const"] = chat.Contract
}

// nullReply lets what may be left out be null, too.
func nullReply(schema object) {
	defs := schema["$defs"].(object)
	defs["State"].(object)["type"] = []string{"object", "null"}
	for _, name := range []string{"messages", "later"} {
		schema["properties"].(object)[name].(object)["type"] = []string{"array", "null"}
	}
	to := defs["Audience"].(object)
	var somebody []object
	for _, name := range []string{"everyone", "roles", "users", "sender", "any_of"} {
		somebody = append(somebody, object{"required": []string{name}})
	}
	to["anyOf"] = somebody
}

func asItIs(object) {}

func exactManifest(schema object) {
	schema["properties"].(object)["botd"].(object)["const"] = chat.Contract
}

func current(t *testing.T, name string, schema object) {
	t.Helper()
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(schema); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join("v1", name)
	if os.Getenv("UPDATE") == "1" {
		if err := os.WriteFile(file, b.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if was, err := os.ReadFile(file); err != nil || !bytes.Equal(was, b.Bytes()) {
		t.Errorf("%s is not what the code says; `make generate` writes it again (%v)", name, err)
	}
}

func TestTheSchemasAgreeWithTheVectors(t *testing.T) {
	event, reply := resolved(t, "event.schema.json"), resolved(t, "reply.schema.json")
	for _, v := range Events() {
		if v.Event == nil {
			continue
		}
		// Only these are what no host of this version sends.
		wrong := v.Name == "no-session" || v.Name == "null-session"
		if err := event.Validate(value(t, v.Event)); (err != nil) != wrong {
			t.Errorf("event %s: %v", v.Name, err)
		}
	}
	heard, happening := resolved(t, "heard.schema.json"), resolved(t, "happening.schema.json")
	told := 0
	for _, v := range Events() {
		var e chat.Event
		if v.Event == nil || json.Unmarshal(v.Event, &e) != nil || e.Origin == nil || e.Origin.Scheme != chat.SchemeCallback {
			continue
		}
		payload := heard
		if e.Kind == chat.Callback {
			payload = happening
		}
		if err := payload.Validate(value(t, e.Payload)); err != nil {
			t.Errorf("payload of %s: %v", v.Name, err)
		}
		told++
	}
	if told < 4 {
		t.Errorf("%d vectors are of what the chat service tells", told)
	}
	refused := 0
	for _, v := range Replies() {
		err := reply.Validate(value(t, v.Reply))
		if v.Want == "taken" && err != nil {
			t.Errorf("reply %s: %v", v.Name, err)
		}
		if err != nil {
			refused++
		}
	}
	if refused < 10 {
		t.Errorf("the schema refuses %d of the replies that a host refuses", refused)
	}
}

func TestTheManifestOfEveryPluginIsRightByItsSchema(t *testing.T) {
	schema := resolved(t, "manifest.schema.json")
	raw, err := json.Marshal(sample.Manifest())
	if err != nil {
		t.Fatal(err)
	}
	if err := schema.Validate(value(t, raw)); err != nil {
		t.Error(err)
	}
	if err := schema.Validate(value(t, []byte(`{"botd": 2, "name": "x", "version": "1"}`))); err == nil {
		t.Error("a manifest of version 2 is taken")
	}
}

func resolved(t *testing.T, name string) *jsonschema.Resolved {
	t.Helper()
	var s jsonschema.Schema
	if err := json.Unmarshal(File(name), &s); err != nil {
		t.Fatal(err)
	}
	r, err := s.Resolve(nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func value(t *testing.T, raw []byte) (v any) {
	t.Helper()
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatal(err)
	}
	return v
}
