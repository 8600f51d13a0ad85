package webhooks

import (
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"time"
)

// minToken is the shortest token in characters. Shorter ones can be guessed.
const minToken = 16

// tokenForm is what may follow "Bearer" (RFC 6750, section 2.1).
var tokenForm = regexp.MustCompile(`^[A-Za-z0-9._~+/-]+=*$`)

// bearer keeps the tokens' SHA-256 only: that is what is compared, and no
// dump of memory shows a token.
type bearer struct{ sums [][sha256.Size]byte }

// Bearer verifies "Authorization: Bearer" with any of the tokens, so that a
// token can be replaced without a gap. A token has 16 characters or more.
//
// The delivery id is the Idempotency-Key header, bare or quoted, or else
// webhook-id. Neither is under a signature: who holds the token can send the
// same content under a new id.
func Bearer(tokens ...string) (Verifier, error) {
	if len(tokens) == 0 {
		return nil, errors.New("bearer: no token is given, and without one nobody could be verified")
	}
	var b bearer
	for i, token := range tokens {
		token, err := checkToken(token)
		if err != nil {
			return nil, fmt.Errorf("bearer: token %d: %w", i+1, err)
		}
		b.sums = append(b.sums, sha256.Sum256([]byte(token)))
	}
	return b, nil
}

// checkToken returns the token without blanks around it. Its errors do not
// quote the token.
func checkToken(token string) (string, error) {
	token = strings.TrimSpace(token)
	switch {
	case len(token) < minToken:
		return "", fmt.Errorf("it has %d characters and needs %d; make one with openssl rand -hex 32", len(token), minToken)
	case !tokenForm.MatchString(token):
		return "", errors.New("it may have letters, digits and - . _ ~ + / only, with = at the end; make one with openssl rand -hex 32")
	}
	return token, nil
}

func (bearer) Challenge() string { return `Bearer realm="botd hooks"` }

func (b bearer) Verify(h http.Header, _ []byte, _ time.Time) (string, error) {
	value, err := only(h, "Authorization")
	if err != nil {
		return "", err
	}
	scheme, token, _ := strings.Cut(value, " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return "", refuse("Authorization is not of the kind Bearer")
	}
	if !b.knows(strings.TrimLeft(token, " ")) {
		return "", refuse("the token is none of the hook's")
	}
	return idempotencyKey(h)
}

// knows compares hashes, which are all of one length, and all of them, so that
// the time taken tells neither how long a token is nor which one was nearly
// right.
func (b bearer) knows(token string) bool {
	got := sha256.Sum256([]byte(token))
	found := 0
	for _, sum := range b.sums {
		found |= subtle.ConstantTimeCompare(got[:], sum[:])
	}
	return found == 1
}

// idempotencyKey returns the sender's id, or empty when it gave none. One that
// is there and unusable is an error.
func idempotencyKey(h http.Header) (string, error) {
	for _, name := range []string{"Idempotency-Key", headerID} {
		values := h.Values(name)
		if len(values) == 0 {
			continue
		}
		if len(values) > 1 {
			return "", fmt.Errorf("%w: %s is given more than once", errDelivery, name)
		}
		id := unquote(values[0])
		return id, checkID(name, id)
	}
	return "", nil
}

// unquote takes the quotes off a structured string (RFC 8941, section 3.3.3),
// which is what the draft of Idempotency-Key asks for and few senders write:
// both spellings are one id.
func unquote(s string) string {
	if len(s) < 2 || s[0] != '"' || s[len(s)-1] != '"' {
		return s
	}
	return strings.NewReplacer(`\"`, `"`, `\\`, `\`).Replace(s[1 : len(s)-1])
}
