package config

import (
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// Placement says where the code of a bot's plugin runs. In the zero value that is
// inside botd; at most one of Isolate, Program and URL is set.
type Placement struct {
	Isolate bool     // botd's own binary, in a process of its own
	Program []string // and its arguments, as they are written; it begins in the configuration's folder
	URL     string   // of a plugin that somebody else runs
	// Attached says that somebody looks at what answers at URL with a debugger, so that
	// it has no time limit. No file says so, but botd dev.
	Attached bool
	// Keys sign what is sent to URL, each of them; none: it is on this machine.
	Keys []Secret
	// Memory is how many bytes of data a process that botd starts can have; zero
	// where it starts none.
	Memory int64
}

// Inside reports whether the plugin runs in botd's own process.
func (p Placement) Inside() bool { return !p.Isolate && p.Program == nil && p.URL == "" }

// Where says it in a few words.
func (p Placement) Where() string {
	switch {
	case p.Isolate:
		return "isolated"
	case p.Program != nil:
		return "a program"
	case p.URL != "":
		return "an address"
	}
	return "compiled in"
}

// How much memory a plugin's process can have: botd's own binary does not begin
// with less than the least, and Node with no less than 600 MB, most of which it only
// reserves.
const (
	leastMemory    = 64e6
	mostMemory     = 64e9
	isolatedMemory = 256e6 // when nothing is said
	programMemory  = 1e9   // the same, of a program
)

// defaultMemory is how much a process has when nothing is said; zero for none.
func (p Placement) defaultMemory() int64 {
	switch {
	case p.Isolate:
		return isolatedMemory
	case p.Program != nil:
		return programMemory
	}
	return 0
}

// pluginURL is the form of what a plugin's address can be.
var pluginURL = regexp.MustCompile(`^[Hh][Tt][Tt][Pp][Ss]?://[^@?#\s]+$`)

// placed reads which plugin it is, and where it runs.
func (r *botsReader) placed(p place, b *Bot) {
	if p.describes(r.placements) {
		return
	}
	switch p.node.Kind {
	case yaml.SequenceNode:
		b.Program = r.program(p)
		return
	case yaml.MappingNode:
		b.URL, b.Keys = r.remote(p)
		return
	case yaml.ScalarNode, yaml.DocumentNode, yaml.AliasNode:
	}
	s, ok := r.text(p)
	switch {
	case !ok:
	case strings.Contains(s, "://"):
		b.URL = r.pluginAddress(p, s, false)
	case r.opt.Plugins == nil || slices.Contains(r.opt.Plugins, s):
		b.Plugin = s
	default:
		r.problem(p, "there is no plugin "+quote(p), r.meant(p, s))
	}
}

// meant is a remedy for the name of a plugin that there is not, which may be
// something else than a name.
func (r *botsReader) meant(p place, s string) string {
	switch {
	case fromVariable(p.node):
	case strings.ContainsAny(s, " /"):
		return "a program is a list of it and its arguments, as in plugin: [python3, quiz.py]"
	case strings.ContainsAny(s, ":."):
		return "an address begins with https://, or with http:// on this machine; a program is a list, as in plugin: [./quiz]"
	}
	return r.suggest(p, s, r.opt.Plugins)
}

// placements says what can stand there.
func (r *botsReader) placements(s *schema) {
	name, list, remote := new(schema), new(schema), new(schema)
	name.Type = "string"
	if r.opt.Plugins != nil {
		name = &schema{Enum: anyOf(r.opt.Plugins)}
	}
	r.program(place{schema: list})
	r.remote(place{schema: remote})
	address := new(schema)
	matching(address, pluginURL)
	s.AnyOf = []*schema{name, address, list, remote}
}

// program reads a program and its arguments, and looks for it; it is not started.
func (r *botsReader) program(p place) (args []string) {
	before := len(r.problems)
	r.list(p, func(item place) {
		if s, ok := r.text(item); ok {
			args = append(args, s)
		}
	})
	if p.schema != nil || len(r.problems) > before || r.opt.Program == nil {
		return args
	}
	first := p.item(0, p.node.Content[0])
	if err := r.opt.Program(r.dir, args[0]); err != nil {
		r.refused(first, err, "install it, or write its path, which begins at the folder of "+filepath.Base(r.file)+" if it has a slash in it")
	}
	return args
}

// remote reads where a plugin is that somebody else runs, and what it is shown to
// know botd by.
func (r *botsReader) remote(p place) (address string, secrets []Secret) {
	var v Verify
	m := mapping{
		keys: keys{{"url", "Where the plugin answers: https://, or http:// on this machine.", func(v place) {
			if v.describes(func(s *schema) { matching(s, pluginURL, "https://bots.example.com/quiz") }) {
				return
			}
			if s, ok := r.text(v); ok {
				address = r.pluginAddress(v, s, true)
			}
		}}},
		need:    map[string]string{"url": "say where the plugin answers, such as url: https://bots.example.com/quiz"},
		instead: map[string]string{"memory": "it stands under limits:, and only where botd starts the plugin", "name": "a plugin elsewhere says its own name"},
		secret:  true,
	}
	names := r.wayKeys(&m, &v, otherWay{use: PluginKey, word: "secret"})
	m.one = []choice{{names, "say where the key is that requests are signed with; a plugin on this machine can do without: write its address alone, as in plugin: http://127.0.0.1:7001"}}
	r.mapping(p, m)
	return address, v.Secrets
}

// pluginAddress checks where a plugin is. What goes there is what members and other
// systems wrote, so it leaves this machine encrypted and signed, or not at all.
func (r *botsReader) pluginAddress(p place, s string, signed bool) string {
	u, err := url.Parse(s)
	switch {
	case r.opt.Plugins == nil && fromVariable(p.node): // nobody asks it anything
		return s
	case err != nil || u.Hostname() == "" || u.Scheme != "https" && u.Scheme != "http":
		r.problem(p, "is no address of a plugin", "write https:// and the host's name, or http:// and an address of this machine")
	case u.User != nil:
		r.problem(p, "has a user in it, which would be in the log of every proxy", "take it out; requests are signed: {url: https://…, secret_file: …}")
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		r.problem(p, "has a query or a fragment, which an address of a plugin cannot have", "take it out; what proves who asks is the signature: {url: https://…, secret_file: …}")
	case onThisMachine(u):
		return u.String()
	case u.Scheme == "http":
		r.problem(p, "is on another machine, and http would send there in the clear what members write", "put a proxy with TLS before it and write https:// (docs/placement.md shows one), or have it on this machine: as a program, plugin: [./quiz], or at http://127.0.0.1:7001, which two containers share by network_mode: service:botd")
	case !signed:
		r.problem(p, "is on another machine, which could not tell botd from others", "sign what it is sent: {url: …, secret_file: secrets/quiz}")
	default:
		return u.String()
	}
	return ""
}

func onThisMachine(u *url.URL) bool { return loopback(u.Host) || loopback(u.Host+":80") }

// walls reports what the placement does not go together with, and says what holds
// where nothing is said.
func (r *botsReader) walls(there map[string]place, b *Bot) {
	isolate, ok := there["isolate"]
	where := ""
	switch {
	case b.Program != nil:
		where = "a program has a process of its own in any case"
	case b.URL != "":
		where = "a plugin at an address has a process of its own in any case, which botd does not start"
	}
	if ok && where != "" {
		r.problem(isolate.atKey(), "is of no use: "+where, "leave it out")
	}
	started := b.Isolate || b.Program != nil
	memory := there["limits"].value("memory")
	switch {
	case memory.node != nil && b.URL != "":
		r.problem(memory, "botd does not start this plugin, so it cannot limit its memory", "leave it out, and limit it where it is started")
	case memory.node != nil && !started && b.Plugin != "":
		r.problem(memory, "is of a process of its own, and this plugin runs inside botd, where its memory cannot be limited", "add isolate: true to the bot, or leave it out")
	case b.Memory == 0:
		b.Memory = b.defaultMemory()
	}
}

// ParsePlacement reads what can stand after plugin: in a bot where there is no bot, as
// in a transcript: a name, a list that is a program, an address, or a mapping; a name
// and the word isolate is isolate: true. Programs begin in folder. Of the bot that it
// returns only Plugin and Placement are set.
func ParsePlacement(text, folder string, o Options) (Bot, error) {
	name, isolate := strings.CutSuffix(strings.TrimSpace(text), " isolate")
	r := &botsReader{reader: &reader{file: "the transcript", dir: folder, opt: o.withDefaults()}}
	b := Bot{Placement: Placement{Isolate: isolate}}
	if p, ok := r.document([]byte(name)); ok {
		r.placed(p, &b)
	}
	if isolate && b.Plugin == "" && len(r.problems) == 0 {
		return b, fmt.Errorf("isolate stands after %s, which has a process of its own in any case; leave it out", name)
	}
	var errs []error
	for _, p := range r.problems {
		errs = append(errs, errors.New(strings.TrimPrefix(p.Path+": ", ": ")+p.What+"; "+p.Remedy))
	}
	b.Memory = b.defaultMemory()
	return b, errors.Join(errs...)
}
