package config

import (
	"slices"
	"time"

	"github.com/botd-chat/botd/chat"
)

// How long a draft can wait for somebody to release it.
const (
	defaultLapses = 4 * time.Hour
	leastLapses   = time.Minute
	mostLapses    = 7 * 24 * time.Hour
)

// review reads who has to release what comes of a trigger's events.
func (r *botsReader) review(p place) *chat.Review {
	v := chat.Review{Lapses: chat.Duration(defaultLapses)}
	there := r.mapping(p, mapping{
		keys: keys{
			{"by", "Who is shown the draft and may release or discard it, within the bot's audience.", func(p place) { v.By = r.audience(p, ceilingDepth) }},
			{"lapses", "How long after the draft it is too late to release it.", func(p place) { r.length(p, &v.Lapses, leastLapses, mostLapses) }},
		},
		need: map[string]string{"by": "say who decides, such as by: {roles: [owner, admin]}"},
	})
	if there == nil || v.By.IsNobody() {
		return nil
	}
	return &v
}

// reviewed judges the reviews of a bot, when all of it has been read.
func (r *botsReader) reviewed(on place, b Bot) {
	for _, t := range b.Triggers {
		if t.Review == nil {
			continue
		}
		p := on.at(string(t.Name), "review")
		if r.opt.Apps == nil && b.App != "" && !r.told[b.App] {
			r.problem(p, "needs to hear /release and /discard, and app "+string(b.App)+" has no callbacks, so nothing is ever released",
				"add callbacks: {token_file: secrets/callback} under apps: "+string(b.App)+
					", and in the console of Tencent Cloud Chat, under Callback Configuration, set the URL and the token and switch on "+and(Callback{Via: chat.ViaGroup}.Switches()))
		}
		by := p.at("by")
		if at, ok := senderIn(by); ok && !t.sent() {
			r.problem(at, "this trigger does not say who the sender is", "name who decides by their roles or accounts")
		}
		if apart(b.Audience, t.Review.By) {
			r.problem(by, "names nobody whom the bot can reach, so nobody could be shown the draft", "let audience: of the bot have them too, or name others")
		}
	}
}

// apart reports whether two audiences have nobody in common, whoever the members are.
// What they say by roles and accounts alone is compared.
func apart(a, b chat.Audience) bool {
	byRoles := func(x chat.Audience) bool { return len(x.Users) == 0 && simple(x) }
	byUsers := func(x chat.Audience) bool { return len(x.Roles) == 0 && simple(x) }
	switch {
	case byRoles(a) && byRoles(b):
		return !slices.ContainsFunc(a.Roles, func(r chat.Role) bool { return slices.Contains(b.Roles, r) })
	case byUsers(b):
		outside := func(u chat.UserID) bool {
			return slices.Contains(a.Except, u) || byUsers(a) && !slices.Contains(a.Users, u)
		}
		return !slices.ContainsFunc(b.Users, func(u chat.UserID) bool { return !outside(u) })
	}
	return false
}

// simple reports whether an audience names roles or accounts and no more.
func simple(a chat.Audience) bool {
	return !a.Everyone && !a.Sender && len(a.AnyOf) == 0 && (len(a.Roles) > 0 || len(a.Users) > 0)
}
