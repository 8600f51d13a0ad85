package chat_test

import (
	"encoding/json"
	"testing"

	"github.com/botd-chat/botd/chat"
)

// FuzzIDs holds that an id has one spelling: what is read is written the same,
// and an id of one kind is never taken for one of another.
func FuzzIDs(f *testing.F) {
	for _, s := range []string{"e17", "m17", "d17", "e0", "e017", "E17", "e-1", "e9223372036854775807", "e9223372036854775808", "", "e", "e１７"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		e, errE := chat.ParseEventID(s)
		m, errM := chat.ParseMessageID(s)
		d, errD := chat.ParseDeliveryID(s)
		read := 0
		for _, id := range []struct {
			err  error
			text string
		}{{errE, e.String()}, {errM, m.String()}, {errD, d.String()}} {
			if id.err != nil {
				continue
			}
			if read++; id.text != s {
				t.Errorf("%q is written %q", s, id.text)
			}
		}
		if read > 1 {
			t.Errorf("%q is an id of %d kinds", s, read)
		}
	})
}

// FuzzAudience holds that an audience that was read and found valid says the
// same after it was stored, and that binding it to a sender does not make an
// impossible one.
func FuzzAudience(f *testing.F) {
	for _, s := range []string{`{"roles":["owner","admin"]}`, `{"everyone":true,"except":["cy"]}`, `{"any_of":[{"sender":true},{"users":["ann"]}]}`, `{"Everyone":true}`, `{"everyone":true,"within":{"sender":true},"where":"id in ['a']"}`, `{}`, `null`} {
		f.Add([]byte(s), "ann")
	}
	f.Fuzz(func(t *testing.T, in []byte, sender string) {
		var a chat.Audience
		if json.Unmarshal(in, &a) != nil || a.Validate() != nil {
			return
		}
		stored, err := json.Marshal(a)
		if err != nil {
			t.Fatalf("valid, and cannot be stored: %v", err)
		}
		var back chat.Audience
		if err := json.Unmarshal(stored, &back); err != nil {
			t.Fatalf("%s cannot be read again: %v", stored, err)
		}
		again, err := json.Marshal(back)
		if err != nil || string(again) != string(stored) {
			t.Errorf("%s became %s (%v)", stored, again, err)
		}
		id := chat.UserID(sender)
		if bound := a.Bind(id); id.Validate() == nil && bound.Validate() != nil && !bound.IsNobody() {
			t.Errorf("%s for sender %q is %v", stored, sender, bound.Validate())
		}
	})
}
