package docs_test

import (
	"os"
	"regexp"
	"slices"
	"testing"

	"github.com/botd-chat/botd/chat"
)

func TestTheExampleOfUnknownOutcomesNamesEveryRule(t *testing.T) {
	text, err := os.ReadFile("examples/unknown.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var named []chat.UnknownRule
	for _, m := range regexp.MustCompile(`unknown: (\w+)`).FindAllSubmatch(text, -1) {
		named = append(named, chat.UnknownRule(m[1]))
	}
	if !slices.Equal(named, chat.UnknownRules) {
		t.Errorf("it names %v, and there are %v", named, chat.UnknownRules)
	}
}
