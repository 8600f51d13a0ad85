package config

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"unicode/utf8"
)

// SecretUse is what a secret is for.
type SecretUse string

// The uses.
const (
	SecretKey    SecretUse = "secret key"  // of an application: signs UserSigs
	SigningKey   SecretUse = "signing key" // of Standard Webhooks: whsec_ and base64 of 24 to 64 bytes
	HookToken    SecretUse = "bearer token"
	HookSecret   SecretUse = "webhook secret" // of a sender that takes any text for a key
	HookPassword SecretUse = "password"
	AdminToken   SecretUse = "admin token"
	// CallbackToken signs what the service tells; the console has it under Callback
	// Authentication (product/1047/34354).
	CallbackToken SecretUse = "callback token"
	// PathSecret is the secret part of a callback path.
	PathSecret SecretUse = "secret part of the path"
	PluginKey  SecretUse = "plugin's signing key" // in the form of a SigningKey: signs what is sent to a plugin
	// EndpointSecret is Stripe's: whsec_ and any text, all of which is the key.
	EndpointSecret SecretUse = "endpoint's signing secret"
	// PluginSecret is a plugin's own, of whatever form that takes.
	PluginSecret SecretUse = "plugin's secret"
)

// SecretRef says where the file says that a secret is: in File or in the
// variable Env, of which one is set.
type SecretRef struct {
	Use  SecretUse
	File string // as written; a relative path begins at the configuration's folder
	Env  string
}

// minToken is the shortest token or key that cannot be guessed, in characters.
const minToken = 16

// tokenForm is what can follow "Bearer" (RFC 6750, section 2.1).
var tokenForm = regexp.MustCompile(`^[A-Za-z0-9._~+/-]+=*$`)

// pathSecretForm is that of one part of a path, of what the console takes in one.
var pathSecretForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*$`)

// maxSecret is the largest file of a secret, in bytes.
const maxSecret = 64 << 10

// secret reads the secret that the value at p refers to. The key says by its
// ending whether that is a file or a variable.
func (r *reader) secret(p place, use SecretUse) Secret {
	if p.node != nil && isSecret(p.node.Value) {
		r.problem(p, "looks like the secret itself", "put it into a file of its own, and name that file here")
		return Secret{}
	}
	s, ok := r.text(p)
	if !ok {
		return Secret{}
	}
	ref := SecretRef{Use: use, File: s}
	if p.key.Value == "env" || strings.HasSuffix(p.key.Value, "_env") {
		ref = SecretRef{Use: use, Env: s}
	}
	found, remedy, err := r.find(p, ref)
	if err != nil {
		r.problem(p, fmt.Sprintf("the %s cannot be read: %v", use, line(err.Error())), remedy)
		return Secret{}
	}
	if err := r.judge(use, found); err != nil {
		r.problem(p, fmt.Sprintf("the %s is of no use: %v", use, err), made[use])
		return Secret{}
	}
	return found
}

// made says how to make a secret.
var made = map[SecretUse]string{
	SecretKey:     "copy it from the console of Tencent Cloud Chat",
	SigningKey:    `make one with: echo "whsec_$(openssl rand -base64 32)"`,
	PluginKey:     `make one with: echo "whsec_$(openssl rand -base64 32)", and give it to the plugin too, as BOTD_KEY`,
	HookToken:     "make one with: openssl rand -hex 32",
	HookSecret:    "make one with: openssl rand -hex 32, and give it to the sender too",
	HookPassword:  "make one with: openssl rand -hex 32, and give it to the sender too",
	AdminToken:    "make one with: openssl rand -hex 32",
	CallbackToken: "make one with: openssl rand -hex 16, and give it to the console too: Callback Configuration, Callback Authentication",
	PathSecret:    "make one with: openssl rand -hex 16, and append it to the URL in the console, after a slash",
	PluginSecret:  "see what the plugin takes: docs/reference/settings.md",

	EndpointSecret: "copy the signing secret of the endpoint from the dashboard of Stripe, and not an API key",
}

func (r *reader) find(p place, ref SecretRef) (s Secret, remedy string, err error) {
	switch {
	case r.opt.ReadSecret != nil:
		s, err = r.opt.ReadSecret(ref)
		return s, "", err
	case ref.Env != "":
		v, ok := r.opt.Lookup(ref.Env)
		if !ok || v == "" {
			return s, "set it before starting botd; the value here is the variable's name, without $", errors.New("the variable named here is not set or empty")
		}
		return NewSecret(v), "", nil
	default:
		s, err = r.secretFile(p, ref.File)
		return s, "make the file, or correct the path: it begins at the folder of " + filepath.Base(r.file), err
	}
}

// secretFile reads a file without its last line break. The path is not
// repeated in errors: it may be the secret itself, written in the wrong place.
func (r *reader) secretFile(p place, path string) (Secret, error) {
	if !filepath.IsAbs(path) {
		path = filepath.Join(r.dir, path)
	}
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return Secret{}, reason(err)
	case !info.Mode().IsRegular():
		return Secret{}, errors.New("it is no regular file")
	case info.Size() > maxSecret:
		return Secret{}, fmt.Errorf("the file is larger than %d bytes", maxSecret)
	}
	f, err := os.Open(path) //nolint:gosec // the operator names the file
	if err != nil {
		return Secret{}, reason(err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxSecret))
	if err != nil {
		return Secret{}, reason(err)
	}
	if info.Mode().Perm()&0o004 != 0 {
		r.warn(p, "everybody on this machine can read the secret", "chmod o-rwx the file")
	}
	text := strings.TrimSuffix(strings.TrimSuffix(string(data), "\n"), "\r")
	if text == "" {
		return Secret{}, errors.New("the file is empty")
	}
	return NewSecret(text), nil
}

// reason is why a file cannot be read, without its path.
func reason(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// judge says what is wrong with a secret. One that comes from ReadSecret is
// taken as it is, since whoever made it knows its form.
func (r *reader) judge(use SecretUse, s Secret) error {
	if r.opt.ReadSecret != nil && !s.IsZero() {
		return nil
	}
	return wellFormed(use, s)
}

// wellFormed says what is wrong with a secret, without repeating any of it.
func wellFormed(use SecretUse, s Secret) error {
	v := s.Reveal()
	switch {
	case v == "":
		return errors.New("it is empty")
	case use == PluginSecret && utf8.ValidString(v):
		return nil
	case !utf8.ValidString(v) || strings.ContainsFunc(v, func(c rune) bool { return c <= ' ' || c > '~' }):
		return errors.New("it holds blanks, line breaks or other characters than visible ASCII")
	case use == SigningKey, use == PluginKey:
		return signingKey(v)
	case len(v) < minToken:
		return fmt.Errorf("it has fewer than %d characters and could be guessed", minToken)
	case use == EndpointSecret && !strings.HasPrefix(v, "whsec_"):
		return errors.New("it does not begin with whsec_")
	case use == PathSecret && !pathSecretForm.MatchString(v):
		return errors.New("it holds other characters than letters, digits and - . _, or does not begin with a letter or digit")
	case use == SecretKey, use == HookSecret, use == HookPassword, use == EndpointSecret, use == CallbackToken:
		return nil
	case !tokenForm.MatchString(v):
		return errors.New("it holds other characters than letters, digits and - . _ ~ + /, with = at the end")
	}
	return nil
}

// signingKey checks the form that Standard Webhooks demands of a symmetric key.
func signingKey(v string) error {
	encoded, ok := strings.CutPrefix(v, "whsec_")
	if strings.HasPrefix(v, "whsk_") {
		return errors.New("it is a private key, which is the sender's alone; list its public key, whpk_, under public_keys")
	}
	if !ok {
		return errors.New("it does not begin with whsec_")
	}
	key, err := base64.StdEncoding.Strict().DecodeString(encoded)
	switch {
	case err != nil:
		return errors.New("what follows whsec_ is not base64")
	case len(key) < 24 || len(key) > 64:
		return fmt.Errorf("it holds %d bytes; 24 to 64 are allowed", len(key))
	}
	return nil
}
