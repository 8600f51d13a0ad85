package webhooks

import (
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"
)

// minToken is the shortest token in characters. Shorter ones can be guessed.
const minToken = 16

// tokenForm is what may follow "Bearer" (RFC 6750, section 2.1).
var tokenForm = regexp.MustCompile(`^[A-Za-z0-9._~+/-]+=*$`)

// bearerKind is "Authorization: Bearer" with a token of 16 characters or more.
var bearerKind = Kind{
	Name: "bearer",
	New: func(s Settings) (Verifier, Reader, error) {
		v, err := newBearer(s.Secrets)
		return v, plainReader{needID: s.NeedID}, err
	},
	Sign: func(s Settings, m Sample) (http.Header, error) {
		if len(s.Secrets) == 0 {
			return nil, errors.New("bearer: no token is given")
		}
		token, err := checkToken(s.Secrets[0])
		if err != nil {
			return nil, fmt.Errorf("signing: %w", err)
		}
		return headers("Authorization", "Bearer "+token, headerIdempotencyKey, m.ID), nil
	},
}

// bearer keeps the tokens' SHA-256 only: that is what is compared, and no
// dump of memory shows a token.
type bearer struct{ tokens tokens }

func newBearer(secrets []string) (bearer, error) {
	if len(secrets) == 0 {
		return bearer{}, errors.New("bearer: no token is given, and without one nobody could be verified")
	}
	var b bearer
	for i, token := range secrets {
		token, err := checkToken(token)
		if err != nil {
			return bearer{}, fmt.Errorf("bearer: token %d: %w", i+1, err)
		}
		b.tokens.add(token)
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

func (b bearer) Verify(q *Request) error {
	token, err := authorization(q.Header, "Bearer")
	if err != nil {
		return err
	}
	if !b.tokens.have(token) {
		return refuse("the token is none of the hook's")
	}
	return nil
}

// authorization returns what follows the name of a scheme in Authorization.
func authorization(h http.Header, scheme string) (string, error) {
	value, err := only(h, "Authorization")
	if err != nil {
		return "", err
	}
	name, rest, _ := strings.Cut(value, " ")
	if !strings.EqualFold(name, scheme) {
		return "", refuse("Authorization is not of the kind " + scheme)
	}
	return strings.TrimLeft(rest, " "), nil
}

// tokens are what is compared as a whole, kept as SHA-256.
type tokens [][sha256.Size]byte

func (t *tokens) add(text string) { *t = append(*t, sha256.Sum256([]byte(text))) }

// have compares hashes, which are all of one length, and all of them, so that
// the time taken tells neither how long a token is nor which one was nearly
// right.
func (t tokens) have(text string) bool {
	got := sha256.Sum256([]byte(text))
	found := 0
	for _, sum := range t {
		found |= subtle.ConstantTimeCompare(got[:], sum[:])
	}
	return found == 1
}
