package daemon

import (
	"encoding/json"
	"time"

	"github.com/botd-chat/botd/chat"
)

// heardIn says how what a member wrote was heard, without what it was; nil for an event
// that no callback of the chat service brought.
func heardIn(e chat.EventRecord) *chat.Heard {
	if e.Kind != chat.Typed || e.Origin == nil || e.Origin.Scheme != chat.SchemeCallback {
		return nil
	}
	var h chat.Heard
	if json.Unmarshal(e.Payload, &h) != nil {
		return nil // it was erased, or is of another version
	}
	h.Elements = nil
	return &h
}

// heard tells who saw what a member wrote.
func (p *printer) heard(h *chat.Heard) {
	switch {
	case h == nil:
	case h.Leaked:
		p.line(1, "leaked: it was to be held, and others saw it in the group before it reached botd")
	case h.Held && h.Acknowledged:
		p.line(1, "held: nobody else saw it in the group, and its sender was told at once that it was received")
	case h.Held:
		p.line(1, "held: nobody else saw it in the group")
	case h.Masked:
		p.line(1, "masked: the group saw it with words replaced")
	case h.Via == chat.ViaDirect:
		p.line(1, "written to the bot alone")
	case h.Via == chat.ViaMention:
		p.line(1, "written in the group, where everybody saw it, with the bot's account named")
	default:
		p.line(1, "written in the group, where everybody saw it")
	}
}

// leak tells that others saw what an event was made of.
func (p *printer) leak(l chat.Leak) {
	if l.Result == chat.Recalled {
		p.line(1, "leak %s: others could see it from %s for %v, until it was taken back", l.ID, l.Shown.Format(time.RFC3339), l.Visible(l.Ended))
		return
	}
	p.line(1, "leak %s: others can see it since %s; %s", l.ID, l.Shown.Format(time.RFC3339), leakResult(l))
}
