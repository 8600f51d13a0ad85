package config

import (
	"fmt"
	"slices"
	"strings"

	"github.com/botd-chat/botd/chat"
)

// triggers reads what stands under on:.
func (r *botsReader) triggers(p place, groups []chat.GroupID) []Trigger {
	var all []Trigger
	r.named(p, "a trigger, such as reminder: {schedule: \"0 9 * * 1-5\"}", func(name string, v place) {
		t := r.trigger(v, groups)
		t.Name = chat.TriggerName(name)
		all = append(all, t)
	})
	return all
}

func (r *botsReader) trigger(p place, groups []chat.GroupID) Trigger {
	var t Trigger
	var w Webhook
	var c Callback
	s := Schedule{
		Timing:   chat.Timing{Zone: "UTC"},
		Lateness: chat.Lateness{Missed: chat.MissedOnce, MaxAge: chat.Duration(chat.DefaultMaxAge), Overlap: chat.OverlapQueue},
	}
	there := r.mapping(p, mapping{
		keys: slices.Concat(keys{
			{"webhook", "The name of its hook: other systems post to /hooks/NAME. No two triggers have the same.", func(v place) { w.Hook = r.hook(v) }},
			{"verify", "How senders of the webhook prove who they are.", func(v place) { r.senders(v, &w) }},
			{"allow", "What can come of its webhooks, at most. Where verify names credentials, this stands with them.", func(v place) { w.Allow = r.allow(v, false) }},
			{"sender", "An expression over the payload: which member caused the event, such as payload.user.", func(v place) { t.Sender = r.expression(v) }},
			{"text", "An expression over the payload: what the sender wrote, such as payload.command + \" \" + payload.text. It makes the event one that the plugin takes as typed by that member, with the plugin's commands in it.", func(v place) { t.Text = r.expression(v) }},
			{"max_body", "How large a body can be. Ordinarily 1 MiB, 10 MiB of alerts, and 25 MiB from GitHub.", func(v place) { w.MaxBody = r.size(v, leastBody, mostBody, "2MB") }},
			{"same_body", "What becomes of a body that came before under another id of delivery, where the body is signed and the id is not: take it, flag its event, or drop it. Ordinarily it is flagged.", func(v place) {
				oneOf(r.reader, v, &w.SameBody, "rule for a body that came before", chat.SameBodyRules)
			}},
			{"retired", "The address is gone on purpose: senders are told 410, at which many of them stop for good.", func(v place) { r.truth(v, &w.Retired) }},
		}, r.scheduleKeys(&s), r.callbackKeys(&c), keys{
			{"review", "What the plugin answers is shown to somebody first, and goes when one of them releases it. Of a schedule or a webhook.", func(v place) { t.Review = r.review(v) }},
			{"group", "Which group an event is for: one of the bot's groups, or an expression over the payload of a webhook. Each of them when left out; of what is written to the bot's account alone, the one that its sender is a member of.", func(v place) {
				t.Group = r.groupOf(v, groups, (s.Line != "" || s.At != nil || c.Via != "" || c.What != "") && w.Hook == "")
			}},
		}),
		one: []choice{{slices.Concat([]string{"webhook"}, clocks, heardKeys), "say what makes its events: webhook: NAME, schedule: \"0 9 * * 1-5\", message: {command: NAME}, or what else the chat service tells"}},
		beside: append([]pair{
			{"webhook", "verify", "has no verify beside it: anybody could post to this hook", "add verify: {standard_webhooks: {secret_file: secrets/NAME}} or verify: {bearer: {token_file: secrets/NAME}}"},
			{"text", "sender", "has no sender beside it, and a text that nobody wrote is no command of anybody's", "add sender:, an expression that says which member wrote it, such as sender: payload.user_id"},
		}, append(ofWebhooks("verify", "allow", "sender", "text", "max_body", "same_body", "retired"), ofMessages...)...),
		with: []company{
			{ofClocks, clocks, "is of a schedule, and there is none", "add schedule: or at:, or remove it"},
			{[]string{"review"}, append([]string{"webhook"}, clocks...), "is of schedules and webhooks, and there is neither", "remove it"},
		},
		instead: saidKeys,
	})
	_, webhook := there["webhook"]
	_, line := there["schedule"]
	_, at := there["at"]
	schedule := line || at
	switch {
	case webhook && !schedule:
		t.Webhook = &w
		if allow, ok := there["allow"]; ok && len(w.Credentials) > 0 {
			r.problem(allow.atKey(), "is there beside named credentials, which have ceilings of their own", "write it under credentials:, with each")
		}
	case schedule && !webhook:
		t.Schedule = &s
		r.strikes(there, &s)
	default:
		r.callback(there, &c, &t)
	}
	return t
}

// ofWebhooks are keys that no other trigger has.
func ofWebhooks(names ...string) (all []pair) {
	for _, name := range names {
		all = append(all, pair{name, "webhook", "is of a webhook, and there is none", "remove it"})
	}
	return all
}

// The least and the most that a hook can be told to take. What it takes is held
// in memory while it arrives.
const (
	leastBody = 1e3
	mostBody  = 100e6
)

// hook reads the name of a hook, which nobody else may have.
func (r *botsReader) hook(p place) string {
	if p.describes(func(s *schema) { matching(s, plainName) }) {
		return ""
	}
	s, ok := r.text(p)
	switch other, taken := r.hooks[s]; {
	case !ok:
		return ""
	case !plainName.MatchString(s):
		r.problem(p, "is no name for a hook", "use 1 to 64 letters, digits, - and _, and begin with a letter or digit; it is the name alone, without /hooks/")
		return ""
	case taken:
		line, _ := other.position()
		r.problem(p, fmt.Sprintf("another trigger has this hook: %s in line %d", strings.TrimSuffix(other.path, ".webhook"), line), "give each its own name: it is the address that is posted to")
		return ""
	}
	r.hooks[s] = p
	return s
}

// groupOf reads which group an event is for. What looks like an id, or is one
// of the bot's groups, is that group; all else is an expression. Without
// groups there is nothing to judge it by, and that has been reported.
func (r *botsReader) groupOf(p place, groups []chat.GroupID, noPayload bool) string {
	s, ok := r.text(p)
	switch {
	case !ok:
		return ""
	case slices.Contains(groups, chat.GroupID(s)), len(groups) == 0:
		return s
	case strings.HasPrefix(s, "@TGS#"):
		r.problem(p, "is not one of the bot's groups", "add it to groups:, or name one that is there")
	case noPayload:
		r.problem(p, "is not one of the bot's groups, and this trigger has no payload for an expression", "name one of groups:, or remove it: then it is for all of them")
	default:
		return r.expression(p)
	}
	return ""
}

// expression reads an expression over the payload. One that is refused is
// returned too, since something is meant by it.
func (r *botsReader) expression(p place) string {
	s, ok := checked(r.reader, p, r.opt.Expression, "write an expression over payload, such as payload.user")
	if !ok && p.node != nil {
		return p.node.Value
	}
	return s
}
