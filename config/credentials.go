package config

import (
	"fmt"
	"maps"
	"reflect"
	"slices"

	"github.com/botd-chat/botd/chat"
)

// Credential is what some sender proves itself with, under a name, so that several
// hooks can take it and it has one ceiling for them all.
type Credential struct {
	Name   string
	Verify Verify
	Allow  Allow
}

// Allow is the ceiling of a sender: what can come of its webhooks at most, within
// what the bot may do. The zero value is all of that.
type Allow struct {
	Bots       []chat.BotName // for whose hooks it counts; nil is each
	Groups     []chat.GroupID // that its events can be for; nil is each of the bot's
	Audience   *chat.Audience // whom its events can reach; nil is whom the bot can
	Recipients int            // of one message; 0 is what the bot may
	PerMinute  int            // events; 0 is any number
}

const mostPerMinute = 60_000

// ceilingDepth is where the nesting of a ceiling begins to count: it is put around
// the audience of a message.
const ceilingDepth = 4

// credentials are those of the file, while it is read.
type credentials struct {
	known map[string]Credential
	at    map[string]place
	used  map[string]bool
}

func (c *credentials) names() []string { return slices.Sorted(maps.Keys(c.known)) }

// credentials reads what senders have under names.
func (r *reader) credentials(p place) {
	r.creds = &credentials{known: map[string]Credential{}, at: map[string]place{}, used: map[string]bool{}}
	named := slices.DeleteFunc(slices.Clone(schemes), func(s schemeKeys) bool { return s.name == None })
	r.named(p, "a credential, such as ci: {bearer: {token_file: secrets/ci}, allow: {audience: {roles: [owner, admin]}}}", func(name string, v place) {
		c := Credential{Name: name}
		c.Verify = r.proven(v, named, key{"allow", "What can come of webhooks that are sent with it, at most.", func(v place) { c.Allow = r.allow(v, true) }})
		r.creds.known[name], r.creds.at[name] = c, v
	})
}

// allow reads a ceiling. Beside the credential of one hook there are no bots: it
// is for the one whose hook that is.
func (r *reader) allow(p place, bots bool) (a Allow) {
	m := mapping{keys: keys{
		{"groups", "The groups that its events can be for.", func(v place) { a.Groups = distinct(r, v, r.group) }},
		{"audience", "Whom its events can reach, within what the bot can.", func(v place) {
			audience := r.audience(v, ceilingDepth)
			a.Audience = &audience
		}},
		{"recipients", "How many recipients one message can have; a message with more is refused.", func(v place) { r.number(v, &a.Recipients, 1, mostRecipients) }},
		{"per_minute", "How many events it can make in any minute; more are refused with 429.", func(v place) { r.number(v, &a.PerMinute, 1, mostPerMinute) }},
	}}
	if bots {
		m.keys = append(keys{{"bots", "The bots whose hooks it can be used for.", func(v place) {
			a.Bots = distinct(r, v, func(item place) (chat.BotName, bool) {
				name, ok := r.text(item)
				return chat.BotName(name), ok
			})
		}}}, m.keys...)
	}
	if there := r.mapping(p, m); there != nil && len(there) == 0 {
		r.problem(p, "is empty, and so bounds nothing", "say what it bounds, such as allow: {recipients: 5}, or remove it")
	}
	return a
}

// senders reads verify: of a hook: one way to prove oneself, or names of those
// that stand under credentials.
func (r *botsReader) senders(p place, w *Webhook) {
	w.Verify = r.proven(p, schemes, key{"credentials", "The names of credentials, each of which is enough. All are of one scheme.", func(v place) {
		w.Credentials = nil
		for _, name := range distinct(r.reader, v, r.credential) {
			w.Credentials = append(w.Credentials, r.creds.known[name])
		}
	}})
	if len(w.Credentials) == 0 {
		return
	}
	w.Verify = w.Credentials[0].Verify
	for i, c := range w.Credentials[1:] {
		if c.Verify.Scheme != w.Verify.Scheme {
			r.problem(p.at("credentials"), fmt.Sprintf("%s is of scheme %s and %s of %s, and a hook has senders of one kind", w.Credentials[0].Name, w.Verify.Scheme, c.Name, c.Verify.Scheme),
				"give each kind a hook of its own")
			return
		}
		if !c.Verify.readsLike(w.Verify) {
			r.problem(p.at("credentials"), fmt.Sprintf("%s and %s have other settings, by which one hook cannot read", w.Credentials[0].Name, w.Credentials[i+1].Name),
				"let them differ in their secrets alone, or give each a hook of its own")
			return
		}
	}
}

// readsLike reports whether what is sent is read in the same way. Where some sign
// their ids and others send them unsigned, in another header, it is not.
func (v Verify) readsLike(other Verify) bool {
	return (v.By == StandardWebhooks) == (other.By == StandardWebhooks) &&
		v.NeedID == other.NeedID && v.RepeatWithin == other.RepeatWithin && v.Insecure == other.Insecure && reflect.DeepEqual(v.HMAC, other.HMAC)
}

func (r *botsReader) credential(p place) (string, bool) {
	name, ok := r.text(p)
	if !ok {
		return "", false
	}
	if r.creds == nil {
		r.problem(p, "there are no credentials in this file", "add credentials: with one of this name")
		return "", false
	}
	if _, ok := r.creds.known[name]; !ok {
		r.problem(p, "there is no credential "+quote(p), r.suggest(p, name, r.creds.names()))
		return "", false
	}
	r.creds.used[name] = true
	return name, true
}

// ceilings reports credentials that a bot's hooks take and that could do nothing
// there.
func (r *botsReader) ceilings(on place, b Bot) {
	for _, t := range b.Triggers {
		if t.Webhook == nil {
			continue
		}
		at := on.at(string(t.Name))
		if len(t.Webhook.Credentials) == 0 {
			r.ceiling(at.at("allow"), "allow", b, t, t.Webhook.Allow)
		}
		for _, c := range t.Webhook.Credentials {
			r.ceiling(at.at("verify", "credentials"), "credentials."+c.Name+".allow", b, t, c.Allow)
		}
	}
}

func (r *botsReader) ceiling(p place, rule string, b Bot, t Trigger, a Allow) {
	if a.Bots != nil && !slices.Contains(a.Bots, b.Name) {
		r.problem(p, fmt.Sprintf("%s.bots does not have this bot", rule), "add "+string(b.Name)+" there, or take the credential away here")
	}
	outside := func(g chat.GroupID) bool { return !slices.Contains(a.Groups, g) }
	fixed := slices.Contains(b.Groups, chat.GroupID(t.Group))
	switch {
	case a.Groups == nil || len(b.Groups) == 0:
	case fixed && outside(chat.GroupID(t.Group)):
		r.problem(p, fmt.Sprintf("%s.groups does not have the group of this trigger", rule), "add "+t.Group+" there")
	case !slices.ContainsFunc(b.Groups, func(g chat.GroupID) bool { return !outside(g) }):
		r.problem(p, fmt.Sprintf("%s.groups has none of the bot's groups", rule), "add one of them there")
	case t.Group == "" && slices.ContainsFunc(b.Groups, outside):
		r.problem(p, fmt.Sprintf("%s.groups does not have each of the bot's groups, and the trigger is for each", rule),
			"add group: to the trigger: one that is there, or an expression such as payload.room")
	}
	if a.Audience != nil && t.Sender == "" && !a.Audience.IsNobody() && a.Audience.Bind("").IsNobody() {
		r.problem(p, fmt.Sprintf("%s.audience is the sender alone, and the trigger says nobody who that is", rule), "add sender: to the trigger, such as sender: payload.user, or roles or users to the audience")
	}
}

// loose reports credentials of no use, and bots of which there are none.
func (r *reader) loose(c *Config) {
	if r.creds == nil {
		return
	}
	var bots []string
	for _, b := range c.Bots {
		bots = append(bots, string(b.Name))
	}
	for _, name := range r.creds.names() {
		at := r.creds.at[name]
		if !r.creds.used[name] {
			r.warn(at.atKey(), "no hook takes this credential", "name it in one: verify: {credentials: ["+name+"]}, or remove it")
		}
		list := at.at("allow", "bots")
		for i, bot := range r.creds.known[name].Allow.Bots {
			if !slices.Contains(bots, string(bot)) && i < len(list.node.Content) {
				item := list.item(i, list.node.Content[i])
				r.problem(item, "there is no bot "+quote(item), r.suggest(item, string(bot), bots))
			}
		}
	}
}
