package config

import (
	"github.com/botd-chat/botd/chat"
)

// What senders of held messages are told when nothing is said, and the most that can be.
const (
	defaultReceived = "Received. It is not shown in the group."
	defaultAgain    = "This could not be kept just now. Nobody has seen it. Please write it again."
	defaultWith     = "***"
	mostTold        = 500  // characters: two or three sentences
	mostPattern     = 1000 // bytes
	mostWord        = 100  // characters
)

// heardKeys are the keys of a trigger that waits for what the chat service tells.
var heardKeys = []string{
	"message", "direct", "mention",
	string(chat.MemberJoined), string(chat.MemberLeft), string(chat.RoleChanged), string(chat.GroupDestroyed),
}

// saidKeys belong a step further in.
var saidKeys = map[string]string{
	"command": "it stands within what is written: message: {command: NAME}",
	"pattern": "it stands within what is written: message: {pattern: …}",
	"any":     "it stands within what is written: message: {any: true}",
	"roles":   "it stands within what is written: message: {command: NAME, roles: [member]}",
}

// ofMessages are keys that go with what is written.
var ofMessages = []pair{
	{"hold", "message", "takes a message out of the group, and this trigger waits for none there", "remove it, or wait for message: in its place; what is written to the bot alone is seen by nobody else in any case"},
	{"mask", "message", "replaces words of messages in the group, and this trigger waits for none there", "remove it, or wait for message: in its place"},
	{"received", "hold", "is told the sender of what is held, and nothing is held here", "add hold: true, or remove it"},
	{"again", "hold", "is told the sender of what could not be held, and nothing is held here", "add hold: true, or remove it"},
}

// callbackKeys are for triggers that wait for what the chat service tells.
func (r *botsReader) callbackKeys(c *Callback) keys {
	all := keys{
		{"message", "What members write in the group.", func(v place) { c.Via = chat.ViaGroup; r.said(v, c) }},
		{"direct", "What members write to the bot's account, one to one.", func(v place) { c.Via = chat.ViaDirect; r.said(v, c) }},
		{"mention", "What members write in the group and name the bot's robot account in.", func(v place) { c.Via = chat.ViaMention; r.said(v, c) }},
	}
	about := map[chat.What]string{
		chat.MemberJoined: "Somebody has come into the group.", chat.MemberLeft: "Somebody has left the group, or was removed.",
		chat.RoleChanged: "A member has another role, or the group another owner.", chat.GroupDestroyed: "The group is gone.",
	}
	for _, what := range chat.Happenings {
		all = append(all, key{string(what), about[what] + " What the service tells is looked up before the plugin is asked.", func(v place) {
			var yes bool
			if r.yes(v, &yes); yes {
				c.What = what
			}
		}})
	}
	return append(all, keys{
		{"hold", "Whether the message is taken out of the group before anybody sees it. Its event goes to the plugin alone.", func(v place) { r.truth(v, &c.Hold) }},
		{"received", "What its sender is told when it was held, by botd and not by the plugin. With \"\" nothing.", func(v place) { r.tell(v, &c.Received, defaultReceived, 0) }},
		{"again", "What its sender is told when it could not be kept; it is shown to nobody then.", func(v place) { r.tell(v, &c.Again, defaultAgain, 1) }},
		{"relay", "Whether what comes of it may go to others than its sender. What the service shows may have been written for some members alone, which it does not tell.", func(v place) { r.truth(v, &c.Relay) }},
		{"mask", "Which words are replaced before anybody sees the message.", func(v place) { c.Mask = r.mask(v) }},
	}...)
}

// callback judges the whole of a trigger that waits for what the service tells, and
// says what holds where nothing is said.
func (r *botsReader) callback(there map[string]place, c *Callback, t *Trigger) {
	if c.Via == "" && c.What == "" {
		return
	}
	t.Callback = c
	if _, said := there["received"]; c.Hold && !said {
		c.Received = defaultReceived
	}
	if c.Again == "" && c.Hold {
		c.Again = defaultAgain
	}
	for _, name := range []string{"received", "again"} {
		if v, ok := there[name]; ok && !c.Hold {
			if held, ok := there["hold"]; ok && held.node.Tag == "!!bool" { // or it has been refused
				r.problem(v.atKey(), "is told the sender of what is held, and hold is false", "write hold: true, or remove it")
			}
		}
	}
	if v, ok := there["mask"]; ok && c.Hold {
		r.problem(v.atKey(), "replaces words in what the group sees, and with hold it sees nothing", "keep one of hold and mask")
	}
	relay, ok := there["relay"]
	switch {
	case !ok || !c.Relay:
	case c.Hold:
		r.problem(relay.atKey(), "is of no use with hold: what comes of a held message may go to all whom the bot can reach, since it was given to the bot", "remove it")
	case c.Via == chat.ViaDirect:
		r.problem(relay.atKey(), "is of no use with direct: what was written to the bot may go to all whom the bot can reach", "remove it")
	case c.What != "":
		r.problem(relay.atKey(), "is of what members write, and this trigger waits for something else", "remove it")
	}
}

// untold reports triggers of which the service tells nothing, as the app is set up.
func (r *botsReader) untold(on place, b Bot) {
	if r.opt.Apps != nil || b.App == "" || r.told[b.App] {
		return
	}
	for _, t := range b.Triggers {
		if t.Callback == nil {
			continue
		}
		at := on.at(string(t.Name))
		r.problem(at, "waits for what the service tells, and app "+string(b.App)+" has no callbacks, so nothing ever comes",
			"add callbacks: {token_file: secrets/callback} under apps: "+string(b.App)+
				", and in the console of Tencent Cloud Chat, under Callback Configuration, set the URL and the token and switch on "+and(t.Callback.Switches()))
	}
}

// sent reports whether an event of the trigger has a sender.
func (t Trigger) sent() bool {
	return t.Sender != "" || t.Callback != nil && (t.Callback.Via != "" || t.Callback.What == chat.MemberJoined || t.Callback.What == chat.RoleChanged)
}
