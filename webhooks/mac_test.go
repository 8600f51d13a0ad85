package webhooks

import (
	"crypto/hmac"
	"crypto/sha256"
)

// mac is a signature of Standard Webhooks, made in the plainest way.
func mac(key []byte, id, at string, body []byte) []byte {
	m := hmac.New(sha256.New, key)
	m.Write([]byte(id + "." + at + "."))
	m.Write(body)
	return m.Sum(nil)
}
