package config

import "slices"

// Verify says who sends, and how senders prove who they are.
type Verify struct {
	Scheme  Scheme
	Secrets []Secret // any of them is enough, so that they can be changed one at a time
	NeedID  bool     // an Idempotency-Key must be there
}

// Scheme is one kind of sender, with its rules.
type Scheme string

// The schemes.
const (
	Bearer           Scheme = "bearer"
	GitHub           Scheme = "github"
	StandardWebhooks Scheme = "standard_webhooks"
)

// schemeKeys say what can be written about a scheme.
type schemeKeys struct {
	name  Scheme
	about string
	use   SecretUse // of its secrets
	word  string    // what they are called, as in token_file
	// more reads further keys; nil for none.
	more func(r *reader, v *Verify) keys
}

// schemes are all of them, in the order of their names. A further one is a line
// here, beside its file in webhooks.
var schemes = []schemeKeys{
	{name: Bearer, about: "Any program that sends JSON, with a token in the header Authorization: Bearer.", use: HookToken, word: "token", more: needsID},
	{name: GitHub, about: "GitHub: JSON or a form, signed in X-Hub-Signature-256.", use: HookSecret, word: "secret"},
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
	one := func(p place) {
		if s := r.secret(p, s.use); !s.IsZero() {
			v.Secrets = append(v.Secrets, s)
		}
	}
	word := s.word
	m := mapping{
		keys: keys{
			{word + "_file", "The file that holds the " + word + ". A relative path begins at the folder of this file.", one},
			{word + "_env", "The environment variable that holds the " + word + ".", one},
			{word + "_files", "The files of several, any of which is enough, while one is changed for another.", func(p place) { v.Secrets = r.several(p, s.use) }},
		},
		one:     []choice{{[]string{word + "_file", word + "_env", word + "_files"}, "say where the " + word + " is"}},
		instead: map[string]string{word: "a secret does not stand here: name a file with " + word + "_file"},
		secret:  true,
	}
	if s.more != nil {
		m.keys = append(m.keys, s.more(r, &v)...)
	}
	r.mapping(p, m)
	return v
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
