package config

import "slices"

// mostSecrets is how many secrets one hook can have. Two serve to change one;
// more are rarely meant.
const mostSecrets = 4

// verifyLater are the schemes of other senders.
var verifyLater = map[string]string{
	"none":   "use standard_webhooks or bearer",
	"github": "use standard_webhooks or bearer", "gitlab": "use standard_webhooks or bearer",
	"stripe": "use standard_webhooks or bearer", "slack": "use standard_webhooks or bearer",
	"shopify": "use standard_webhooks or bearer", "hmac": "use standard_webhooks or bearer",
	"basic": "use standard_webhooks or bearer",
}

// verify reads how a hook's senders prove who they are.
func (r *reader) verify(p place) Verify {
	var v Verify
	scheme := func(s Scheme, use SecretUse, word string) func(place) {
		return func(p place) { v = Verify{s, r.credentials(p, use, word)} }
	}
	r.mapping(p, mapping{
		keys: keys{
			{string(StandardWebhooks), "Signed as standardwebhooks.com says.", scheme(StandardWebhooks, SigningKey, "secret")},
			{string(Bearer), "A token in the header Authorization: Bearer.", scheme(Bearer, HookToken, "token")},
		},
		one:    []choice{{[]string{string(StandardWebhooks), string(Bearer)}, "choose one"}},
		later:  verifyLater,
		secret: true,
	})
	return v
}

// credentials reads a scheme's secrets, from a file, a variable or several
// files.
func (r *reader) credentials(p place, use SecretUse, word string) []Secret {
	var all []Secret
	one := func(v place) {
		if s := r.secret(v, use); !s.IsZero() {
			all = append(all, s)
		}
	}
	r.mapping(p, mapping{
		keys: keys{
			{word + "_file", "The file that holds the " + word + ". A relative path begins at the folder of this file.", one},
			{word + "_env", "The environment variable that holds the " + word + ".", one},
			{word + "_files", "The files of several, any of which is enough, while one is changed for another.", func(v place) { all = r.several(v, use) }},
		},
		one:     []choice{{[]string{word + "_file", word + "_env", word + "_files"}, "say where the " + word + " is"}},
		instead: map[string]string{word: "a secret does not stand here: name a file with " + word + "_file"},
		secret:  true,
	})
	return all
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
