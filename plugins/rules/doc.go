// Package rules is the plugin that needs no code: each rule says for which
// trigger it speaks, when, to whom, and what, and what the bot remembers then.
//
// What people see: what the rules say. Those a rule names see its text; nobody
// else sees that there was one.
//
//	{"vars": {"oncall": ["bo", "dee"]}, "rules": [{
//	  "on": "alerts",
//	  "when": "payload.status == 'firing'",
//	  "to": "admin and id in vars.oncall",
//	  "say": "{{ len(payload.alerts) }} firing: {{ payload.commonLabels?.severity ?? 'unknown' }}"
//	}]}
//
// In bots.yaml the two stand at the bot's own level, in place of plugin and
// options. There is one language in all of it, that of package expression: in
// when, in to where that is a text, and between {{ and }}.
//
//	on        the trigger, or a list of them
//	when      whether the rule speaks; always, if left out
//	to        whom: an audience as a bot has one ({"roles": ["owner", "admin"]}), or an
//	          expression that is asked of each member by id, role, owner, admin (true
//	          of the owner too) and member (true of all)
//	say       the text, with what stands between {{ and }} worked out
//	preset    in place of say: the text for the webhooks of a known sender, see
//	          package presets
//	priority  high, normal or low; normal
//	expires   how long the message is worth sending, such as "10m"; forever
//	set       what is remembered of the group, by name: an expression, or a value that is
//	          no text itself; one that gives nothing is forgotten. session.NAME is of the
//	          sender alone
//	collapse  a text like say, the key under which the newest message counts alone;
//	          one that is too long is replaced by its digest
//
// What an expression can speak of: payload; on, the trigger's name; group; sender,
// an id or nil, and sender_role; text, which a member wrote; time, in UTC; vars; state
// and session, what is remembered of the group and of the sender; and webhook with
// hook, scheme, type and id, nil for a schedule. What a to says of these is worked out
// when the event is handled, and what it says of the member is asked at the moment of
// sending, when roles may have changed.
//
// All rules that match speak, in their order, each with at most one message. A rule
// sees what those before it have set and the events before this one; what it sets
// itself, those after it see. One whose text comes
// to nothing says nothing. A rule that cannot be worked out on a payload ends the
// event with the place and the reason, and none of its rules speaks; the payload is
// not quoted. Nothing in a payload is ever read as an expression.
package rules
