package plugins

import (
	"encoding/json"
	"fmt"

	"github.com/botd-chat/botd/chat"
)

// Reply is what a plugin answers to an event, as it is written between a host and
// a plugin that lives elsewhere.
type Reply struct {
	Messages []chat.Message `json:"messages,omitempty"`
	// State replaces what the bot remembers of the group, and Session what it
	// remembers of the event's sender there. Nil, which is written as nothing or as
	// null, leaves it alone; an empty one, {}, clears it.
	State   chat.State   `json:"state,omitzero"`
	Session chat.State   `json:"session,omitzero"`
	Later   []chat.Later `json:"later,omitempty"`
}

// ReadReply reads a reply as strictly as options are read: a name that is unknown,
// such as a misspelt "except", is an error, since passing over it would widen an
// audience. Whether the messages can be sent is not looked at.
func ReadReply(raw []byte) (Reply, error) {
	if r, err := readCommon(raw); err == nil {
		return r, nil
	}
	var r Reply
	if err := decode(raw, &r, exact); err != nil {
		return Reply{}, fmt.Errorf("the plugin's reply: %w", err)
	}
	return r, nil
}

// Manifest is what a plugin that lives elsewhere says of itself.
type Manifest struct {
	Botd    int      `json:"botd"` // chat.Contract
	Name    string   `json:"name"`
	Version string   `json:"version"`
	Needs   []string `json:"needs,omitempty"` // such as Members
	// Triggers, Timers and Reports are those that the plugin knows; nil: it does not
	// say, and is handed any.
	Triggers []chat.TriggerName `json:"triggers,omitempty"`
	Timers   []chat.TriggerName `json:"timers,omitempty"`
	Reports  []chat.TriggerName `json:"reports,omitempty"`
	Commands []CommandInfo      `json:"commands,omitempty"` // that members can type
	// Typed says that the plugin takes what members write whatever the trigger is
	// called, since it routes by the text.
	Typed  bool            `json:"typed,omitempty"`
	Config json.RawMessage `json:"config,omitempty"` // JSON Schema of the options; none: any options do
}

// CommandInfo tells of a command that members can type.
type CommandInfo struct {
	Usage string      `json:"usage"`           // as in "/extend <days> [why...]"
	About string      `json:"about,omitempty"` // in a sentence
	Roles []chat.Role `json:"roles,omitempty"` // who may use it; none: all
}
