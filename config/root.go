package config

import (
	"net"
	"net/netip"
	"strconv"
	"strings"

	"github.com/botd-chat/botd/chat"
)

// The addresses when the file names none: this machine only.
const (
	defaultPublic = "127.0.0.1:8080"
	defaultAdmin  = "127.0.0.1:8081"
	defaultStore  = "botd.db"
)

// config reads the whole file.
func (r *reader) config(p place, c *Config) {
	c.Store = Store{SQLite: defaultStore}
	c.Listen = Listen{Public: defaultPublic, Admin: defaultAdmin}
	c.Retention = Retention{KeepDone: defaultKeepDone, KeepDead: defaultKeepDead, Receipts: defaultReceipts}
	if r.opt.Store != nil {
		c.Store = *r.opt.Store
	}
	var apps, bots place
	there := r.mapping(p, mapping{
		keys: keys{
			"apps":             func(v place) { apps = v },
			"bots":             func(v place) { bots = v },
			"store":            func(v place) { r.store(v, &c.Store) },
			"listen":           func(v place) { r.listen(v, &c.Listen) },
			"retention":        func(v place) { r.retention(v, &c.Retention) },
			"admin_token_file": func(v place) { c.Listen.AdminToken = r.secret(v, AdminToken) },
			"admin_token_env":  func(v place) { c.Listen.AdminToken = r.secret(v, AdminToken) },
		},
		need: r.needed(),
		later: map[string]string{
			"log":     "remove it; use the flags and BOTD_* variables",
			"plugins": "remove it; built-in plugins need no list",
			"include": "remove it; everything goes into one file",
		},
	})
	if there == nil {
		return
	}
	if a, b := there["admin_token_file"], there["admin_token_env"]; a.node != nil && b.node != nil {
		r.problem(b, "is there beside admin_token_file", "keep one of the two")
	}
	r.exposed(there, c.Listen)
	r.appsAndBots(apps, bots, c)
}

// needed are the keys that must be there.
func (r *reader) needed() map[string]string {
	need := map[string]string{
		"apps": "add apps: with one entry for each application (SDKAppID)",
		"bots": "add bots: with at least one bot",
	}
	if r.opt.Apps != nil {
		delete(need, "apps")
	}
	return need
}

// onlyApp is the application's name where the file has none and need not.
const onlyApp = "main"

// appsAndBots reads both, since each bot names its app and each app must have
// a bot.
func (r *reader) appsAndBots(apps, bots place, c *Config) {
	var names []string
	switch {
	case apps.node != nil:
		names = r.apps(apps, c)
	case r.opt.Apps != nil:
		names = []string{onlyApp}
		a := r.opt.Apps(onlyApp)
		a.Name = onlyApp
		c.Apps = []App{a}
	}
	if bots.node == nil {
		return
	}
	b := botsReader{reader: r, apps: names, hooks: map[string]place{}, used: map[chat.AppName]bool{}}
	b.bots(bots, c)
	if apps.node == nil {
		return
	}
	for name, v := range apps.entries() {
		if plainName.MatchString(name) && b.unused(bots, name, len(c.Bots)) {
			r.problem(place{v.key, v.key, v.path}, "no bot uses this app", "remove it, or name it in a bot: app: "+name)
		}
	}
}

func (r *reader) store(p place, s *Store) {
	text, ok := r.text(p)
	if !ok || r.opt.Store != nil {
		return
	}
	scheme, path, _ := strings.Cut(text, ":")
	switch {
	case scheme == "postgres" || scheme == "postgresql":
		r.problem(p, "PostgreSQL belongs to a later release of botd", "use sqlite:botd.db")
	case scheme != "sqlite" || path == "" || strings.HasPrefix(path, "//") || strings.ContainsAny(path, "?#"):
		r.problem(p, "is no store", "write sqlite: and the path of a file, such as sqlite:botd.db")
	case path == ":memory:":
		r.problem(p, "a store in memory loses what was accepted", "name a file, such as sqlite:botd.db")
	default:
		s.SQLite = path
	}
}

func (r *reader) listen(p place, l *Listen) {
	r.mapping(p, mapping{keys: keys{
		"public": func(v place) { r.address(v, &l.Public) },
		"admin":  func(v place) { r.address(v, &l.Admin) },
	}})
	if l.Public == l.Admin && !strings.HasSuffix(l.Public, ":0") {
		r.problem(p, "public and admin have the same address", "give them two ports: strangers reach the public one")
	}
}

// address reads host:port, where the host is an IP address, localhost, or left
// out for all.
func (r *reader) address(p place, to *string) {
	s, ok := r.text(p)
	if !ok {
		return
	}
	host, port, err := net.SplitHostPort(s)
	n, portErr := strconv.Atoi(port)
	_, hostErr := netip.ParseAddr(host)
	switch {
	case err != nil || portErr != nil || !decimal.MatchString(port) || n > 65535:
		r.problem(p, "is no address to listen on", "write host:port, such as 127.0.0.1:8080, or :8080 for every interface")
	case host != "" && host != "localhost" && hostErr != nil:
		r.problem(p, "the host is no IP address", "write an address of this machine, such as 127.0.0.1:8080, or :8080 for every interface")
	default:
		*to = s
	}
}

// exposed refuses an admin listener that other machines can reach without a
// token.
func (r *reader) exposed(there map[string]place, l Listen) {
	_, file := there["admin_token_file"]
	_, env := there["admin_token_env"]
	if file || env || loopback(l.Admin) {
		return
	}
	at := there["listen"]
	for name, v := range at.entries() {
		if name == "admin" {
			at = v
		}
	}
	r.problem(at, "other machines can reach this address, and there is no token to ask of them", "use "+defaultAdmin+", or add admin_token_file: beside listen:")
}

func loopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.Unmap().IsLoopback()
}
