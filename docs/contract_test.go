package docs_test

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/botd-chat/botd/contract"
	"github.com/botd-chat/botd/plugins"
)

// What the page shows as JSON is an event, a manifest or a reply, and is right.
func TestTheExamplesOfTheContractAreRight(t *testing.T) {
	page, err := os.ReadFile("contract.md")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]int{}
	for _, found := range block.FindAllStringSubmatch(string(page), -1) {
		if found[2] != "json" {
			continue
		}
		var names map[string]any
		if err := json.Unmarshal([]byte(found[3]), &names); err != nil {
			t.Errorf("%s: %v", found[3], err)
			continue
		}
		what := "reply"
		switch {
		case names["kind"] != nil:
			what = "event"
		case names["version"] != nil:
			what = "manifest"
		default:
			r, err := plugins.ReadReply([]byte(found[3]))
			if err == nil {
				err = contract.Valid(r)
			}
			if err != nil {
				t.Errorf("%s: %v", found[3], err)
			}
		}
		seen[what]++
		if err := bySchema(t, what).Validate(names); err != nil {
			t.Errorf("%s: %v", found[3], err)
		}
	}
	if seen["event"] == 0 || seen["manifest"] == 0 || seen["reply"] < 2 {
		t.Errorf("the page shows %v", seen)
	}
}

func bySchema(t *testing.T, what string) *jsonschema.Resolved {
	t.Helper()
	var s jsonschema.Schema
	if err := json.Unmarshal(contract.File(what+".schema.json"), &s); err != nil {
		t.Fatal(err)
	}
	r, err := s.Resolve(nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}
