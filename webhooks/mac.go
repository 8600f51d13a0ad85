package webhooks

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/sha512"
	"errors"
	"fmt"
	"hash"
	"strings"
	"sync"
)

// macs are the keys of a scheme that signs with an HMAC. Any of them is enough.
type macs []*signer

// signer signs with one key. It keeps hashes that have read the key for the next
// time.
type signer struct{ hashes sync.Pool }

func newSigner(algorithm func() hash.Hash, key []byte) *signer {
	return &signer{sync.Pool{New: func() any { return hmac.New(algorithm, key) }}}
}

// newMacs takes keys of HMAC-SHA256 as they are; none is an error, since without
// one nobody could be verified.
func newMacs(keys [][]byte) (macs, error) { return macsOf(sha256.New, keys) }

func macsOf(algorithm func() hash.Hash, keys [][]byte) (macs, error) {
	if len(keys) == 0 {
		return nil, errors.New("no secret is given, and without one nobody could be verified")
	}
	m := make(macs, len(keys))
	for i, key := range keys {
		m[i] = newSigner(algorithm, key)
	}
	return m, nil
}

// textKeys are secrets of HMAC-SHA256 that are used as they are written.
func textKeys(scheme string, secrets []string) (macs, error) {
	return textKeysOf(sha256.New, scheme, secrets)
}

func textKeysOf(algorithm func() hash.Hash, scheme string, secrets []string) (macs, error) {
	keys := make([][]byte, len(secrets))
	for i, secret := range secrets {
		secret = strings.TrimSpace(secret)
		if len(secret) < minToken {
			return nil, fmt.Errorf("%s: secret %d has %d characters and needs %d, or it could be guessed; make one with openssl rand -hex 32", scheme, i+1, len(secret), minToken)
		}
		keys[i] = []byte(secret)
	}
	m, err := macsOf(algorithm, keys)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", scheme, err)
	}
	return m, nil
}

// maxSum is the longest signature in bytes.
const maxSum = sha512.Size

// check reports an error unless one of the signatures is that of one of the keys
// over the parts, one after the other.
func (m macs) check(signatures [][]byte, parts ...[]byte) error {
	var room [maxSum]byte
	for _, key := range m {
		sum := key.sign(room[:0], parts)
		for _, got := range signatures {
			if hmac.Equal(got, sum) {
				return nil
			}
		}
	}
	return refuse("no signature is right for any of the secrets")
}

// sum signs with the first key, as a sender would.
func (m macs) sum(parts ...[]byte) []byte { return m[0].sign(nil, parts) }

// sign appends the signature over the parts to a slice.
func (s *signer) sign(to []byte, parts [][]byte) []byte {
	h, _ := s.hashes.Get().(hash.Hash)
	defer s.hashes.Put(h)
	h.Reset()
	for _, p := range parts {
		h.Write(p)
	}
	return h.Sum(to)
}
