package docs_test

import (
	"encoding/json"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/botd-chat/botd/webhooks"
)

// Every kind of sender can be written in a configuration, and a page shows how;
// and what can be written is a kind.
func TestEveryKindOfSenderHasItsPlaces(t *testing.T) {
	text, err := os.ReadFile("reference/bots.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	var at any
	if err := json.Unmarshal(text, &at); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"properties", "bots", "additionalProperties", "properties", "on", "additionalProperties", "properties", "verify", "properties"} {
		in, ok := at.(map[string]any)
		if !ok {
			t.Fatalf("the schema has no %s where it was", key)
		}
		at = in[key]
	}
	schemes := slices.Sorted(maps.Keys(at.(map[string]any)))
	schemes = slices.DeleteFunc(schemes, func(s string) bool { return s == "credentials" }) // names of some that are elsewhere
	if kinds := webhooks.Kinds(); !slices.Equal(schemes, kinds) {
		t.Errorf("config reads %v, and webhooks has %v", schemes, kinds)
	}
	var told strings.Builder
	for page, text := range pages(t) {
		if strings.HasPrefix(page, "senders/") {
			told.WriteString(text)
		}
	}
	for _, kind := range webhooks.Kinds() {
		if kind == "none" {
			continue // which no page advises
		}
		if !strings.Contains(told.String(), kind+":") && !strings.Contains(told.String(), "`"+kind+"`") {
			t.Errorf("no page of senders/ says how to write %s", kind)
		}
	}
}
