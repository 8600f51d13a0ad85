package chat

import (
	"encoding"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
)

// hidden is what every way of printing a Secret prints.
const hidden = "***"

// Secret is a value that cannot be printed, logged or encoded by accident. The
// zero value is no secret. Only [Secret.Reveal] tells it.
type Secret struct {
	// A pointer, because fmt prints the private fields of a struct that holds
	// a Secret in a private field without asking any method.
	value *string
}

var _ interface {
	fmt.Stringer
	fmt.GoStringer
	fmt.Formatter
	json.Marshaler
	encoding.TextMarshaler
	slog.LogValuer
} = Secret{}

// NewSecret returns s as a Secret. The empty string is the zero value.
func NewSecret(s string) Secret {
	if s == "" {
		return Secret{}
	}
	return Secret{&s}
}

// Reveal returns the value, for the one place that uses it.
func (s Secret) Reveal() string {
	if s.value == nil {
		return ""
	}
	return *s.value
}

// IsZero reports whether there is no secret.
func (s Secret) IsZero() bool { return s.value == nil }

// Equal reports whether both are the same. It takes longer the more they have
// in common, so it is not for judging what a stranger sent.
func (s Secret) Equal(other Secret) bool { return s.Reveal() == other.Reveal() }

// String returns "***".
func (Secret) String() string { return hidden }

// GoString returns "***".
func (Secret) GoString() string { return hidden }

// Format writes "***", whatever the verb.
func (Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, hidden) }

// MarshalJSON returns "***" as JSON.
func (Secret) MarshalJSON() ([]byte, error) { return []byte(`"` + hidden + `"`), nil }

// MarshalYAML returns "***".
func (Secret) MarshalYAML() (any, error) { return hidden, nil }

// MarshalText returns "***".
func (Secret) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// LogValue returns "***".
func (Secret) LogValue() slog.Value { return slog.StringValue(hidden) }

// UnmarshalText reads the value itself.
func (s *Secret) UnmarshalText(b []byte) error {
	*s = NewSecret(string(b))
	return nil
}
