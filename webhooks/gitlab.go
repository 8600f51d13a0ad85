package webhooks

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// The headers of GitLab's webhooks
// (docs.gitlab.com/user/project/integrations/webhooks). X-Gitlab-Event-UUID is
// not among them: hooks that set off each other share it.
const (
	headerGitLabToken = "X-Gitlab-Token" //nolint:gosec // the header's name
	headerGitLabEvent = "X-Gitlab-Event"
)

// gitlabKind is GitLab: with a secret token, which it sends as it is, or with a
// signing token, by which it signs as Standard Webhooks (gitlab-org/gitlab merge
// request 230944); then By is "standard_webhooks". Its webhook-id and its
// Idempotency-Key are one id.
var gitlabKind = Kind{
	Name: "gitlab",
	New: func(s Settings) (Verifier, Reader, error) {
		if s.By == standardKind.Name {
			v, err := newStandard(standardNames, Settings{Secrets: s.Secrets})
			return v, gitlabReader{id: headerID}, err
		}
		v, err := newGitLab(s.Secrets)
		return v, gitlabReader{id: headerIdempotencyKey, loose: true}, err
	},
	Sign: func(s Settings, m Sample) (http.Header, error) {
		if len(s.Secrets) > 0 && isSigningToken(s.Secrets[0]) {
			h, err := standardKind.Sign(Settings{Secrets: s.Secrets}, m)
			if err == nil && m.Type != "" {
				h.Set(headerGitLabEvent, m.Type)
			}
			return h, err
		}
		if _, err := newGitLab(s.Secrets); err != nil {
			return nil, err
		}
		return headers(headerGitLabToken, strings.TrimSpace(s.Secrets[0]), headerIdempotencyKey, m.ID, headerGitLabEvent, m.Type), nil
	},
}

// isSigningToken tells the two kinds of tokens apart, so that a key that must
// not travel is never compared with what did.
func isSigningToken(secret string) bool { return strings.HasPrefix(secret, secretPrefix) }

// gitlab is GitLab with secret tokens.
type gitlab struct{ tokens tokens }

func newGitLab(secrets []string) (gitlab, error) {
	var g gitlab
	for i, secret := range secrets {
		if isSigningToken(secret) {
			return g, fmt.Errorf("gitlab: token %d is a signing token, which signs and is not sent; name its file with signing_token_file", i+1)
		}
		if len(strings.TrimSpace(secret)) < minToken {
			return g, fmt.Errorf("gitlab: token %d has fewer than %d characters and could be guessed; make one with openssl rand -hex 32", i+1, minToken)
		}
		g.tokens.add(strings.TrimSpace(secret))
	}
	if len(g.tokens) == 0 {
		return g, errors.New("gitlab: no token is given, and without one nobody could be verified")
	}
	return g, nil
}

func (gitlab) Challenge() string { return "" }

func (g gitlab) Verify(q *Request) error {
	token, err := only(q.Header, headerGitLabToken)
	if err != nil {
		return err
	}
	if !g.tokens.have(token) {
		return refuse(headerGitLabToken + " is none of the hook's")
	}
	return nil
}

// gitlabReader reads GitLab's JSON. Without a signature the id is not under one
// either.
type gitlabReader struct {
	jsonOnly
	id    string // the header
	loose bool
}

func (g gitlabReader) Read(q *Request) (Reading, error) {
	id, err := optionalID(q.Header, g.id)
	if err != nil {
		return Reading{}, err
	}
	event, err := label(q.Header, headerGitLabEvent)
	if err != nil {
		return Reading{}, err
	}
	if event == "" {
		return Reading{}, &Unfit{errors.New(headerGitLabEvent + " is missing, which says what happened, such as Push Hook")}
	}
	return one(Delivery{ID: id, Loose: g.loose, Type: event, Payload: q.Body}), nil
}
