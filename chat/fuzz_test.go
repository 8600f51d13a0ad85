package chat_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/botd-chat/botd/chat"
)

// FuzzAMessageFromOutside holds that nothing a plugin can answer in JSON breaks
// us, and that what is valid says the same after it was stored.
func FuzzAMessageFromOutside(f *testing.F) {
	for _, seed := range []string{
		`{"to":{"everyone":true,"except":["cy"]},"text":"hi","priority":"low","expires":"2030-01-02T03:04:05Z"}`,
		`{"to":{"any_of":[{"roles":["owner"]},{"sender":true}]},"elements":[{"face":{"index":1}},{"location":{"latitude":-0.0}}]}`,
		`{"to":{"users":["ann",null]},"elements":[{"image":{"uuid":"u","format":3,"sizes":[{"kind":1,"width":1,"height":1,"url":"https://h/"}]}}]}`,
		`{"to":{"any_of":[{"any_of":[{}]}]},"elements":[{}]}`, `{"to":null,"text":"\ud800"}`, `[]`, `null`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		var m chat.Message
		if json.Unmarshal(in, &m) != nil || m.Validate() != nil {
			return
		}
		if m.To.IsNobody() {
			t.Fatalf("valid, and to nobody: %s", in)
		}
		stored, err := json.Marshal(m)
		if err != nil {
			t.Fatalf("valid, and cannot be stored: %v", err)
		}
		var back chat.Message
		if err := json.Unmarshal(stored, &back); err != nil {
			t.Fatal(err)
		}
		again, err := json.Marshal(back)
		if err != nil || !bytes.Equal(again, stored) || back.Validate() != nil {
			t.Fatalf("stored as %s and then as %s (%v, %v)", stored, again, err, back.Validate())
		}
		// With nobody who caused it, a rule can only come to fewer people.
		if bound := m.To.Bind(""); !bound.IsNobody() && bound.Validate() != nil {
			t.Fatalf("valid, and not when it is bound: %v", bound.Validate())
		}
	})
}
