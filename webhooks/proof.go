package webhooks

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// proof is how a sender proves itself that has no way of its own, by the rules of
// another kind: Settings.By says which, and kinds are those that it can do.
func proof(of string, s Settings, kinds ...Kind) (Verifier, error) {
	k, err := proofKind(of, s, kinds)
	if err != nil {
		return nil, err
	}
	v, _, err := k.New(s)
	return v, err
}

// signProof returns the headers of such a proof, and none that say more about the
// sample.
func signProof(of string, s Settings, m Sample, kinds ...Kind) (http.Header, error) {
	k, err := proofKind(of, s, kinds)
	if err != nil {
		return nil, err
	}
	return k.Sign(s, Sample{At: m.At, Body: m.Body})
}

func proofKind(of string, s Settings, kinds []Kind) (Kind, error) {
	names := make([]string, len(kinds))
	for i, k := range kinds {
		names[i] = k.Name
	}
	i := slices.Index(names, s.By)
	if i < 0 {
		return Kind{}, fmt.Errorf("%s: nothing says how the sender proves itself, which it can do by %s", of, strings.Join(names, ", "))
	}
	return kinds[i], nil
}
