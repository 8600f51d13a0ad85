package webhooks

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
)

// forge is Gitea, or its kin with headers of its own name. Both also send the
// headers of those that they descend from, and those of GitHub, which are not
// looked at. The secret is any text; the body is what is signed, and the
// delivery's id and the kind of event stand outside of it
// (go-gitea/gitea services/webhook/deliver.go; forgejo/forgejo
// services/webhook/shared/payloader.go). A hook without a secret sends an empty
// signature.
type forge struct {
	prefix string // of the headers
	keys   macs
}

var (
	giteaKind   = forgeKind("gitea", "X-Gitea-")
	forgejoKind = forgeKind("forgejo", "X-Forgejo-")
)

func forgeKind(name, prefix string) Kind {
	return Kind{
		Name: name,
		New: func(s Settings) (Verifier, Reader, error) {
			keys, err := textKeys(name, s.Secrets)
			return forge{prefix, keys}, forgeReader{prefix: prefix}, err
		},
		Sign: func(s Settings, m Sample) (http.Header, error) {
			keys, err := textKeys(name, s.Secrets)
			if err != nil {
				return nil, err
			}
			return headers(
				prefix+"Signature", hex.EncodeToString(keys.sum(m.Body)),
				prefix+"Delivery", m.ID, prefix+"Event", m.Type), nil
		},
	}
}

func (forge) Challenge() string { return "" }

// Verify checks the signature over the raw body.
func (f forge) Verify(q *Request) error {
	value, err := only(q.Header, f.prefix+"Signature")
	if err != nil {
		return err
	}
	got, err := hex.DecodeString(value)
	if err != nil || len(got) != sha256.Size {
		return refuse(f.prefix + "Signature is not 64 hexadecimal digits")
	}
	return f.keys.check([][]byte{got}, q.Body)
}

// forgeReader takes JSON alone: of a form, only a part would be signed.
type forgeReader struct {
	jsonOnly
	prefix string
}

func (f forgeReader) Read(q *Request) (Reading, error) {
	id, err := optionalID(q.Header, f.prefix+"Delivery")
	if err != nil {
		return Reading{}, err
	}
	event, err := label(q.Header, f.prefix+"Event")
	if err != nil {
		return Reading{}, err
	}
	if event == "" {
		return Reading{}, &Unfit{errors.New(f.prefix + "Event is missing, which says what happened")}
	}
	return one(Delivery{ID: id, Loose: true, Type: event, Payload: q.Body}), nil
}
