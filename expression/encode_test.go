package expression

import (
	"math"
	"strings"
	"testing"
	"time"
)

func TestWhatAnExpressionGaveIsReadAgainAsItWas(t *testing.T) {
	at := time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)
	for source, want := range map[string]string{
		`nil`:                   `null`,
		`12345678901234567`:     `12345678901234567`,
		`1 / 4`:                 `0.25`,
		`split("a,b", ",")`:     `["a","b"]`,
		`{"a": [1, true, nil]}`: `{"a":[1,true,null]}`,
		`time`:                  `"2026-01-05T09:00:00Z"`,
	} {
		p, err := Compile(source, Names{"time": Any})
		if err != nil {
			t.Fatal(err)
		}
		v, err := p.Run(map[string]any{"time": at})
		if err != nil {
			t.Fatal(err)
		}
		raw, err := Encode(v, 100)
		if err != nil || string(raw) != want {
			t.Errorf("%s: %s, %v; want %s", source, raw, err, want)
		}
		if _, err := Decode(raw); err != nil {
			t.Errorf("%s: %v", source, err)
		}
	}
}

func TestWhatCannotBeKeptIsRefusedAndNotQuoted(t *testing.T) {
	deep := any("secret")
	for range maxNested + 1 {
		deep = []any{deep}
	}
	long := strings.Repeat("secret", 20)
	many := make([]any, 1_000_000)
	for i := range many {
		many[i] = long
	}
	for name, c := range map[string]struct {
		v    any
		want string
	}{
		"a long text":                    {long, "more than 100 bytes of JSON"},
		"a text that is long as JSON":    {strings.Repeat(`"`, 90), "more than 100 bytes of JSON"},
		"what would be long as JSON":     {many, "more than 100 bytes of JSON"},
		"what is nested deep":            {deep, "nested deeper than 50"},
		"no number":                      {math.NaN(), "nothing that can be kept"},
		"something that is not for JSON": {func() {}, "nothing that can be kept"},
	} {
		raw, err := Encode(c.v, 100)
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %.100s, %v; want %s", name, raw, err, c.want)
		}
	}
}
