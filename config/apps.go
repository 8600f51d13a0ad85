package config

import (
	"net/url"

	"github.com/botd-chat/botd/chat"
)

// The limits of an application unless it was granted more (product/1047/34620,
// product/1047/34381), and the most that can be written here.
const (
	defaultCalls         = 200
	defaultGroupMessages = 40
	mostCalls            = 10_000
	mostGroupMessages    = 1_000
	defaultAdministrator = "administrator"
)

// apps reads the applications and returns their names, also of those in which
// something is wrong.
func (r *reader) apps(p place, c *Config) []string {
	var names []string
	ids := map[uint32]string{}
	r.named(p, "one entry for each application, such as main:", func(name string, v place) {
		names = append(names, name)
		if r.opt.Apps != nil {
			a := r.opt.Apps(chat.AppName(name))
			a.Name = chat.AppName(name)
			c.Apps = append(c.Apps, a)
			return
		}
		a := r.app(v, chat.AppName(name))
		if other, taken := ids[a.SDKAppID]; taken && a.SDKAppID != 0 {
			r.problem(v, "has the sdk_app_id of "+other, "an application is listed once; let the bots share it")
		}
		ids[a.SDKAppID] = v.path
		c.Apps = append(c.Apps, a)
	})
	return names
}

func (r *reader) app(p place, name chat.AppName) App {
	a := App{
		Name: name, Administrator: defaultAdministrator,
		CallsPerSecond: defaultCalls, GroupMessagesPerSecond: defaultGroupMessages,
	}
	there := r.mapping(p, mapping{
		keys: keys{
			"sdk_app_id":                func(v place) { a.SDKAppID = uint32(r.number(v, 1, 1<<32-1)) },
			"secret_key_file":           func(v place) { a.SecretKey = r.secret(v, SecretKey) },
			"secret_key_env":            func(v place) { a.SecretKey = r.secret(v, SecretKey) },
			"administrator":             func(v place) { a.Administrator = r.user(v) },
			"region":                    func(v place) { a.Region = r.oneOf(v, "region", r.opt.Regions) },
			"base_url":                  func(v place) { a.BaseURL = r.url(v) },
			"backup_url":                func(v place) { a.BackupURL = r.url(v) },
			"calls_per_second":          func(v place) { a.CallsPerSecond = r.number(v, 1, mostCalls) },
			"group_messages_per_second": func(v place) { a.GroupMessagesPerSecond = r.number(v, 1, mostGroupMessages) },
		},
		need:    map[string]string{"sdk_app_id": "the console of Tencent Cloud Chat shows it as SDKAppID"},
		instead: map[string]string{"secret_key": "a secret does not stand here: name a file with secret_key_file"},
		secret:  true,
	})
	if there == nil {
		return a
	}
	r.exactlyOne(p, there, "say where the secret key is", "secret_key_file", "secret_key_env")
	home := r.exactlyOne(p, there, "say where the application lives, such as region: singapore", "region", "base_url")
	if v, ok := there["backup_url"]; ok && home == "region" {
		r.problem(place{v.key, v.key, v.path}, "a region has its own backup", "remove it; it belongs to base_url")
	}
	return a
}

// exactlyOne reports when there is none of these keys, or more than one, and
// returns the one there is. Where something is unknown, that was it perhaps.
func (r *reader) exactlyOne(p place, there map[string]place, remedy string, names ...string) (one string) {
	var found []string
	for _, n := range names {
		if _, ok := there[n]; ok {
			found = append(found, n)
		}
	}
	switch len(found) {
	case 0:
		if _, unknown := there[""]; !unknown {
			r.problem(p, "there is no "+or(names), remedy)
		}
	case 1:
		return found[0]
	default:
		r.problem(there[found[1]], "is there beside "+found[0], "keep one of "+and(names))
	}
	return ""
}

// url reads the address of a REST API. Every call carries a UserSig in it, so
// only this machine is spoken to without TLS.
func (r *reader) url(p place) string {
	s, ok := r.text(p)
	if !ok {
		return ""
	}
	u, err := url.Parse(s)
	switch {
	case err != nil || u.Hostname() == "" || (u.Scheme != "https" && u.Scheme != "http"):
		r.problem(p, "is no URL of a server", "write https:// and the host's name")
	case u.User != nil || u.RawQuery != "" || u.Fragment != "" || (u.Path != "" && u.Path != "/"):
		r.problem(p, "has more than scheme and host", "leave out path, query and credentials")
	case u.Scheme == "http" && !loopback(u.Host) && !loopback(u.Host+":80"):
		r.problem(p, "calls carry signatures, and http would send them in the clear", "use https; http is for this machine alone")
	default:
		return u.Scheme + "://" + u.Host
	}
	return ""
}

// user reads an account.
func (r *reader) user(p place) chat.UserID {
	u, _ := r.account(p)
	return u
}

func (r *reader) account(p place) (chat.UserID, bool) {
	return checked(r, p, chat.UserID.Validate, "an account has 1 to 32 bytes")
}
