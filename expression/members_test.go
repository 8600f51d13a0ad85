package expression_test

import (
	"slices"
	"testing"

	"github.com/botd-chat/botd/expression"
)

func TestMembers(t *testing.T) {
	for source, want := range map[string][]string{
		"id in vars.oncall":                       {"oncall"},
		`vars["a"] + vars.b.c`:                    {"a", "b"},
		`vars?.a ?? payload.vars.b ?? "vars.c"`:   nil,
		"filter(payload.list, .x in vars.people)": {"people"},
		"vars[payload.x]":                         nil,
		"vars.":                                   nil,
	} {
		if got := expression.Members(source, "vars"); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", source, got, want)
		}
	}
}
