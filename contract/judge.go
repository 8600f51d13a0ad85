package contract

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/plugins"
)

// maxMessages is how many messages a bot may send for one event that says nothing else.
const maxMessages = 10

// took says how an answer to an event is read: a reply, or nil for a refusal. ok is
// false for what is neither, which is found fault with.
func (c *checker) took(place string, kind chat.Kind, a answer) (reply *plugins.Reply, ok bool) {
	switch {
	case a.err != nil:
		c.say(Failure, place, "look at the plugin's log: it ended, hung or closed the connection", "no answer: %v", a.err)
		return nil, false
	case a.status == http.StatusOK:
		return c.read(place, kind, a)
	case a.status == http.StatusUnauthorized:
		c.say(Failure, place, "give the check the key that the plugin has, or none if it has none; and set the clocks right", "status 401: %s", a.line())
	case a.status >= 400 && a.status <= 499:
		c.refused(place, a)
		return nil, true
	case a.status >= 500:
		c.say(Failure, place, "answer 4xx with a line of text for what would end the same if it were tried again; the host runs an event anew over 5xx, five times", "status %d: %s", a.status, a.line())
	default:
		c.say(Failure, place, "answer 200 with a reply, {} for nothing to say", "status %d, which no plugin answers", a.status)
	}
	return nil, false
}

// refused looks at what a refusal says.
func (c *checker) refused(place string, a answer) {
	const remedy = "say in one line of plain text what is wrong and what to do: it is what the operator reads"
	switch text := bytes.TrimSpace(a.body); {
	case len(text) == 0:
		c.say(Warning, place, remedy, "status %d without a word", a.status)
	case a.html:
		c.say(Warning, place, remedy, "status %d with a page of HTML", a.status)
	case bytes.ContainsAny(text, "\r\n") || len(text) > 1000:
		c.say(Warning, place, remedy, "status %d with %d bytes of text in several lines; the first is kept", a.status, len(text))
	}
}

// read reads a reply as a host does.
func (c *checker) read(place string, kind chat.Kind, a answer) (*plugins.Reply, bool) {
	if len(a.body) > plugins.MaxReply {
		c.say(Failure, place, "answer less", "the reply has more than %d bytes", plugins.MaxReply)
		return nil, false
	}
	r, err := plugins.ReadReply(a.body)
	if err == nil {
		err = Valid(r)
	}
	if err != nil {
		c.say(Failure, place, "the host would refuse this reply; answer as docs/contract.md has it", "%v", err)
		return nil, false
	}
	c.readNames(place, r)
	if n := len(r.Messages); n > maxMessages {
		c.say(Warning, place, "say less, or have the operator raise limits: messages_per_event", "%d messages for one event, and a bot may send %d if its configuration says nothing else", n, maxMessages)
	}
	if err := plugins.CheckReports(nil, r.Messages, kind); err != nil {
		c.say(Failure, place, "ask for none in answer to one", "%v", err)
	}
	return &r, true
}

// readNames looks for timers and reports that the plugin does not know when they come.
func (c *checker) readNames(place string, r plugins.Reply) {
	look := func(what string, known []chat.TriggerName, name chat.TriggerName) {
		if known != nil && !slices.Contains(known, name) {
			c.say(Failure, place, fmt.Sprintf("add it to %ss in the manifest, or leave %[1]ss out", what), "it asks for the %s %q, and its manifest does not know it", what, name)
		}
	}
	for _, l := range r.Later {
		look("timer", c.manifest.Timers, l.Name)
	}
	for _, m := range r.Messages {
		if m.Report != nil {
			look("report", c.manifest.Reports, m.Report.Name)
		}
	}
}

// somebody stands for the sender of the event, which may have one.
const somebody chat.UserID = "somebody"

// Valid reports the first thing in a reply that a host refuses, whatever its bot may do.
func Valid(r plugins.Reply) error {
	for i, m := range r.Messages {
		if err := m.Validate(); err != nil {
			return fmt.Errorf("message %d of %d: %w", i+1, len(r.Messages), err)
		}
	}
	if err := plugins.CheckTimers(nil, r.Later, somebody); err != nil {
		return err
	}
	for what, s := range map[string]chat.State{"state": r.State, "session": r.Session} {
		raw, err := json.Marshal(s)
		if err != nil {
			return fmt.Errorf("its %s is not JSON: %w", what, err)
		}
		if len(raw) > chat.MaxState {
			return fmt.Errorf("its %s has %d bytes of JSON, and may have %d", what, len(raw), chat.MaxState)
		}
	}
	return nil
}
