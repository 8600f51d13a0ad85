package daemon

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/botd-chat/botd/config"
)

// tokenFile is where the admin token lies when the configuration names none:
// beside the store, readable by botd's own account only.
func tokenFile(c *config.Config) string { return c.Store.SQLite + ".admin-token" }

// adminToken is the configured admin token, or the one botd made for itself at
// its first start.
func adminToken(c *config.Config) (string, error) {
	if t := c.Listen.AdminToken.Reveal(); t != "" {
		return t, nil
	}
	path := tokenFile(c)
	if err := keepSecret(path, func() string { return randomHex(32) }); err != nil {
		return "", err
	}
	token, err := readSecret(path)
	if err == nil && len(token) < leastToken {
		err = fmt.Errorf("the admin token in %s has fewer than %d characters and could be guessed; delete the file, and botd makes a new one at its next start", path, leastToken)
	}
	return token, err
}

// leastToken is the shortest admin token, in characters, as for one that the
// configuration names.
const leastToken = 16

// keepSecret writes a fresh secret to a file that only botd's own account can
// read, unless there is one already.
func keepSecret(path string, fresh func() string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600) //nolint:gosec // a path of the operator's
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("writing a fresh secret: %w", err)
	}
	_, err = f.WriteString(fresh() + "\n")
	return errors.Join(err, f.Close())
}

func readSecret(path string) (string, error) {
	text, err := os.ReadFile(path) //nolint:gosec // a path of the operator's
	if err != nil {
		return "", fmt.Errorf("reading a secret: %w", err)
	}
	secret := strings.TrimSpace(string(text))
	if secret == "" {
		return "", fmt.Errorf("the secret in %s is empty; delete the file to have a new one made", path)
	}
	return secret, nil
}

// randomHex is n random bytes as text.
func randomHex(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails
	return hex.EncodeToString(b)
}
