package config

import (
	"regexp"
	"strings"
)

// defaultStore is where the store is when the file names none.
const defaultStore = "botd.db"

// config reads the whole file.
func (r *reader) config(p place, c *Config) {
	c.Store = Store{SQLite: defaultStore}
	c.Listen = Listen{Public: defaultPublic, Admin: defaultAdmin, RefusedPerMinute: defaultRefused}
	c.Retention = Retention{KeepDone: defaultKeepDone, KeepDead: defaultKeepDead, Receipts: defaultReceipts, IDs: defaultIDs}
	r.listens = &c.Listen
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
			{"credentials", "What senders of webhooks prove themselves with, each under a name of your own, where several hooks take one or one hook takes several. A hook names them: verify: {credentials: [NAME]}.", func(v place) { r.credentials(v) }},
			{"calendars", "Dates, such as the holidays of a country, each calendar under a name of your own. Schedules leave them out, or strike on them alone.", func(v place) { c.Calendars = r.calendars(v) }},
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
	r.loose(c)
	r.unusedApps(there["apps"], there["bots"], c)
	r.unsigned(there["apps"], c)
	r.overheard(there["bots"], c)
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
		s.Not = &schema{Enum: []any{"sqlite::memory:"}}
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
