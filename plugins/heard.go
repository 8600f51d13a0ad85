package plugins

import (
	"encoding/json"

	"github.com/botd-chat/botd/chat"
)

// Heard says how a callback of the chat service brought what a member wrote: whether it
// was held, so that nobody saw it, whether botd has told its sender so already, and where
// it was written. False is an event that nobody wrote, or whose text a webhook brought.
func Heard(e chat.Event) (h chat.Heard, ok bool) {
	if e.Kind != chat.Typed || !told(e) || json.Unmarshal(e.Payload, &h) != nil {
		return chat.Heard{}, false
	}
	return h, true
}

// Happening is what happened in the group, of an event of kind [chat.Callback]. The same
// is the payload of a route that was added with [On] for a [chat.Happening].
func Happening(e chat.Event) (h chat.Happening, ok bool) {
	if e.Kind != chat.Callback || json.Unmarshal(e.Payload, &h) != nil {
		return chat.Happening{}, false
	}
	return h, true
}

// told reports whether the chat service told of the event, and no webhook, whose sender
// could write the same into its payload.
func told(e chat.Event) bool { return e.Origin != nil && e.Origin.Scheme == chat.SchemeCallback }
