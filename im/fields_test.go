package im

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"testing"
)

// sameFields fails when fieldsOf and the standard library differ.
func sameFields(t *testing.T, body []byte) {
	t.Helper()
	var want map[string]json.RawMessage
	wantOK := json.Unmarshal(body, &want) == nil && want != nil
	got, ok := fieldsOf(body)
	if ok != wantOK {
		t.Fatalf("%q: read %v, want %v", body, ok, wantOK)
	}
	a := answer{fields: got}
	for name, value := range want {
		if bytes.ContainsRune([]byte(name), '\ufffd') {
			continue // a name that is no text is nobody's
		}
		if !bytes.Equal(a.field(name), value) {
			t.Fatalf("%q: %s is %q, want %q", body, name, a.field(name), value)
		}
	}
	if len(got) < len(want) {
		t.Fatalf("%q has %d fields, want %d", body, len(got), len(want))
	}
}

var answers = []string{
	okSent, fail(10002), `{}`, ` { "a" : { "b" : [ 1 , "]}" ] } , "ErrorCode" : -0 } `, `{"a":"\"\\","b\"":[],"c":null}`,
	`{"ErrorCode":1,"ErrorCode":0,"\u0045rrorCode":2}`, `{"MemberList":[{"a":"}"},{"b":"{"}],"N":12.5e3,"t":true}`,
}

func TestFieldsAreThoseThatTheStandardLibraryFinds(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0)) //nolint:gosec // a test
	const bits = `{}[]",:\ u0a1`
	for range 20_000 {
		body := []byte(answers[r.IntN(len(answers))])
		for range r.IntN(3) {
			at := r.IntN(len(body))
			if r.IntN(2) == 0 {
				body[at] = bits[r.IntN(len(bits))]
			} else {
				body = append(body[:at:at], append([]byte{bits[r.IntN(len(bits))]}, body[at:]...)...)
			}
		}
		sameFields(t, body)
	}
}
