package daemon

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/config"
	"github.com/botd-chat/botd/webhooks"
)

// sample is an event of the demo. One with a Hook is posted there, one with Says is
// written by a member in a group; the others are struck by a schedule.
type sample struct {
	About   string
	Hook    string
	Plugin  string // that reads the Body; empty: any
	Body    string
	Bot     chat.BotName
	Trigger chat.TriggerName
	Group   string
	Member  string
	Says    string // in the Group, by the Member
	Leak    string // what can be written to see what becomes of it when it is not held
	// Expect is what must come of it, written down here and worked out by no
	// code: who must see a message that has this text in it. Nobody else may.
	Expect []expectation
}

type expectation struct {
	Text  string
	Group string
	Seen  []string
	By    string // the member who wrote it; empty: a bot
	Held  bool   // nobody sees it but its author, whose own app shows it
}

// samples fit the sample configuration and the demo's rooms.
var samples = []sample{
	{
		About: "Carol writes an answer in the group; nobody sees that she did, and the owner and the admins get it",
		Bot:   "quiz", Trigger: "typed", Group: classRoom, Member: "carol", Says: "/answer B", Leak: "dave: /answer C",
		Expect: []expectation{
			{Text: "/answer B", Group: classRoom, By: "carol", Held: true},
			{Text: "carol answered: B", Group: classRoom, Seen: []string{"alice", "beth", "bob"}},
			{Text: "Your answer has arrived", Group: classRoom, Seen: []string{"carol"}},
		},
	},
	{
		About: "Grace asks for help in the group, as everybody sees; she alone gets it",
		Bot:   "quiz", Trigger: "asked", Group: classRoom, Member: "grace", Says: "/help",
		Expect: []expectation{
			{Text: "/help", Group: classRoom, By: "grace", Seen: []string{"alice", "beth", "bob", "carol", "dave", "erin", "frank", "grace"}},
			{Text: "You can write:", Group: classRoom, Seen: []string{"grace"}},
		},
	},
	{
		About: "Carol answers the quiz; the owner and the admins see it, and she alone gets an acknowledgement",
		Hook:  "quiz", Plugin: "quiz",
		Body: `{"user":"carol","question":"7","answer":"B","correct":true}`,
		Expect: []expectation{
			{Text: "carol answered question 7: B", Group: classRoom, Seen: []string{"alice", "beth", "bob"}},
			{Text: "Your answer to question 7 has arrived", Group: classRoom, Seen: []string{"carol"}},
		},
	},
	{
		About: "A question for two chosen members",
		Hook:  "quiz-ask", Plugin: "quiz",
		Body:   `{"id":"8","text":"Which planet is the largest?","answer":"Jupiter","to":{"users":["dave","erin"]}}`,
		Expect: []expectation{{Text: "Which planet is the largest?", Group: classRoom, Seen: []string{"dave", "erin"}}},
	},
	{
		About:   "The reminder of 09:00 in Seoul strikes, now; all of the team see it but the guest",
		Bot:     "standup",
		Trigger: "reminder",
		Expect:  []expectation{{Text: "Your standup note is missing", Group: teamRoom, Seen: []string{"tina", "uma", "victor", "wendy"}}},
	},
}

// fits reports whether the configuration has what the sample posts to.
func (s sample) fits(c *config.Config) bool {
	_, _, ok := s.trigger(c)
	return ok
}

// trigger finds what the sample posts to or strikes.
func (s sample) trigger(c *config.Config) (chat.BotName, config.Trigger, bool) {
	for _, b := range c.Bots {
		for _, t := range b.Triggers {
			if s.is(b, t) {
				return b.Name, t, true
			}
		}
	}
	return "", config.Trigger{}, false
}

// is reports whether that trigger is what the sample posts to or strikes.
func (s sample) is(b config.Bot, t config.Trigger) bool {
	switch {
	case t.Callback != nil:
		return s.Says != "" && b.Name == s.Bot && t.Name == s.Trigger
	case t.Webhook != nil:
		return s.Hook == t.Webhook.Hook && (s.Plugin == "" || s.Plugin == b.Plugin)
	}
	return s.Hook == "" && s.Says == "" && b.Name == s.Bot && t.Name == s.Trigger
}

// lines are the samples as commands for a shell, and one for each further
// trigger of the configuration.
func (d *demo) lines(self, public, admin string) string {
	var b strings.Builder
	for _, s := range slices.Concat(samples, others(d.config)) {
		_, t, ok := s.trigger(d.config)
		switch {
		case !ok || t.Callback != nil:
			continue
		case t.Webhook == nil:
			fmt.Fprintf(&b, "  # %s\n  curl -sS -X POST --oauth2-bearer $(cat %s) %s/v1/bots/%s/schedules/%s/run\n\n",
				s.About, tokenFile(d.config), admin, s.Bot, s.Trigger)
		default:
			fmt.Fprintf(&b, "  # %s\n  body='%s'; curl -sS %s/hooks/%s -H content-type:%s -d \"$body\"%s\n\n",
				s.About, s.Body, public, s.Hook, mediaType(t.Webhook), d.proof(self, t.Webhook))
		}
	}
	return b.String()
}

// unshown are hooks of the sample configuration that have no sample: three lines
// are enough to begin with.
var unshown = []string{"standup", "alerts"}

// sampled reports whether there is a sample for a trigger.
func sampled(b config.Bot, t config.Trigger) bool {
	return slices.ContainsFunc(samples, func(s sample) bool { return s.is(b, t) })
}

// others are the triggers of a configuration that no sample is for. What their
// plugins read is not known here, so their bodies are for the reader to write.
func others(c *config.Config) []sample {
	whole := !slices.ContainsFunc(samples, func(s sample) bool { return !s.fits(c) })
	var all []sample
	for _, b := range c.Bots {
		for _, t := range b.Triggers {
			switch {
			case t.Callback != nil || sampled(b, t):
			case t.Schedule != nil:
				all = append(all, sample{Bot: b.Name, Trigger: t.Name,
					About: fmt.Sprintf("The schedule %q of bot %s strikes, now", t.Name, b.Name)})
			case !whole || !slices.Contains(unshown, t.Webhook.Hook):
				all = append(all, sample{Hook: t.Webhook.Hook, Body: "{}", About: fillIn(b, t)})
			}
		}
	}
	return all
}

// fillIn says what the body of a trigger's webhook has to hold.
func fillIn(b config.Bot, t config.Trigger) string {
	reader := "plugin " + b.Plugin + " reads"
	switch b.Plugin {
	case "":
		reader = "its plugin reads"
	case "rules":
		reader = "its rules read"
	}
	text := fmt.Sprintf("%q of bot %s: fill in the body, with what %s", t.Name, b.Name, reader)
	for _, expression := range []string{t.Sender, t.Group} {
		if strings.Contains(expression, "payload") {
			text += " and with " + expression
		}
	}
	if saysType(t.Webhook) {
		text += ", and the type of the event in place of TYPE"
	}
	return text
}

// saysType reports whether a hook's senders say the type of an event in a header.
func saysType(w *config.Webhook) bool {
	sender, _ := w.Sender("")
	h, err := sign(sender.Verify, webhooks.Sample{ID: "id", Type: "TYPE", At: time.Now()})
	if err != nil {
		return false
	}
	for _, values := range h {
		if slices.Contains(values, "TYPE") {
			return true
		}
	}
	return false
}

// mediaType is that of a body as the demo's lines post it.
func mediaType(w *config.Webhook) string {
	if w.Verify.Scheme == config.CloudEvents {
		return "application/cloudevents+json"
	}
	return "application/json"
}

// proof is what makes the headers of a request to a hook, in a shell. There is
// none for a hook that anybody can post to, and for one that has public keys.
func (d *demo) proof(self string, w *config.Webhook) string {
	sender, _ := w.Sender("")
	if len(sender.Verify.Secrets) == 0 {
		return ""
	}
	how := "--scheme " + string(sender.Verify.Scheme)
	if file := d.config.File; exists(file) {
		how = "--config " + file
	}
	if saysType(w) {
		how += " --type TYPE"
	}
	return fmt.Sprintf(" $(%s hook sign %s \"$body\" %s --secret-file %s)", self, w.Hook, how, d.files[sender.Verify.Secrets[0].Reveal()])
}
