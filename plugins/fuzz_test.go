package plugins_test

import (
	"encoding/json"
	"reflect"
	"testing"
)

// FuzzOptions holds that options are taken whole or not at all: what is taken is
// valid, and the people it names are the same when it is written and read again.
func FuzzOptions(f *testing.F) {
	for _, s := range []string{
		`{"points":2,"tell":{"users":["cy"]},"each":{"a":{"roles":["owner"]}}}`, `{"tell":{"Roles":["owner"]}}`, `{"limits":{"high":1,"high":2}}`,
		`{"points":1e2}`, `{"since":"2026-01-02T03:04:05Z","late":"5m"}`, `{"note":null}`, `null`, `[]`, `{"tell":{"everyone":true,"exept":["cy"]}}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		var got options
		p := define(&got)
		if _, err := p.New(raw); err != nil {
			return
		}
		if got.Points < 1 {
			t.Errorf("%s made %+v, which is not valid", raw, got)
		}
		if len(raw) > 0 && !json.Valid(raw) {
			t.Errorf("%q is no JSON, and was taken", raw)
		}
		again, err := json.Marshal(got)
		if err != nil {
			t.Fatalf("%+v cannot be written: %v", got, err)
		}
		if first := got.Tell; json.Unmarshal(again, &got) != nil || !reflect.DeepEqual(first, got.Tell) {
			t.Errorf("%+v became %+v", first, got.Tell)
		}
	})
}
