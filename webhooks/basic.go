package webhooks

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// basicKind is "Authorization: Basic" with a user and a password of 16 characters
// or more (RFC 7617). Only TLS keeps these from whoever listens on the way.
var basicKind = Kind{
	Name: "basic",
	New: func(s Settings) (Verifier, Reader, error) {
		v, err := newBasic(s.User, s.Secrets)
		return v, plainReader{needID: s.NeedID}, err
	},
	Sign: func(s Settings, m Sample) (http.Header, error) {
		h, err := signBasic(s)
		if err == nil && m.ID != "" {
			h.Set(headerIdempotencyKey, m.ID)
		}
		return h, err
	},
}

// basic keeps user and password as one text, so that the time taken to compare
// tells of neither whether it was right.
type basic struct{ pairs tokens }

func newBasic(user string, passwords []string) (basic, error) {
	if err := checkUser(user); err != nil {
		return basic{}, err
	}
	if len(passwords) == 0 {
		return basic{}, errors.New("basic: no password is given, and without one nobody could be verified")
	}
	var b basic
	for i, password := range passwords {
		if password = strings.TrimSpace(password); len(password) < minToken {
			return basic{}, fmt.Errorf("basic: password %d has %d characters and needs %d; make one with openssl rand -hex 32", i+1, len(password), minToken)
		}
		b.pairs.add(user + ":" + password)
	}
	return b, nil
}

// checkUser reports a name that basic authentication cannot carry: what comes
// after the first colon is the password.
func checkUser(user string) error {
	switch {
	case user == "":
		return errors.New("basic: no user is given, and without one nobody could be verified")
	case strings.Contains(user, ":"):
		return errors.New("basic: the name of the user has a colon in it, which is where the password begins")
	}
	return nil
}

func (basic) Challenge() string { return `Basic realm="botd hooks", charset="UTF-8"` }

func (b basic) Verify(q *Request) error {
	encoded, err := authorization(q.Header, "Basic")
	if err != nil {
		return err
	}
	pair, err := base64.StdEncoding.Strict().DecodeString(encoded)
	if err != nil || strings.ContainsAny(encoded, "\r\n") { // which the decoder passes over
		return refuse("what follows Basic is not base64")
	}
	if !b.pairs.have(string(pair)) {
		return refuse("user and password are none of the hook's")
	}
	return nil
}

// signBasic is the header of whoever has the first password.
func signBasic(s Settings) (http.Header, error) {
	if _, err := newBasic(s.User, s.Secrets); err != nil {
		return nil, err
	}
	pair := s.User + ":" + strings.TrimSpace(s.Secrets[0])
	return headers("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(pair))), nil
}
