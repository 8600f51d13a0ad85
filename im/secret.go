package im

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
)

// hidden is what a secret shows of itself.
const hidden = "[secret]"

// SecretKey is the key of an application. It signs and does nothing else: no
// way of printing, logging or encoding it shows the key, also not as a field of
// something that is printed whole. The zero value is no key.
type SecretKey struct {
	// A function, because fmt prints unexported fields without asking their
	// methods, and of a function only the address.
	reveal func() string
}

// NewSecretKey takes the key as the console shows it, today 64 hexadecimal
// characters. White space around it, such as a file's last line feed, is cut
// off. A key is never decoded: its characters are the key (product/1047/34385).
func NewSecretKey(text string) (SecretKey, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return SecretKey{}, errors.New("the secret key is empty")
	}
	for i := range len(text) {
		if text[i] <= ' ' || text[i] > '~' {
			return SecretKey{}, errors.New("the secret key holds white space or other characters that no key has: expected one line, as the console shows it")
		}
	}
	return SecretKey{func() string { return text }}, nil
}

// IsZero reports whether there is no key.
func (k SecretKey) IsZero() bool { return k.reveal == nil }

func (k SecretKey) bytes() []byte {
	if k.reveal == nil {
		return nil
	}
	return []byte(k.reveal())
}

// String does not show the key.
func (SecretKey) String() string { return hidden }

// GoString does not show the key.
func (SecretKey) GoString() string { return hidden }

// Format does not show the key, whatever the verb.
func (SecretKey) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, hidden) }

// LogValue does not show the key.
func (SecretKey) LogValue() slog.Value { return slog.StringValue(hidden) }

// MarshalText does not show the key.
func (SecretKey) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// MarshalJSON does not show the key.
func (SecretKey) MarshalJSON() ([]byte, error) { return []byte(`"` + hidden + `"`), nil }

// MarshalYAML does not show the key.
func (SecretKey) MarshalYAML() (any, error) { return hidden, nil }
