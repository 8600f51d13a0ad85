package config

import (
	"net"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
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
	r.public = &c.Listen.Public
	if r.opt.Store != nil {
		c.Store = *r.opt.Store
	}
	there := r.mapping(p, mapping{
		keys: keys{
			{"apps", "The applications of Tencent Cloud Chat, each under a name of your own.", func(v place) { r.apps(v, c) }},
			{"store", "Where what was accepted and not yet sent is kept: sqlite: and the path of a file, which begins at the folder that botd is started in.", func(v place) { r.store(v, &c.Store) }},
			{"retention", "For how long what is over is kept. What waits for a person is kept in any case.", func(v place) { r.retention(v, &c.Retention) }},
			{"listen", "Where botd is reached.", func(v place) { r.listen(v, &c.Listen) }},
			{"admin_token_file", "The file that holds the token asked of whoever comes to the admin address. It must be there if other machines reach that.", func(v place) { c.Listen.AdminToken = r.secret(v, AdminToken) }},
			{"admin_token_env", "The environment variable that holds that token.", func(v place) { c.Listen.AdminToken = r.secret(v, AdminToken) }},
			{"bots", "The bots, each under a name of your own.", func(v place) { r.bots(v, c) }},
		},
		need: r.needed(),
		one:  []choice{{names: []string{"admin_token_file", "admin_token_env"}}},
		later: map[string]string{
			"log":     "remove it; use the flags and BOTD_* variables",
			"plugins": "remove it; built-in plugins need no list",
			"include": "remove it; everything goes into one file",
		},
	})
	if there == nil {
		return
	}
	r.exposed(there, c.Listen)
	r.unusedApps(there["apps"], there["bots"], c)
	if r.opt.Running != nil {
		r.unchanged(p, r.opt.Running, c)
	}
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

// storeForm is the form of what store takes.
var storeForm = regexp.MustCompile(`^sqlite:([^/?#]|/[^/?#]|/$)[^?#]*$`)

func (r *reader) store(p place, to *Store) {
	if p.describes(func(s *schema) {
		standard(s, "sqlite:"+to.SQLite)
		matching(s, storeForm)
	}) {
		return
	}
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
		to.SQLite = path
	}
}

func (r *reader) listen(p place, l *Listen) {
	r.mapping(p, mapping{keys: keys{
		{"public", "The address that strangers reach, as host:port. It serves hooks and nothing else.", func(v place) { r.address(v, &l.Public) }},
		{"admin", "The address of the API, the console and the metrics, as host:port.", func(v place) { r.address(v, &l.Admin) }},
	}})
	if p.schema == nil && l.Public == l.Admin && !strings.HasSuffix(l.Public, ":0") {
		r.problem(p, "public and admin have the same address", "give them two ports: strangers reach the public one")
	}
}

// addressForm is the form of what address takes.
var addressForm = regexp.MustCompile(`:(0|[1-9][0-9]{0,4})$`)

// address reads host:port, where the host is an IP address, localhost, or left
// out for all.
func (r *reader) address(p place, to *string) {
	if p.describes(func(s *schema) {
		standard(s, *to)
		matching(s, addressForm)
	}) {
		return
	}
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
