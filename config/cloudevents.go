package config

import (
	"regexp"
	"slices"
)

var cloudEventsKeys = schemeKeys{
	name: CloudEvents, about: "CloudEvents 1.0: one as JSON, a batch, or one with its attributes in headers.",
	by: []schemeKeys{bearerProof, basicProof, hmacProof()},
	more: func(r *reader, v *Verify) keys {
		return keys{
			{"origins", "The names of DNS that are given leave to post when they ask for it (OPTIONS), or * for anybody. What says that it is from another one is refused.", func(p place) {
				v.Origins = distinct(r, p, r.origin)
			}},
			{"query_token", "The token may also stand in the address, as access_token, for senders that can do no better. Proxies and senders keep addresses in their logs.", func(p place) {
				r.truth(p, &v.QueryToken)
			}},
		}
	},
	check: func(r *reader, _ place, there map[string]place, v *Verify) {
		if v.QueryToken && v.By != Bearer {
			r.problem(there["query_token"], "has no bearer beside it, and only a token can stand in the address", "remove it, or let senders prove themselves by bearer: {token_file: …}")
		}
	},
}

// hmacProof is an HMAC of events that say themselves of what kind they are.
func hmacProof() schemeKeys {
	s := hmacKeys
	more := s.more
	s.about = "By an HMAC signature over the body; attributes in headers are then refused, because they are not under it."
	s.more = func(r *reader, v *Verify) keys {
		return slices.DeleteFunc(more(r, v), func(k key) bool { return k.name == "type_header" })
	}
	return s
}

// originForm is a name of DNS, or anybody.
var originForm = regexp.MustCompile(`^(\*|[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?)$`)

func (r *reader) origin(p place) (string, bool) {
	if p.describes(func(s *schema) { matching(s, originForm) }) {
		return "", false
	}
	s, ok := r.text(p)
	if ok && !originForm.MatchString(s) {
		r.problem(p, "is no name of DNS", "write it as the sender does in WebHook-Request-Origin, such as eventgrid.azure.net, or * for anybody")
		return "", false
	}
	return s, ok
}
