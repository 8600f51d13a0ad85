package webhooks

import (
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// HMAC says how a sender signs that has no kind of its own.
type HMAC struct {
	Header    string // where the signature stands
	Prefix    string // before the signature, such as "sha256="; empty for none
	Encoding  string // "hex" or "base64"; empty is hex
	Algorithm string // "sha256" or "sha512"; empty is sha256
	// Signed is what is signed: text in which {body}, {timestamp} and {id} stand
	// for what came, such as "{timestamp}.{body}"; empty is the body.
	Signed string
	// Timestamp, ID and Type are the headers of these; empty for none.
	Timestamp, ID, Type string
	// TimestampPrefix, if it is not empty, is what stands before the time in the
	// header of the signature, which is then a list of items with commas between
	// them, and may have several signatures.
	TimestampPrefix string
}

// hmacKind is for all who sign with an HMAC and have no kind of their own: the
// operator says where the signature stands and what it is made of.
var hmacKind = Kind{
	Name: "hmac",
	New: func(s Settings) (Verifier, Reader, error) {
		v, err := newSigned(s)
		return v, signedReader{rules: v.rules, signed: v.signs(placeID)}, err
	},
	Sign: func(s Settings, m Sample) (http.Header, error) {
		v, err := newSigned(s)
		if err != nil {
			return nil, err
		}
		return v.sign(m)
	},
}

// signed verifies by rules that the operator wrote.
type signed struct {
	rules  HMAC
	keys   macs
	size   int // of a signature in bytes
	decode func(string) ([]byte, error)
	encode func([]byte) string
	// What is signed before the body, and after it.
	before, after []piece
}

func newSigned(s Settings) (signed, error) {
	v := signed{rules: s.HMAC, size: sha256.Size, decode: hex.DecodeString, encode: hex.EncodeToString}
	algorithm := sha256.New
	switch v.rules.Algorithm {
	case "", "sha256":
	case "sha512":
		algorithm, v.size = sha512.New, sha512.Size
	default:
		return v, fmt.Errorf("hmac: no algorithm %q; have sha256, sha512", v.rules.Algorithm)
	}
	switch v.rules.Encoding {
	case "", "hex":
	case "base64":
		v.decode, v.encode = base64.StdEncoding.Strict().DecodeString, base64.StdEncoding.EncodeToString
	default:
		return v, fmt.Errorf("hmac: no encoding %q; have hex, base64", v.rules.Encoding)
	}
	for _, name := range []*string{&v.rules.Header, &v.rules.Timestamp, &v.rules.ID, &v.rules.Type} {
		*name = http.CanonicalHeaderKey(*name)
	}
	var err error
	if v.before, v.after, err = parseSigned(v.rules.Signed); err == nil {
		err = v.complete()
	}
	if err != nil {
		return v, fmt.Errorf("hmac: %w", err)
	}
	v.keys, err = textKeysOf(algorithm, "hmac", s.Secrets)
	return v, err
}

// complete reports what is signed and stands nowhere, and a time that is not
// signed and would be believed.
func (v signed) complete() error {
	timed := v.rules.Timestamp != "" || v.rules.TimestampPrefix != ""
	switch {
	case v.rules.Header == "":
		return errors.New("nothing says in which header the signature stands")
	case v.rules.Timestamp != "" && v.rules.TimestampPrefix != "":
		return errors.New("the time stands in two places, a header of its own and that of the signature")
	case v.rules.TimestampPrefix != "" && (v.rules.Prefix == "" || v.rules.Prefix == v.rules.TimestampPrefix):
		return errors.New("in a list, time and signature are told apart by their prefixes")
	case v.signs(placeTime) && !timed:
		return errors.New("{timestamp} is signed, and nothing says where it stands")
	case timed && !v.signs(placeTime):
		return errors.New("the time is not signed, so anybody could write another one: {timestamp} is missing in what is signed")
	case v.signs(placeID) && v.rules.ID == "":
		return errors.New("{id} is signed, and nothing says in which header it stands")
	}
	return nil
}

func (signed) Challenge() string { return "" }

// signs reports whether something besides the body is signed.
func (v signed) signs(what string) bool {
	return slices.ContainsFunc(slices.Concat(v.before, v.after), func(p piece) bool { return p.what == what })
}

// Verify checks the signature over what the rules say, and then the time, if
// there is one.
func (v signed) Verify(q *Request) error {
	list, at, err := v.parts(q.Header)
	if err != nil {
		return err
	}
	var signedAt time.Time
	if v.signs(placeTime) {
		if signedAt, err = parseSeconds("the time", at); err != nil {
			return err
		}
	}
	id, err := v.signedID(q.Header)
	if err != nil {
		return err
	}
	found, err := v.signatures(list)
	if err != nil {
		return err
	}
	if err := v.keys.check(found, fillIn(v.before, at, id), q.Body, fillIn(v.after, at, id)); err != nil {
		return err
	}
	if signedAt.IsZero() {
		return nil
	}
	return fresh(signedAt, q.Now)
}

// parts finds what claims to be a signature, and the time.
func (v signed) parts(h http.Header) (list []string, at string, err error) {
	value, err := only(h, v.rules.Header)
	switch {
	case err != nil:
		return nil, "", err
	case v.rules.TimestampPrefix != "":
		return v.items(value)
	case v.rules.Timestamp != "":
		at, err = only(h, v.rules.Timestamp)
	}
	rest, ok := strings.CutPrefix(value, v.rules.Prefix)
	if err == nil && !ok {
		err = refuse(v.rules.Header + " does not begin with the prefix")
	}
	return []string{rest}, at, err
}

// items reads a list such as t=…,v1=…. What is neither a time nor a signature is
// passed over; two times are not.
func (v signed) items(value string) (list []string, at string, err error) {
	for item := range strings.SplitSeq(value, ",") {
		item = strings.TrimSpace(item)
		if rest, ok := strings.CutPrefix(item, v.rules.TimestampPrefix); ok {
			if at != "" {
				return nil, "", refuse(v.rules.Header + " has more than one time")
			}
			at = rest
		} else if rest, ok := strings.CutPrefix(item, v.rules.Prefix); ok {
			list = append(list, rest)
		}
	}
	return list, at, nil
}

func (v signed) signatures(list []string) ([][]byte, error) {
	var found [][]byte
	for _, s := range list {
		if got, err := v.decode(s); err == nil && len(got) == v.size {
			found = append(found, got)
		}
	}
	if found == nil {
		return nil, refuse(fmt.Sprintf("%s holds no signature of %d bytes in the encoding that is set", v.rules.Header, v.size))
	}
	return found, nil
}

// signedID is the id, where it is signed. One that has in it what stands beside
// it could be cut elsewhere.
func (v signed) signedID(h http.Header) (string, error) {
	if !v.signs(placeID) {
		return "", nil
	}
	id, err := only(h, v.rules.ID)
	if err != nil {
		return "", err
	}
	if err := checkID(v.rules.ID, id); err != nil {
		return "", refuse(err.Error())
	}
	if !uncuttable(v.before, v.after, id) {
		return "", refuse(v.rules.ID + " has a character that stands beside it in what is signed")
	}
	return id, nil
}

func (v signed) sign(m Sample) (http.Header, error) {
	at := strconv.FormatInt(m.At.Unix(), 10)
	id := ""
	if v.signs(placeID) {
		var err error
		if id, err = v.signedID(http.Header{v.rules.ID: {m.ID}}); err != nil {
			return nil, fmt.Errorf("signing: %w", err)
		}
	}
	value := v.rules.Prefix + v.encode(v.keys.sum(fillIn(v.before, at, id), m.Body, fillIn(v.after, at, id)))
	if v.rules.TimestampPrefix != "" {
		value = v.rules.TimestampPrefix + at + "," + value
	}
	h := headers(v.rules.Header, value)
	for name, value := range map[string]string{v.rules.Timestamp: at, v.rules.ID: m.ID, v.rules.Type: m.Type} {
		if name != "" && value != "" {
			h.Set(name, value)
		}
	}
	return h, nil
}

// signedReader reads JSON; id and kind of event stand in headers, if anywhere.
type signedReader struct {
	jsonOnly
	rules  HMAC
	signed bool // the id
}

// Read takes the kind of event from the body's "type" where no header has it.
func (r signedReader) Read(q *Request) (Reading, error) {
	d := Delivery{Loose: !r.signed, Payload: q.Body}
	var err error
	if r.rules.ID != "" {
		if d.ID, err = optionalID(q.Header, r.rules.ID); err != nil {
			return Reading{}, err
		}
	}
	if r.rules.Type == "" {
		d.Type = textIn(q.Body, "type")
		return one(d), nil
	}
	d.Type, err = label(q.Header, r.rules.Type)
	return one(d), err
}
