package contract

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/botd-chat/botd/chat"
)

// sent is an event that is made of a vector.
type sent struct {
	place string
	kind  chat.Kind
	body  []byte
}

func (c *checker) checkEvent(ctx context.Context, v EventVector) {
	for _, s := range c.made(v) {
		a := c.post(ctx, s.body)
		c.soft = v.Soft
		reply, ok := c.took(s.place, s.kind, a)
		if !ok {
			continue
		}
		switch v.Want {
		case SameAnswer:
			c.sameAs(v, s, a)
		case Refusal:
			if reply != nil {
				c.say(Failure, s.place, "answer 4xx with a line of text", "it is answered with a reply: %s", v.About)
			}
		case RefusalOrNothing:
			if reply != nil && len(reply.Messages) > 0 {
				c.say(Failure, s.place, "refuse with a 4xx what is not known", "it is answered with %d messages", len(reply.Messages))
			}
		case Answer:
		}
		if v.Each == EachTrigger {
			c.asked = append(c.asked, asked{v.Name, s.place, s.body, reply, a})
		}
	}
}

// sameAs compares an answer with that to the same event of another vector.
func (c *checker) sameAs(v EventVector, s sent, a answer) {
	_, name, _ := strings.Cut(s.place, " ")
	for _, other := range c.asked {
		if _, its, _ := strings.Cut(other.place, " "); other.vector == v.SameAs && its == name && !same(other.answer, a) {
			c.say(Failure, s.place, "pass over what is not known: later hosts send more", "it is answered otherwise than without what the plugin does not know")
		}
	}
}

// made are the events of a vector.
func (c *checker) made(v EventVector) []sent {
	if v.Event == nil {
		return []sent{{place: "POST / " + v.Name, body: []byte(v.Body)}}
	}
	var all []sent
	for _, change := range c.changes(v.Each) {
		var e map[string]json.RawMessage
		must(json.Unmarshal(v.Event, &e))
		var kind chat.Kind
		must(json.Unmarshal(e["kind"], &kind))
		for name, value := range change {
			e[name] = quoted(value)
		}
		c.fill(v, e)
		body, err := json.Marshal(e)
		must(err)
		all = append(all, sent{place: strings.TrimSpace(v.Name + " " + label(change)), kind: kind, body: body})
	}
	return all
}

// label is how an event is told by what was changed in it.
func label(change map[string]string) string {
	if text, ok := change["text"]; ok {
		return fmt.Sprintf("%.60q", text)
	}
	return change["name"]
}

// changes are the fields that are written over, for each time that an event is sent.
func (c *checker) changes(each Each) []map[string]string {
	all := []map[string]string{}
	add := func(field string, values ...string) {
		for _, v := range values {
			all = append(all, map[string]string{field: v})
		}
	}
	names := func(known []chat.TriggerName) {
		for _, n := range known {
			add("name", string(n))
		}
	}
	switch each {
	case EachTrigger:
		names(c.manifest.Triggers)
	case EachTimer:
		names(c.manifest.Timers)
	case EachReport:
		names(c.manifest.Reports)
	case EachText:
		for _, command := range c.manifest.Commands {
			first, _, _ := strings.Cut(command.Usage, " ")
			add("text", first, first+" 1", first+" 1 2 3 4 5 6 7 8 9", first+` "`)
		}
		add("text", "/help", "/no-such-command-of-any-plugin")
		return append(all, nil)
	}
	if len(all) == 0 {
		return []map[string]string{nil}
	}
	return all
}

// fill puts the options in, and what is too large to stand in a file.
func (c *checker) fill(v EventVector, e map[string]json.RawMessage) {
	if _, there := e["config"]; !there && len(c.options) > 0 {
		e["config"] = c.options
	}
	if len(c.payload) > 0 && v.Each == EachTrigger && len(e["payload"]) > 0 && !v.Soft && string(e["kind"]) != string(quoted(string(chat.Callback))) {
		e["payload"] = c.payload
	}
	if v.Members > 0 {
		members := make([]chat.Member, v.Members)
		for i := range members {
			members[i] = chat.Member{ID: chat.UserID(fmt.Sprintf("user-%05d", i)), Role: chat.Normal}
		}
		members[0].Role, members[1].Role = chat.Owner, chat.Admin
		e["members"], _ = json.Marshal(members) // of strings
	}
	if v.StateBytes > 0 {
		e["state"] = json.RawMessage(fmt.Sprintf(`{"key-of-another-version": %s}`, quoted(strings.Repeat("x", v.StateBytes))))
	}
}

func quoted(text string) json.RawMessage {
	raw, err := json.Marshal(text)
	must(err)
	return raw
}
