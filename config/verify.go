package config

import (
	"slices"
	"strings"
	"time"
)

// Verify says who sends, and how senders prove who they are.
type Verify struct {
	Scheme  Scheme
	Secrets []Secret // any of them is enough, so that they can be changed one at a time
	Keys    []string // public ones, of a sender that signs with a private one; there are no Secrets then
	NeedID  bool     // an Idempotency-Key must be there
	// By is how senders prove themselves that have no way of their own, or one
	// more: one of the schemes, whose secrets and settings these are. Empty
	// elsewhere.
	By   Scheme
	User string // of basic authentication
	HMAC HMAC
	// RepeatWithin is how long the same content is a repeat, for senders that
	// have no ids.
	RepeatWithin time.Duration
	// Origins may ask for leave to post (CloudEvents); "*" is anybody.
	Origins    []string
	QueryToken bool // a bearer token may stand in the address, too

	Insecure bool // that nobody proves anything is meant, though other machines reach the hook
}

// Scheme is one kind of sender, with its rules.
type Scheme string

// The schemes.
const (
	Alertmanager     Scheme = "alertmanager"
	Basic            Scheme = "basic"
	Bearer           Scheme = "bearer"
	CloudEvents      Scheme = "cloudevents"
	Forgejo          Scheme = "forgejo"
	Gitea            Scheme = "gitea"
	GitHub           Scheme = "github"
	GitLab           Scheme = "gitlab"
	Grafana          Scheme = "grafana"
	HMACSigned       Scheme = "hmac"
	None             Scheme = "none"
	Shopify          Scheme = "shopify"
	Slack            Scheme = "slack"
	StandardWebhooks Scheme = "standard_webhooks"
	Stripe           Scheme = "stripe"
	Svix             Scheme = "svix"
)

// schemeKeys say what can be written about a scheme.
type schemeKeys struct {
	name  Scheme
	about string
	use   SecretUse // of its secrets
	word  string    // what they are called, as in token_file; empty where there are none
	// or is another way of theirs, one of which is chosen; nil for none.
	or *otherWay
	// public says that public keys can stand in place of secrets.
	public bool
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

// otherWay is a way to prove oneself with other secrets, by the rules of another
// scheme.
type otherWay struct {
	use  SecretUse
	word string
	by   Scheme
}

// schemes are all of them, in the order of their names. A further one is a line
// here, beside its file in webhooks.
var schemes = []schemeKeys{
	{name: Alertmanager, about: "Prometheus Alertmanager, whose http_config says how it proves itself.", by: []schemeKeys{bearerProof, basicProof}, more: repeats},
	basicKeys,
	{name: Bearer, about: "Any program that sends JSON, with a token in the header Authorization: Bearer.", use: HookToken, word: "token", more: needsID},
	cloudEventsKeys,
	{name: Forgejo, about: "Forgejo: JSON, signed in X-Forgejo-Signature.", use: HookSecret, word: "secret"},
	{name: Gitea, about: "Gitea: JSON, signed in X-Gitea-Signature.", use: HookSecret, word: "secret"},
	{name: GitHub, about: "GitHub: JSON or a form, signed in X-Hub-Signature-256.", use: HookSecret, word: "secret"},
	{name: GitLab, about: "GitLab: with its secret token in X-Gitlab-Token, or signed with its signing token as standardwebhooks.com says.", use: HookSecret, word: "token",
		or: &otherWay{SigningKey, "signing_token", StandardWebhooks}},
	{name: Grafana, about: "Grafana Alerting, by what its contact point says: a token, a user and a password, or an HMAC.", by: []schemeKeys{bearerProof, basicProof, grafanaHMAC}, more: repeats},
	hmacKeys,
	noneKeys,
	{name: Shopify, about: "Shopify: signed in X-Shopify-Hmac-SHA256 with the app's client secret.", use: HookSecret, word: "secret"},
	{name: Slack, about: "Slack: the Events API, slash commands and interactions, signed in X-Slack-Signature with the app's signing secret.", use: HookSecret, word: "secret"},
	{name: StandardWebhooks, about: "Signed as standardwebhooks.com says, with a secret or a private key.", use: SigningKey, word: "secret", public: true},
	{name: Stripe, about: "Stripe: signed in Stripe-Signature with the endpoint's signing secret.", use: EndpointSecret, word: "secret"},
	{name: Svix, about: "Svix: as standard_webhooks, in the headers svix-id, svix-timestamp and svix-signature.", use: SigningKey, word: "secret", public: true},
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

// proven reads how senders prove who they are, by one of some schemes or by the
// other key, if that excludes them; allow stands beside.
func (r *reader) proven(p place, some []schemeKeys, other key) (v Verify) {
	m := mapping{secret: true, one: []choice{{nil, "choose one"}}}
	for _, s := range some {
		m.keys = append(m.keys, key{string(s.name), s.about, func(p place) {
			if !r.common(p, string(s.name), func(p place) { r.scheme(p, s) }) {
				v = r.scheme(p, s)
			}
		}})
		m.one[0].names = append(m.one[0].names, string(s.name))
	}
	m.keys = append(m.keys, other)
	if other.name != "allow" {
		m.one[0].names = append(m.one[0].names, other.name)
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
	m.instead = map[string]string{}
	where := choice{remedy: "say where the " + s.word + " is"}
	where.names = r.wayKeys(m, v, otherWay{use: s.use, word: s.word})
	if s.or != nil {
		where.names = append(where.names, r.wayKeys(m, v, *s.or)...)
		where.remedy = "say where the " + s.word + " or " + spaced(s.or.word) + " is"
	}
	if s.public {
		m.keys = append(m.keys, key{"public_keys", "The public keys of a sender that signs with a private one: whpk_ and base64. Any of them is enough.", func(p place) { v.Keys = r.publicKeys(p) }})
		where.names = append(where.names, "public_keys")
		where.remedy += ", or list the public_keys of a sender that signs with a private one"
	}
	m.one = append([]choice{where}, m.one...)
}

// wayKeys lets secrets be in a file, a variable or several files.
func (r *reader) wayKeys(m *mapping, v *Verify, w otherWay) []string {
	one := func(p place) {
		v.By = w.by
		if s := r.secret(p, w.use); !s.IsZero() {
			v.Secrets = append(v.Secrets, s)
		}
	}
	file, env, files := w.word+"_file", w.word+"_env", w.word+"_files"
	m.keys = append(m.keys,
		key{file, "The file that holds the " + spaced(w.word) + ". A relative path begins at the folder of this file.", one},
		key{env, "The environment variable that holds the " + spaced(w.word) + ".", one},
		key{files, "The files of several, any of which is enough, while one is changed for another.", func(p place) { v.By, v.Secrets = w.by, r.several(p, w.use) }})
	m.instead[w.word] = "a secret does not stand here: name a file with " + file
	return []string{file, env, files}
}

// spaced is a word of the file as one says it.
func spaced(word string) string { return strings.ReplaceAll(word, "_", " ") }

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
	if !p.describes(func(s *schema) { s.MaxItems = count(mostSecrets) }) {
		r.few(p, len(all), "secrets")
	}
	return all
}

func (r *reader) few(p place, n int, of string) {
	if n > mostSecrets {
		r.problem(p, "names more than four "+of, "keep those in use: the old one and the new one")
	}
}

// typeless reports whether no request has a type, such as push, for botd.
func (v Verify) typeless() bool {
	return v.Scheme == Bearer || v.Scheme == Basic || v.Scheme == None || v.Scheme == HMACSigned && v.HMAC.Type == ""
}
