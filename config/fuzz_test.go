package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
)

// What variables and secrets hold in the fuzz test.
const (
	heldByVariable = "held-by-a-variable-0123456789"
	heldBySecret   = "held-by-a-secret-0123456789"
)

// nosy stands for packages that repeat, also in part, what they are given.
func nosy() Options {
	o := fakes()
	o.Lookup = func(string) (string, bool) { return heldByVariable, true }
	o.ReadSecret = func(SecretRef) (Secret, error) { return NewSecret(heldBySecret), nil }
	o.Plugin = func(_ string, raw json.RawMessage) error {
		if strings.Contains(string(raw), "held") || strings.Contains(string(raw), "${") {
			return fmt.Errorf("option %.60q is wrong", raw)
		}
		return nil
	}
	o.Expression = func(s string) error { return fmt.Errorf("%.12q is wrong", s) }
	return o
}

// FuzzParse holds that no file makes Parse panic, that what variables and
// secrets hold is in no problem, and that a secret is in no printed Config.
func FuzzParse(f *testing.F) {
	for _, name := range []string{"good.yaml", "other.yaml"} {
		text := string(testdata(f, name))
		f.Add([]byte(text))
		f.Add([]byte(strings.ReplaceAll(text, "quizbot", "${X}${Y}")))
		f.Add([]byte(strings.ReplaceAll(text, ": ", ": ${X} ")))
		f.Add([]byte(strings.ReplaceAll(text, "1400000001", "${X}")))
		f.Add([]byte(strings.ReplaceAll(text, "payload.", "${X}")))
		f.Add([]byte(strings.ReplaceAll(text, "  ", "\t")))
	}
	f.Add(Sample)
	for _, odd := range []string{
		"", "---", "%YAML 1.1\n---\n{}", "apps: *x", "&a [*a]", "? [a]\n: b", "<<: {a: b}", "!!binary aGk=", "a: !<x> y",
		"\ufeffapps: {}", "apps: {main: {region: ${X}, sdk_app_id: \"${X}\"}}", "bots: {x: {options: {a: .inf, b: 0o7, c: '${X}'}}}",
		"bots: {x: {audience: {any_of: [{any_of: [{users: ['${X}']}]}]}}}", "a: |\n  b\n c", "a: \"\\xff\"", "- - - -", "{[a]: b}", "\x00",
	} {
		f.Add([]byte(odd))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if strings.Contains(string(data), "held-by") {
			t.Skip()
		}
		for _, o := range []Options{nosy(), fakes()} {
			c, err := Parse("no/such/folder/bots.yaml", data, o)
			if err == nil {
				if text := fmt.Sprintf("%+v %#v %s", c, c, c.Warnings); strings.Contains(text, heldBySecret) {
					t.Errorf("a secret is printed: %s", text)
				}
				for _, b := range c.Bots {
					if err := b.Audience.Validate(); err != nil || !json.Valid(b.Options) {
						t.Errorf("accepted, and unfit: %v, options %s", err, b.Options)
					}
				}
				continue
			}
			var ps Problems
			if !errors.As(err, &ps) || c != nil {
				t.Fatalf("got %v and %v", c, err)
			}
			if strings.Contains(err.Error(), "held-by") || strings.Contains(err.Error(), "what-the-variable") {
				t.Errorf("a value is repeated: %v", err)
			}
			for _, p := range ps {
				if strings.Contains(p.String(), "\n") || p.What == "" {
					t.Errorf("not one clear line: %q", p)
				}
			}
		}
	})
}
