package config

import (
	"fmt"
	"regexp"
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

var triggerLater = map[string]string{
	"missed":     "remove it; what was missed while botd was down is skipped",
	"late_after": "remove it",
	"jitter":     "remove it",
	"overlap":    "remove it; the events of one group are handled one after another",
}

func (r *botsReader) trigger(p place, groups []chat.GroupID) Trigger {
	var t Trigger
	var w Webhook
	var c Callback
	s := Schedule{Timing: chat.Timing{Zone: "UTC"}}
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
			{"schedule", "When it strikes: minute, hour, day of month, month, day of week, as in a crontab.", func(v place) { s.Line = r.line(v) }},
			{"timezone", "The time zone of the schedule, a name of the IANA database such as Asia/Seoul.", func(v place) { r.zone(v, &s.Zone) }},
		}, r.callbackKeys(&c), keys{
			{"group", "Which group an event is for: one of the bot's groups, or an expression over the payload of a webhook. Each of them when left out; of what is written to the bot's account alone, the one that its sender is a member of.", func(v place) {
				t.Group = r.groupOf(v, groups, (s.Line != "" || c.Via != "" || c.What != "") && w.Hook == "")
			}},
		}),
		one: []choice{{append([]string{"webhook", "schedule"}, heardKeys...), "say what makes its events: webhook: NAME, schedule: \"0 9 * * 1-5\", message: {command: NAME}, or what else the chat service tells"}},
		beside: append([]pair{
			{"webhook", "verify", "has no verify beside it: anybody could post to this hook", "add verify: {standard_webhooks: {secret_file: secrets/NAME}} or verify: {bearer: {token_file: secrets/NAME}}"},
			{"text", "sender", "has no sender beside it, and a text that nobody wrote is no command of anybody's", "add sender:, an expression that says which member wrote it, such as sender: payload.user_id"},
			{"timezone", "schedule", "is of a schedule, and there is none", "remove it"},
		}, append(ofWebhooks("verify", "allow", "sender", "text", "max_body", "same_body", "retired"), ofMessages...)...),
		later:   triggerLater,
		instead: saidKeys,
	})
	_, webhook := there["webhook"]
	_, schedule := there["schedule"]
	switch {
	case webhook && !schedule:
		t.Webhook = &w
		if allow, ok := there["allow"]; ok && len(w.Credentials) > 0 {
			r.problem(allow.atKey(), "is there beside named credentials, which have ceilings of their own", "write it under credentials:, with each")
		}
	case schedule && !webhook:
		t.Schedule = &s
		r.strikes(there["schedule"], s)
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

// strikes judges the line of a schedule, in UTC where its zone was refused.
func (r *botsReader) strikes(line place, s Schedule) {
	if s.Line == "" {
		return
	}
	if err := r.opt.Schedule(s.Line, s.Zone); err != nil {
		r.refused(line, err, "the five fields are minute, hour, day of month, month, day of week")
	}
}

// The forms of a schedule's line and of a time zone, before they are judged.
var (
	lineForm = regexp.MustCompile(`^(@[a-z]+|\S+(\s+\S+){4})$`)
	zoneForm = regexp.MustCompile(`^[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*$`)
)

// line reads the line of a schedule, which is judged when its zone is known.
func (r *botsReader) line(p place) string {
	if p.describes(func(s *schema) { matching(s, lineForm, "0 9 * * 1-5") }) {
		return ""
	}
	s, _ := r.text(p)
	return s
}

// zone reads a time zone. It is judged with a line that is right in itself, so
// that what is refused is the zone.
func (r *botsReader) zone(p place, to *string) {
	if p.describes(func(s *schema) {
		standard(s, *to)
		matching(s, zoneForm)
	}) {
		return
	}
	zone, ok := checked(r.reader, p, func(zone string) error {
		return r.opt.Schedule("0 0 * * *", zone)
	}, "use a name of the IANA database, such as Asia/Seoul")
	if ok {
		*to = zone
	}
}

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
