package config

import (
	"regexp"
	"time"

	"gopkg.in/yaml.v3"

	"github.com/botd-chat/botd/chat"
)

// What callbacks are when nothing is said, and how often histories can be swept.
const (
	defaultPath  = "/callbacks/tencent"
	defaultSweep = time.Minute
	leastSweep   = 10 * time.Second
	mostSweep    = time.Hour
	maxPath      = 200 // bytes, without the secret part
)

// pathForm is that of an address which the console takes: it has none of !$&? and no
// blanks (product/1047/34520). The public listener has hooks beside it.
var pathForm = regexp.MustCompile(`^/callbacks(/[A-Za-z0-9][A-Za-z0-9._-]*)+$`)

// callbacks reads where and how the service tells an application's events.
func (r *reader) callbacks(p place) Callbacks {
	c := Callbacks{Path: defaultPath, Sweep: defaultSweep}
	var v Verify
	var m mapping
	m.secret, m.instead = true, map[string]string{"path_secret": "a secret does not stand here: name a file with path_secret_file"}
	tokens := r.wayKeys(&m, &v, otherWay{use: CallbackToken, word: "token"})
	m.keys = append(m.keys, keys{
		{"insecure", "In place of a token: callbacks are not signed, and whoever knows the path is believed.", func(v place) { r.yes(v, &c.Insecure) }},
		{"path", "The path of the URL that the console of Tencent Cloud Chat is told. It begins with /callbacks/. Several applications may share one.", func(v place) { r.callbackPath(v, &c.Path) }},
		{"path_secret_file", "The file that holds a further part of the path, which nobody knows but the service and botd.", func(v place) { c.PathSecret = r.secret(v, PathSecret) }},
		{"path_secret_env", "The environment variable that holds that part.", func(v place) { c.PathSecret = r.secret(v, PathSecret) }},
		{"sources", "The networks that callbacks may come from. From anywhere when left out.", func(v place) {
			c.Sources = distinct(r, v, r.network("is every address there is", "leave out the key: that is from anywhere"))
		}},
		{"sweep", "How often the history of groups in which something is held is looked through for what slipped out.", func(v place) { r.duration(v, &c.Sweep, leastSweep, mostSweep) }},
	}...)
	m.one = []choice{
		{append(tokens, "insecure"), "make a token with openssl rand -hex 16, put it into a file, name that with token_file, and give it to the console, too: Callback Configuration, Callback Authentication"},
		{[]string{"path_secret_file", "path_secret_env"}, ""},
	}
	r.mapping(p, m)
	c.Tokens = v.Secrets
	return c
}

func (r *reader) callbackPath(p place, to *string) {
	if p.describes(func(s *schema) {
		standard(s, *to)
		s.Type, s.Pattern, s.MaxLength = "string", pathForm.String()+"|"+aVariable, count(maxPath)
	}) {
		return
	}
	s, ok := r.text(p)
	switch {
	case !ok:
	case len(s) > maxPath || !pathForm.MatchString(s):
		r.problem(p, "is no path for callbacks", "begin with /callbacks/ and go on with letters, digits, - . and _, such as "+defaultPath+"; it is the path alone, without https:// and the host")
	default:
		*to = s
	}
}

// yes reads what is written as true or not at all.
func (r *reader) yes(p place, to *bool) {
	if p.describes(func(s *schema) { s.Type, s.Enum = "boolean", []any{true} }) {
		return
	}
	var said bool
	r.truth(p, &said)
	if !said && p.node.Kind == yaml.ScalarNode && p.node.Tag == "!!bool" {
		r.problem(p, "is false, which is what holds without it", "write true, or leave out the key")
		return
	}
	*to = said
}

// unsigned judges callbacks that are not signed, by who reaches the address.
func (r *reader) unsigned(apps place, c *Config) {
	for _, a := range c.Apps {
		if !a.Callbacks.Insecure || r.opt.Apps != nil {
			continue
		}
		p := apps.at(string(a.Name), "callbacks", "insecure")
		hidden := !a.Callbacks.PathSecret.IsZero() || len(a.Callbacks.Sources) > 0
		switch reached := !loopback(c.Listen.Public) || len(c.Listen.TrustedProxies) > 0; {
		case reached && !hidden:
			r.problem(p, "other machines reach listen.public, so anybody could say what members write",
				"name a token, which the console has under Callback Authentication; where it has none, add path_secret_file and sources")
		case reached:
			r.warn(p, "callbacks are not signed: whoever learns the path, or comes from where they may, is believed", "name a token, which the console has under Callback Authentication")
		case !hidden:
			r.warn(p, "whoever reaches "+c.Listen.Public+" can say what members write", "keep it for trials, and name a token, or add path_secret_file or sources")
		}
	}
}

// Switches are the callbacks that have to be on in the console of Tencent Cloud Chat,
// so that the service tells of it (product/1047/34355).
func (c Callback) Switches() []string {
	switch {
	case c.Via == chat.ViaGroup:
		return []string{"Group.CallbackBeforeSendMsg", "Group.CallbackAfterSendMsg"}
	case c.Via == chat.ViaDirect:
		return []string{"C2C.CallbackAfterSendMsg", "Bot.OnC2CMessage"}
	case c.Via == chat.ViaMention:
		return []string{"Bot.OnGroupMessage"}
	case c.What == chat.MemberJoined:
		return []string{"Group.CallbackAfterNewMemberJoin"}
	case c.What == chat.MemberLeft:
		return []string{"Group.CallbackAfterMemberExit"}
	case c.What == chat.RoleChanged:
		return []string{"Group.CallbackAfterMemberFieldChanged", "Group.CallbackAfterChangeGroupOwner"}
	}
	return []string{"Group.CallbackAfterGroupDestroyed"}
}
