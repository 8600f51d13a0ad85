package config

import (
	"regexp"
	"slices"
	"strings"
)

// HMAC says how a sender signs that has no scheme of its own.
type HMAC struct {
	Header    string // where the signature stands
	Prefix    string // before the signature; empty for none
	Encoding  string // hex, by default, or base64
	Algorithm string // sha256, by default, or sha512
	Signed    string // what is signed, as a text with {body} and other places; empty is the body
	// Timestamp, ID and Type are headers; empty for none.
	Timestamp, ID, Type string
	// TimestampPrefix is what stands before the time in the signature's header,
	// which is then a list; empty for none.
	TimestampPrefix string
}

var hmacKeys = schemeKeys{
	name: HMACSigned, about: "Any program that signs JSON with an HMAC, in the way that is written here.", use: HookSecret, word: "secret",
	need: map[string]string{"header": "name the header that the signature stands in"},
	one:  []choice{{names: []string{"timestamp_header", "timestamp_prefix"}}},
	beside: []pair{
		{"timestamp_prefix", "prefix", "has no prefix beside it, and in a list the two are told apart by their prefixes", "add prefix: v1= or what stands before a signature"},
	},
	more: func(r *reader, v *Verify) keys {
		v.HMAC.Encoding, v.HMAC.Algorithm = "hex", "sha256"
		return keys{
			{"header", "The header that the signature stands in.", func(p place) { r.header(p, &v.HMAC.Header) }},
			{"prefix", "What stands before the signature, such as sha256= in many senders.", func(p place) { v.HMAC.Prefix, _ = r.text(p) }},
			{"encoding", "How the signature is written.", func(p place) { oneOf(r, p, &v.HMAC.Encoding, "encoding", []string{"hex", "base64"}) }},
			{"algorithm", "The hash of the HMAC.", func(p place) { r.algorithm(p, &v.HMAC.Algorithm) }},
			{"signed", "What is signed: a text in which {body}, {timestamp} and {id} stand for what came, such as {timestamp}.{body}. Ordinarily that is the body alone.", func(p place) { r.signed(p, &v.HMAC.Signed) }},
			{"timestamp_header", "The header of the time, in seconds since 1970, which must be signed. More than five minutes before or after ours is refused.", func(p place) { r.header(p, &v.HMAC.Timestamp) }},
			{"timestamp_prefix", "What stands before the time in the header of the signature, such as t=, where that is a list like t=…,v1=….", func(p place) { v.HMAC.TimestampPrefix, _ = r.text(p) }},
			{"id_header", "The header of the delivery's id, by which a repeat is known.", func(p place) { r.header(p, &v.HMAC.ID) }},
			{"type_header", "The header that says what kind of event it is. Ordinarily that is type in the body.", func(p place) { r.header(p, &v.HMAC.Type) }},
		}
	},
	check: checkHMAC,
}

// The places in what is signed.
const timePlace, idPlace = "{timestamp}", "{id}"

// checkHMAC reports what is signed and stands nowhere, and a time that is not
// signed and would be believed.
func checkHMAC(r *reader, p place, there map[string]place, v *Verify) {
	at, ok := there["signed"]
	if !ok {
		at = p
	}
	if r.bad(at) {
		return
	}
	signs := func(what string) bool { return strings.Contains(v.HMAC.Signed, what) }
	_, header := there["timestamp_header"]
	_, prefix := there["timestamp_prefix"]
	switch _, id := there["id_header"]; {
	case signs(timePlace) && !header && !prefix:
		r.problem(at, "the time is signed, and nothing says where it stands", "add timestamp_header: NAME")
	case header && !signs(timePlace):
		r.problem(there["timestamp_header"], "the time is not signed, so anybody could write another one", "write {timestamp} into signed:, or remove this")
	case prefix && !signs(timePlace):
		r.problem(there["timestamp_prefix"], "the time is not signed, so anybody could write another one", "write {timestamp} into signed:, or remove this")
	case signs(idPlace) && !id:
		r.problem(at, "the id is signed, and nothing says where it stands", "add id_header: NAME")
	}
	if prefix && v.HMAC.Prefix == v.HMAC.TimestampPrefix && v.HMAC.Prefix != "" {
		r.problem(there["timestamp_prefix"], "is the same as prefix", "write what stands before the time, such as t=")
	}
}

// bad reports whether something is wrong with the value, which has been said.
func (r *reader) bad(p place) bool {
	return slices.ContainsFunc(r.problems, func(q Problem) bool { return q.Path == p.path })
}

// headerForm is what a header can be called here.
var headerForm = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9-]{0,62}[A-Za-z0-9])?$`)

func (r *reader) header(p place, to *string) {
	if p.describes(func(s *schema) {
		standard(s, *to)
		matching(s, headerForm, "X-Signature")
	}) {
		return
	}
	s, ok := r.text(p)
	switch {
	case !ok:
	case !headerForm.MatchString(s):
		r.problem(p, "is no name of a header", "write the name alone, of letters, digits and -, such as X-Signature")
	default:
		*to = s
	}
}

// algorithm reads the hash. The old ones are known, to say why not.
func (r *reader) algorithm(p place, to *string) {
	if p.schema == nil && !fromVariable(p.node) && slices.Contains([]string{"sha1", "md5"}, strings.ToLower(strings.ReplaceAll(p.node.Value, "-", ""))) {
		r.problem(p, "is an old hash that can be broken, so its signatures prove less and less", "let the sender sign with sha256; most send that beside the old one, in a header of its own")
		return
	}
	oneOf(r, p, to, "algorithm", []string{"sha256", "sha512"})
}

func (r *reader) signed(p place, to *string) {
	s, ok := checked(r, p, r.opt.Signed, "write what the sender signs, such as {timestamp}.{body}")
	if ok {
		*to = s
	}
}
