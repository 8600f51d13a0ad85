package config

import (
	"net/url"
	"regexp"

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

// apps reads the applications, also those in which something is wrong.
func (r *reader) apps(p place, c *Config) {
	ids := map[uint32]string{}
	r.named(p, "one entry for each application, such as main:", func(name string, v place) {
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
}

func (r *reader) app(p place, name chat.AppName) App {
	a := App{
		Name: name, Administrator: defaultAdministrator,
		CallsPerSecond: defaultCalls, GroupMessagesPerSecond: defaultGroupMessages,
	}
	there := r.mapping(p, mapping{
		keys: keys{
			{"sdk_app_id", "The SDKAppID of the application, as the console of Tencent Cloud Chat shows it.", func(v place) { r.appID(v, &a.SDKAppID) }},
			{"secret_key_file", "The file that holds the application's secret key. A relative path begins at the folder of this file.", func(v place) { a.SecretKey = r.secret(v, SecretKey) }},
			{"secret_key_env", "The environment variable that holds the application's secret key.", func(v place) { a.SecretKey = r.secret(v, SecretKey) }},
			{"administrator", "The account that calls the REST API. It is an administrator of the application.", func(v place) { r.user(v, &a.Administrator) }},
			{"region", "Where the application lives.", func(v place) { oneOf(r, v, &a.Region, "region", r.opt.Regions) }},
			{"base_url", "Where the REST API is, in place of a region: scheme and host.", func(v place) { a.BaseURL = r.url(v) }},
			{"backup_url", "Where the REST API is when base_url cannot be reached.", func(v place) { a.BackupURL = r.url(v) }},
			{"calls_per_second", "Calls of one REST API in a second, at most. Raise it only if the application was granted more.", func(v place) { r.number(v, &a.CallsPerSecond, 1, mostCalls) }},
			{"group_messages_per_second", "Messages into one group in a second, at most. Raise it only if the application was granted more.", func(v place) { r.number(v, &a.GroupMessagesPerSecond, 1, mostGroupMessages) }},
			{"callbacks", "How the service tells botd what members write and what happens in the groups. It tells nothing when left out.", func(v place) { a.Callbacks = r.callbacks(v) }},
		},
		need: map[string]string{"sdk_app_id": "the console of Tencent Cloud Chat shows it as SDKAppID"},
		one: []choice{
			{[]string{"secret_key_file", "secret_key_env"}, "say where the secret key is"},
			{[]string{"region", "base_url"}, "say where the application lives, such as region: singapore"},
		},
		beside:  []pair{{"backup_url", "base_url", "a region has its own backup", "remove it; it belongs to base_url"}},
		instead: map[string]string{"secret_key": "a secret does not stand here: name a file with secret_key_file"},
		secret:  true,
	})
	if v, ok := there["backup_url"]; ok && a.BackupURL == a.BaseURL && a.BackupURL != "" {
		r.problem(v, "is the same as base_url", "name another server, or leave it out")
	}
	return a
}

func (r *reader) appID(p place, to *uint32) {
	var id int
	r.number(p, &id, 1, 1<<32-1)
	*to = uint32(id)
}

// urlForm is the form of what url takes.
var urlForm = regexp.MustCompile(`^[A-Za-z]{4,5}://(\[[^\]]+\]|[^/?#@:]+)(:[0-9]*)?/?$`)

// url reads the address of a REST API. Every call carries a UserSig in it, so
// only this machine is spoken to without TLS.
func (r *reader) url(p place) string {
	if p.describes(func(s *schema) { matching(s, urlForm, "https://im.example.com") }) {
		return ""
	}
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
func (r *reader) user(p place, to *chat.UserID) {
	p.describes(func(s *schema) { standard(s, *to) })
	if u, ok := r.account(p); ok {
		*to = u
	}
}

func (r *reader) account(p place) (chat.UserID, bool) {
	if p.describes(func(s *schema) {
		form := &schema{MaxLength: count(chat.MaxUserID)}
		aText(form)
		orVariable(s, form)
	}) {
		return "", false
	}
	return checked(r, p, chat.UserID.Validate, "an account has 1 to 32 bytes")
}
