package webhooks

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// What keys of Standard Webhooks begin with, so that one is not taken for
// another.
const (
	secretPrefix  = "whsec_"
	publicPrefix  = "whpk_"
	privatePrefix = "whsk_"
)

// NewSecret makes a secret for Standard Webhooks.
func NewSecret() string {
	key := make([]byte, 32)
	_, _ = rand.Read(key) // never fails
	return secretPrefix + base64.StdEncoding.EncodeToString(key)
}

// signingKeys are the keys in secrets.
func signingKeys(secrets []string) (macs, error) {
	keys := make([][]byte, len(secrets))
	for i, secret := range secrets {
		key, err := parseSecret(secret)
		if err != nil {
			return nil, fmt.Errorf("secret %d: %w", i+1, err)
		}
		keys[i] = key
	}
	return newMacs(keys)
}

// parseSecret returns the key in a secret. Its errors do not quote the secret.
func parseSecret(secret string) ([]byte, error) {
	secret = strings.TrimSpace(secret)
	if strings.HasPrefix(secret, privatePrefix) {
		return nil, errors.New("it is a private key, which is the sender's alone; give its public key, whpk_")
	}
	encoded, ok := strings.CutPrefix(secret, secretPrefix)
	if !ok {
		return nil, errors.New("it does not begin with whsec_; copy the whole text that the sender shows, or make one with whsec_$(openssl rand -base64 32)")
	}
	key, err := base64.StdEncoding.Strict().DecodeString(encoded)
	if err != nil {
		return nil, errors.New("what follows whsec_ is not base64; copy the whole text that the sender shows")
	}
	if len(key) < 24 || len(key) > 64 {
		return nil, fmt.Errorf("the key has %d bytes and must have 24 to 64", len(key))
	}
	return key, nil
}

// publicKeys check signatures of ed25519. Any of them is enough.
type publicKeys []ed25519.PublicKey

func parsePublicKeys(texts []string) (publicKeys, error) {
	var all publicKeys
	for i, text := range texts {
		encoded, ok := strings.CutPrefix(text, publicPrefix)
		key, err := base64.StdEncoding.Strict().DecodeString(encoded)
		if !ok || err != nil || len(key) != ed25519.PublicKeySize {
			return nil, fmt.Errorf("public key %d is not whpk_ and the base64 of %d bytes", i+1, ed25519.PublicKeySize)
		}
		all = append(all, key)
	}
	return all, nil
}

func (p publicKeys) check(signatures [][]byte, parts ...[]byte) error {
	if len(signatures) > mostSignatures {
		return refuse(fmt.Sprintf("there are more than %d signatures", mostSignatures))
	}
	signed := slices.Concat(parts...)
	for _, key := range p {
		for _, got := range signatures {
			if ed25519.Verify(key, signed, got) {
				return nil
			}
		}
	}
	return refuse("no signature is right for any of the public keys")
}

// mostSignatures bounds what a stranger can make us work: each costs as much as
// some hundred of the other kind.
const mostSignatures = 8

// parsePrivateKey returns the key in whsk_ and the base64 of its seed, or of
// seed and public key (svix/svix-webhooks server/README.md). Its errors quote
// nothing.
func parsePrivateKey(text string) (ed25519.PrivateKey, error) {
	key, err := base64.StdEncoding.Strict().DecodeString(strings.TrimPrefix(text, privatePrefix))
	if err != nil || len(key) != ed25519.SeedSize && len(key) != ed25519.PrivateKeySize {
		return nil, fmt.Errorf("the private key is not whsk_ and the base64 of %d or %d bytes", ed25519.SeedSize, ed25519.PrivateKeySize)
	}
	private := ed25519.NewKeyFromSeed(key[:ed25519.SeedSize])
	if len(key) == ed25519.PrivateKeySize && !private.Equal(ed25519.PrivateKey(key)) {
		return nil, errors.New("the two halves of the private key do not belong together")
	}
	return private, nil
}

// standardSigner signs with the first secret, or with a private key in its
// place. It returns the version of the signatures.
func standardSigner(s Settings) (version string, sum func(parts ...[]byte) []byte, err error) {
	switch {
	case len(s.Secrets) > 0 && strings.HasPrefix(strings.TrimSpace(s.Secrets[0]), privatePrefix):
		private, err := parsePrivateKey(strings.TrimSpace(s.Secrets[0]))
		return "v1a,", func(parts ...[]byte) []byte { return ed25519.Sign(private, slices.Concat(parts...)) }, err
	case len(s.Secrets) == 0 && len(s.Keys) > 0:
		return "", nil, errors.New("signing needs the sender's private key, whsk_, and this hook has the public one alone")
	}
	keys, err := signingKeys(s.Secrets)
	return "v1,", keys.sum, err
}
