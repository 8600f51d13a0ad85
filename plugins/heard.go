package plugins

import "github.com/botd-chat/botd/chat"

// Heard is what is known of a text that a member wrote in the chat itself: whether it
// was held, say, and whether botd has told its sender so. It is false for a text that a
// webhook brought.
func Heard(e chat.Event) (chat.Heard, bool) {
	if e.Kind != chat.Typed || e.Origin == nil || e.Origin.Scheme != chat.SchemeCallback {
		return chat.Heard{}, false
	}
	h, err := Payload[chat.Heard](e)
	return h, err == nil
}
