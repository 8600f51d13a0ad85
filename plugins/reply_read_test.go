package plugins

import (
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"encoding/json"
)

// FuzzReadReply holds that what is read in the quick way is read the same in the other,
// which is the one that says what is wrong.
func FuzzReadReply(f *testing.F) {
	files, err := filepath.Glob("../contract/v1/replies/*.json")
	if err != nil || len(files) == 0 {
		f.Fatal("there are no vectors", err)
	}
	common := 0
	for _, name := range files {
		text, err := os.ReadFile(name) //nolint:gosec // a vector
		if err != nil {
			f.Fatal(err)
		}
		var v struct{ Reply json.RawMessage }
		if err := json.Unmarshal(text, &v); err != nil {
			f.Fatal(err)
		}
		f.Add([]byte(v.Reply))
		if _, err := readCommon(v.Reply); err == nil {
			common++
		}
	}
	if common < 5 {
		f.Fatalf("the quick way takes %d of the vectors", common)
	}
	for _, seed := range []string{
		`{"messages":[{"to":{"users":["a"]},"text":"x"},{"to":{"except":[]}}],"state":{"a":[1,{"b":1,"b":2}]}}`, `{"messages":[],"messages":null}`, `{"messages":[{"t\u006f":{"sender":true,"sender":false}}]}`,
		`{"messages":[{"text":"\ud800"}]}`, `{"state":{"a":1,"a":2}}`, `{"messages":[{"to":{"everyone":true},"To":{}}]}`, `{ } `, "{}\x00", `{"messages":[{}],"session":{"":""}}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		quick, err := readCommon(in)
		if err != nil {
			return
		}
		var slow Reply
		if err := decode(in, &slow, exact); err != nil {
			t.Fatalf("%q is taken as %+v, and is wrong: %v", in, quick, err)
		}
		a, _ := json.Marshal(quick)
		b, _ := json.Marshal(slow)
		if string(a) != string(b) || (quick.State == nil) != (slow.State == nil) || len(quick.State) == len(slow.State) && len(quick.State) > 0 && !reflect.DeepEqual(quick.State, slow.State) {
			t.Fatalf("%q is taken as %s, and is %s", in, a, b)
		}
	})
}
