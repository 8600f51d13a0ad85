package chat_test

import (
	"encoding/json"
	"testing"

	"github.com/botd-chat/botd/chat"
)

func TestTextIn(t *testing.T) {
	const said = `{"MsgType":"TIMTextElem","MsgContent":{"Text":"/answer B"}}`
	for name, c := range map[string]struct{ body, want string }{
		"a text":                      {`[` + said + `]`, "/answer B"},
		"two texts around a face":     {`[` + said + `,{"MsgType":"TIMFaceElem","MsgContent":{"Index":1}},{"MsgContent":{"Text":"because"},"MsgType":"TIMTextElem"}]`, "/answer B\nbecause"},
		"a text in another kind":      {`[{"MsgType":"TIMCustomElem","MsgContent":{"Text":"x"}}]`, ""},
		"names that are nearly right": {`[{"MsgType":"TIMTextElem","MsgContent":{"Text":"/answer B","text":"x"},"msgcontent":{"Text":"y"}}]`, "/answer B"},
		"a text that is a number":     {`[{"MsgType":"TIMTextElem","MsgContent":{"Text":5}},` + said + `]`, "/answer B"},
		"an element of another form":  {`[5,` + said + `]`, "/answer B"},
		"no elements":                 {`[]`, ""},
		"nothing":                     {``, ""},
		"half":                        {`[{"MsgType":`, ""},
	} {
		if got := chat.TextIn(json.RawMessage(c.body)); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}
