package config

import (
	"crypto/ed25519"
	"encoding/base64"
	"strings"
)

// publicKeys reads public keys, which are no secret and stand in the file.
func (r *reader) publicKeys(p place) []string {
	all := distinct(r, p, r.publicKey)
	r.few(p, len(all), "keys")
	return all
}

func (r *reader) publicKey(p place) (string, bool) {
	p.describes(func(s *schema) { s.Pattern = "^whpk_" })
	v, ok := r.text(p)
	if !ok {
		return "", false
	}
	encoded, public := strings.CutPrefix(v, "whpk_")
	key, err := base64.StdEncoding.Strict().DecodeString(encoded)
	if !public || err != nil || len(key) != ed25519.PublicKeySize {
		r.problem(p, "is no public key: whpk_ and the base64 of 32 bytes", "copy the whole text that the sender shows")
		return "", false
	}
	return v, true
}
