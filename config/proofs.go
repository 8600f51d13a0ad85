package config

import (
	"strings"
	"time"
)

// proofKeys say by which scheme the senders of another one prove themselves.
func (r *reader) proofKeys(m *mapping, s schemeKeys, v *Verify) {
	var names []string
	m.instead = map[string]string{}
	for _, proof := range s.by {
		for _, from := range []string{"_file", "_env", "_files"} {
			m.instead[proof.word+from] = "it stands in a mapping of its own: " + string(proof.name) + ": {" + proof.word + from + ": …}"
		}
		names = append(names, string(proof.name))
		m.keys = append(m.keys, key{string(proof.name), proof.about, func(p place) {
			found := r.scheme(p, proof)
			v.By, v.Secrets, v.User, v.HMAC = proof.name, found.Secrets, found.User, found.HMAC
		}})
	}
	m.one = append(m.one, choice{names, "say how its senders prove who they are"})
}

// bearerProof is a token without the rules of plain callers.
var bearerProof = schemeKeys{name: Bearer, about: "By a token in the header Authorization: Bearer.", use: HookToken, word: "token"}

// basicProof is a user and a password without the rules of plain callers.
var basicProof = schemeKeys{
	name: Basic, about: "By a user and a password (basic authentication).", use: HookPassword, word: "password",
	need: map[string]string{"user": "name the user, who can have any name"},
	more: func(r *reader, v *Verify) keys {
		return keys{{"user", "The name of the user.", func(p place) { v.User = r.userName(p) }}}
	},
	check: func(r *reader, p place, _ map[string]place, _ *Verify) {
		if l := r.listens; !loopback(l.Public) && (l.TLS == TLS{}) && len(l.TrustedProxies) == 0 {
			r.warn(p, "a password can be read on the way to listen.public, which other machines reach", "add tls: there, or let a proxy with TLS stand before it and name that in trusted_proxies")
		}
	},
}

var basicKeys = plain(basicProof, "Any program that sends JSON, with a user and a password (basic authentication).")

// noneKeys let everybody in, where that is nobody from outside or somebody wrote
// that it is meant. Where proxies stand in front, those outside come in by them.
var noneKeys = schemeKeys{
	name: None, about: "Anybody. Only where no other machine reaches listen.public, also by a proxy, or with insecure: true.",
	more: func(r *reader, v *Verify) keys {
		return append(keys{{"insecure", "That anybody may post from other machines is meant.", func(p place) { r.truth(p, &v.Insecure) }}}, needsID(r, v)...)
	},
	check: func(r *reader, p place, _ map[string]place, v *Verify) {
		if v.Insecure || loopback(r.listens.Public) && len(r.listens.TrustedProxies) == 0 {
			r.warn(p, "anybody can post to this hook who reaches "+r.listens.Public, "keep it for trials, and name a scheme that proves who sends")
			return
		}
		if loopback(r.listens.Public) {
			r.problem(p, "other machines reach this hook by way of the proxies in listen.trusted_proxies, so anybody could post to it", "name a scheme that proves who sends, or write none: {insecure: true}")
			return
		}
		r.problem(p, "other machines reach listen.public, so anybody could post to this hook", "name a scheme that proves who sends, or let listen.public be 127.0.0.1:8080, or write none: {insecure: true}")
	},
}

// plain is a scheme for plain callers, with an Idempotency-Key.
func plain(s schemeKeys, about string) schemeKeys {
	more := s.more
	s.about = about
	s.more = func(r *reader, v *Verify) keys { return append(more(r, v), needsID(r, v)...) }
	return s
}

// user reads a name of basic authentication.
func (r *reader) userName(p place) string {
	s, ok := r.text(p)
	if ok && strings.Contains(s, ":") {
		r.problem(p, "has a colon in it, which is where the password begins", "choose a name without")
		return ""
	}
	return s
}

// grafanaHMAC is an HMAC of which all is known but the headers.
var grafanaHMAC = schemeKeys{
	name: HMACSigned, about: "By the HMAC signature of a contact point.", use: HookSecret, word: "secret",
	more: func(r *reader, v *Verify) keys {
		v.HMAC.Header = "X-Grafana-Alerting-Signature"
		return keys{
			{"header", "The header of the signature, as the contact point has it.", func(p place) { r.header(p, &v.HMAC.Header) }},
			{"timestamp_header", "The header of the time, if the contact point has one. More than five minutes before or after ours is refused.", func(p place) { r.header(p, &v.HMAC.Timestamp) }},
		}
	},
}

// repeats is for senders without ids.
func repeats(r *reader, v *Verify) keys {
	v.RepeatWithin = 5 * time.Minute
	return keys{{"repeat_within", "For how long the same content is a repeat. Later it is news, because such senders remind.", func(p place) {
		r.duration(p, &v.RepeatWithin, 10*time.Second, 24*time.Hour)
	}}}
}
