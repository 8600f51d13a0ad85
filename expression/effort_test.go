package expression_test

import (
	"strings"
	"testing"

	"github.com/botd-chat/botd/expression"
)

// A loop of one step over a long list that joins, or looks through, a long text would
// take the memory and the time of both multiplied.
func TestNoPayloadMakesAnExpressionDoTooMuch(t *testing.T) {
	const n = 100_000
	payload, err := expression.Decode([]byte(`{"list":[` + strings.Repeat(`"x",`, n) + `"y"],"text":"` + strings.Repeat("z", n) + `"}`))
	if err != nil {
		t.Fatal(err)
	}
	for _, source := range []string{
		`map(payload.list, payload.text + "x")`, `reduce(payload.list, #acc + payload.text, "")`, `join(payload.list, payload.text)`, `repeat(payload.text, 900000)`,
		`any(payload.list, (# + "!") in payload.list)`, `filter(payload.list, payload.text contains #)`, `replace(payload.text, "", payload.text)`, `payload.text matches payload.text`,
		`map(payload.list, toJSON(payload))`, `join(map(payload.list, payload.text))`, `flatten(map(payload.list, payload.list))`, `map(payload.list, payload.list) == map(payload.list, payload.list)`,
		`uniq(map(payload.list, payload.list))`,
	} {
		p, err := expression.Compile(source, names)
		if err != nil {
			t.Fatal(source, err)
		}
		if _, err := p.Run(map[string]any{"payload": payload}); err == nil || !strings.Contains(err.Error(), "it would do too much") {
			t.Errorf("%s: %v", source, err)
		}
	}
	p, err := expression.Compile(`join(map(payload.list, # + "!"), ", ")`, names)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Run(map[string]any{"payload": payload}); err != nil {
		t.Errorf("what is as long as the payload: %v", err)
	}
}
