package config

import (
	"encoding/json"
	"testing"
)

func TestVariablesCannotChangeTheStructure(t *testing.T) {
	text := string(testdata(t, "good.yaml"))
	inFolder(t)
	o := fakes()
	for _, evil := range []string{"a: b", "x, y]", "# no comment", "'", "&anchor", "${TITLE}", `"`, "[1, 2]", "5", "true", "~"} {
		o.Lookup = func(name string) (string, bool) {
			if name == "TITLE" {
				return evil, true
			}
			return fakes().Lookup(name)
		}
		c, err := Parse("bots.yaml", []byte(text), o)
		if err != nil {
			t.Errorf("%s: %v", evil, err)
			continue
		}
		var options struct{ Title string }
		if err := json.Unmarshal(c.Bots[0].Options, &options); err != nil || options.Title != evil+" of the week" {
			t.Errorf("%s became %s (%v)", evil, c.Bots[0].Options, err)
		}
	}
}

func TestExpansion(t *testing.T) {
	for in, want := range map[string]string{
		"${TITLE}": "Quiz", "a${TITLE}b${PORT}": "aQuizb8080", "$${TITLE}": "${TITLE}",
		"$TITLE": "$TITLE", "5$": "5$", "100 $ {x}": "100 $ {x}",
	} {
		r := &reader{opt: fakes()}
		n := scalar("!!str", in)
		if got, ok := r.expand(place{node: n, key: n}); got != want || !ok {
			t.Errorf("%s became %s (%v)", in, got, r.problems)
		}
	}
}
