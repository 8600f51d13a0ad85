package config

import (
	"slices"
	"time"
)

// Verify says who sends, and how senders prove who they are.
type Verify struct {
	Scheme  Scheme
	Secrets []Secret // any of them is enough, so that they can be changed one at a time
	NeedID  bool     // an Idempotency-Key must be there
	// By is how senders prove themselves that have no way of their own: one of
	// the schemes, whose secrets and settings these are. Empty elsewhere.
	By   Scheme
	User string // of basic authentication
	HMAC HMAC
	// RepeatWithin is how long the same content is a repeat, for senders that
	// have no ids.
	RepeatWithin time.Duration

	Insecure bool // that nobody proves anything is meant, though other machines reach the hook
}

// Scheme is one kind of sender, with its rules.
type Scheme string

// The schemes.
const (
	Basic            Scheme = "basic"
	Bearer           Scheme = "bearer"
	GitHub           Scheme = "github"
	HMACSigned       Scheme = "hmac"
	None             Scheme = "none"
	StandardWebhooks Scheme = "standard_webhooks"
)

// schemeKeys say what can be written about a scheme.
type schemeKeys struct {
	name  Scheme
	about string
	use   SecretUse // of its secrets
	word  string    // what they are called, as in token_file; empty where there are none
	// by are the schemes by which its senders prove themselves.
	by []schemeKeys
	// more reads further keys, of which need must be there; nil for none.
	more func(r *reader, v *Verify) keys
	need map[string]string
	// one and beside are of further keys that do not go together, or do.
	one    []choice
	beside []pair
	// check judges the whole; nil for nothing.
	check func(r *reader, p place, there map[string]place, v *Verify)
}

// schemes are all of them, in the order of their names. A further one is a line
// here, beside its file in webhooks.
var schemes = []schemeKeys{
	basicKeys,
	{name: Bearer, about: "Any program that sends JSON, with a token in the header Authorization: Bearer.", use: HookToken, word: "token", more: needsID},
	{name: GitHub, about: "GitHub: JSON or a form, signed in X-Hub-Signature-256.", use: HookSecret, word: "secret"},
	hmacKeys,
	noneKeys,
	{name: StandardWebhooks, about: "Signed as standardwebhooks.com says.", use: SigningKey, word: "secret"},
}

// needsID is for schemes of plain callers.
func needsID(r *reader, v *Verify) keys {
	return keys{{"idempotency_key", "Whether a request without the header Idempotency-Key is refused.", func(p place) {
		rule := "optional"
		oneOf(r, p, &rule, "rule for the Idempotency-Key", []string{rule, "required"})
		v.NeedID = rule == "required"
	}}}
}

// mostSecrets is how many secrets one hook can have. Two serve to change one;
// more are rarely meant.
const mostSecrets = 4

// verify reads how a hook's senders prove who they are.
func (r *reader) verify(p place) (v Verify) {
	m := mapping{secret: true, one: []choice{{nil, "choose one"}}}
	for _, s := range schemes {
		m.keys = append(m.keys, key{string(s.name), s.about, func(p place) { v = r.scheme(p, s) }})
		m.one[0].names = append(m.one[0].names, string(s.name))
	}
	r.mapping(p, m)
	return v
}

// scheme reads what is said about one, secrets first: from a file, a variable or
// several files.
func (r *reader) scheme(p place, s schemeKeys) Verify {
	v := Verify{Scheme: s.name}
	m := mapping{secret: true, need: s.need, one: s.one, beside: s.beside}
	if s.word != "" {
		r.secretKeys(&m, s, &v)
	}
	if s.by != nil {
		r.proofKeys(&m, s, &v)
	}
	if s.more != nil {
		m.keys = append(m.keys, s.more(r, &v)...)
	}
	there := r.mapping(p, m)
	if _, unknown := there[""]; there != nil && !unknown && s.check != nil {
		s.check(r, p, there, &v)
	}
	return v
}

// secretKeys say where a scheme's secrets are.
func (r *reader) secretKeys(m *mapping, s schemeKeys, v *Verify) {
	one := func(p place) {
		if s := r.secret(p, s.use); !s.IsZero() {
			v.Secrets = append(v.Secrets, s)
		}
	}
	word := s.word
	m.keys = append(m.keys,
		key{word + "_file", "The file that holds the " + word + ". A relative path begins at the folder of this file.", one},
		key{word + "_env", "The environment variable that holds the " + word + ".", one},
		key{word + "_files", "The files of several, any of which is enough, while one is changed for another.", func(p place) { v.Secrets = r.several(p, s.use) }})
	m.one = append([]choice{{[]string{word + "_file", word + "_env", word + "_files"}, "say where the " + word + " is"}}, m.one...)
	m.instead = map[string]string{word: "a secret does not stand here: name a file with " + word + "_file"}
}

func (r *reader) several(p place, use SecretUse) []Secret {
	var all []Secret
	r.list(p, func(item place) {
		s := r.secret(item, use)
		switch {
		case s.IsZero():
		case r.opt.ReadSecret == nil && slices.ContainsFunc(all, s.Equal):
			r.problem(item, "is the same secret as one before", "keep it once")
		default:
			all = append(all, s)
		}
	})
	if len(all) > mostSecrets {
		r.problem(p, "names more than four secrets", "keep those in use: the old one and the new one")
	}
	return all
}
