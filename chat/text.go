package chat

import (
	"encoding/json"
	"strings"
)

// TextIn is what somebody reads first of a message in the service's own form, a
// MsgBody: its text elements with a line break between two (product/1047/33527). What
// has another form says nothing. Names of fields count as they are spelt, as they do
// for the apps that show the message.
func TextIn(body json.RawMessage) string {
	var elements []json.RawMessage
	if json.Unmarshal(body, &elements) != nil {
		return ""
	}
	var texts []string
	for _, raw := range elements {
		var e, content map[string]json.RawMessage
		_ = json.Unmarshal(raw, &e)
		var kind, text string
		_ = json.Unmarshal(e["MsgType"], &kind)
		_ = json.Unmarshal(e["MsgContent"], &content)
		if json.Unmarshal(content["Text"], &text) == nil && kind == "TIMTextElem" {
			texts = append(texts, text)
		}
	}
	return strings.Join(texts, "\n")
}
