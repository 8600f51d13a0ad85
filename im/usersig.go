package im

import (
	"bytes"
	"compress/zlib"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"time"

	"github.com/botd-chat/botd/chat"
)

// DefaultLife is how long a UserSig made by a [Client] is valid. Tencent
// recommends at least a day (product/1047/34385).
const DefaultLife = 24 * time.Hour

// Claims is what a UserSig says: who is calling, for which application, from
// when and for how long.
type Claims struct {
	SDKAppID uint64
	User     chat.UserID
	Made     time.Time     // to the second
	Life     time.Duration // to the second
	Buffer   []byte        // user buffer; nil for none. The server API does not use it.
}

// Expires is when the UserSig ceases to be valid.
func (c Claims) Expires() time.Time { return c.Made.Add(c.Life) }

// SigError says why a UserSig is not valid, with the code that the service
// answers in such a case.
type SigError struct {
	Code   int
	Reason string
}

func (e *SigError) Error() string { return fmt.Sprintf("UserSig: %s (%d)", e.Reason, e.Code) }

// maxUserSig bounds what is decoded, and maxClaims what it may become: real
// ones have about 250 bytes.
const (
	maxUserSig = 8 << 10
	maxClaims  = 64 << 10
)

// The substitution in Tencent's base64 (product/1047/34385). This is not the
// URL-safe alphabet of the standard library.
var (
	toTencent   = strings.NewReplacer("+", "*", "/", "-", "=", "_")
	fromTencent = strings.NewReplacer("*", "+", "-", "/", "_", "=")
)

// The fields of a UserSig, in the order in which they are signed.
type userSig struct {
	Version string  `json:"TLS.ver"`
	User    string  `json:"TLS.identifier"`
	App     uint64  `json:"TLS.sdkappid"`
	Made    int64   `json:"TLS.time"`   // Unix seconds
	Life    int64   `json:"TLS.expire"` // seconds
	Buffer  *string `json:"TLS.userbuf,omitempty"`
	Sig     string  `json:"TLS.sig"`
}

// UserSig signs the claims, in the form that the service calls TLSSigAPIv2. Two
// signatures of the same claims need not be the same text: never compare them.
func UserSig(c Claims, key SecretKey) (string, error) {
	if err := c.validate(key); err != nil {
		return "", fmt.Errorf("making a UserSig: %w", err)
	}
	s := userSig{
		Version: "2.0",
		User:    string(c.User),
		App:     c.SDKAppID,
		Made:    c.Made.Unix(),
		Life:    int64(c.Life / time.Second),
	}
	if c.Buffer != nil {
		text := base64.StdEncoding.EncodeToString(c.Buffer)
		s.Buffer = &text
	}
	s.Sig = s.hmac(key)
	plain, err := json.Marshal(s)
	if err != nil {
		return "", fmt.Errorf("making a UserSig: %w", err)
	}
	return toTencent.Replace(base64.StdEncoding.EncodeToString(deflate(plain))), nil
}

func (c Claims) validate(key SecretKey) error {
	switch {
	case key.IsZero():
		return errors.New("there is no secret key")
	case c.SDKAppID == 0:
		return errors.New("there is no application id (SDKAppID)")
	case c.Life < time.Second:
		return fmt.Errorf("it would be valid for %s: give a second or more", c.Life)
	case strings.ContainsAny(string(c.User), "\r\n"):
		// The signed text has one field a line.
		return errors.New("the user id holds a line break")
	}
	return c.User.Validate()
}

// hmac signs the fields with the characters of the key as they stand; the key
// looks like hexadecimal and is not decoded.
func (s userSig) hmac(key SecretKey) string {
	m := hmac.New(sha256.New, key.bytes())
	fmt.Fprintf(m, "TLS.identifier:%s\nTLS.sdkappid:%d\nTLS.time:%d\nTLS.expire:%d\n", s.User, s.App, s.Made, s.Life)
	if s.Buffer != nil {
		fmt.Fprintf(m, "TLS.userbuf:%s\n", *s.Buffer)
	}
	return base64.StdEncoding.EncodeToString(m.Sum(nil))
}

func deflate(plain []byte) []byte {
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	_, _ = w.Write(plain) // into memory
	_ = w.Close()
	return b.Bytes()
}

// CheckUserSig reports whether sig was made with key for that application and
// user and is valid now. The error is a [*SigError]; the claims are returned with
// it as far as they could be read, and nothing in them is to be believed then.
func CheckUserSig(sig string, app uint64, user chat.UserID, key SecretKey, now time.Time) (Claims, error) {
	s, err := readUserSig(sig)
	if err != nil {
		return Claims{}, err
	}
	claims, err := s.claims()
	if err != nil {
		return Claims{}, err
	}
	switch {
	case s.App != app:
		return claims, &SigError{70014, fmt.Sprintf("it is for application %d, not %d", s.App, app)}
	case s.User != string(user):
		return claims, &SigError{70013, fmt.Sprintf("it is for user %q, not %q", s.User, string(user))}
	case key.IsZero():
		return claims, &SigError{70016, "there is no secret key to check it with"}
	case !hmac.Equal([]byte(s.Sig), []byte(s.hmac(key))):
		return claims, &SigError{70009, "it was not made with this secret key"}
	case now.Unix() > s.Made+s.Life:
		return claims, &SigError{70001, "it expired at " + claims.Expires().UTC().Format(time.RFC3339)}
	}
	return claims, nil
}

func malformed(reason string) error { return &SigError{70003, reason} }

func readUserSig(sig string) (userSig, error) {
	switch {
	case sig == "":
		return userSig{}, &SigError{70002, "it is empty"}
	case len(sig) > maxUserSig:
		return userSig{}, malformed(fmt.Sprintf("it is longer than %d bytes", maxUserSig))
	case strings.ContainsAny(sig, "+/=\r\n"):
		return userSig{}, malformed("it is in another base64 alphabet")
	}
	packed, err := base64.StdEncoding.DecodeString(fromTencent.Replace(sig))
	if err != nil {
		return userSig{}, malformed("it is not base64")
	}
	plain, err := inflate(packed)
	if err != nil {
		return userSig{}, malformed("it cannot be inflated")
	}
	return parseUserSig(plain)
}

func inflate(packed []byte) ([]byte, error) {
	r, err := zlib.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	plain, err := io.ReadAll(io.LimitReader(r, maxClaims+1))
	if err == nil && len(plain) > maxClaims {
		err = errors.New("too long")
	}
	return plain, err
}

// parseUserSig wants each field under its exact name and of its type, which
// decoding into a struct would not.
func parseUserSig(plain []byte) (userSig, error) {
	var fields map[string]json.RawMessage
	if json.Unmarshal(plain, &fields) != nil {
		return userSig{}, malformed("it holds no JSON object")
	}
	var s userSig
	for _, f := range []struct {
		name string
		into any
	}{
		{"TLS.ver", &s.Version},
		{"TLS.identifier", &s.User},
		{"TLS.sdkappid", &s.App},
		{"TLS.time", &s.Made},
		{"TLS.expire", &s.Life},
		{"TLS.sig", &s.Sig},
	} {
		raw, ok := fields[f.name]
		if !ok || string(raw) == "null" || json.Unmarshal(raw, f.into) != nil {
			return userSig{}, malformed(f.name + " is missing or not of its type")
		}
	}
	if raw, ok := fields["TLS.userbuf"]; ok && json.Unmarshal(raw, &s.Buffer) != nil {
		return userSig{}, malformed("TLS.userbuf is not a string")
	}
	if s.Version != "2.0" {
		return userSig{}, malformed("its version is not 2.0")
	}
	return s, nil
}

func (s userSig) claims() (Claims, error) {
	const most = math.MaxInt64 / int64(time.Second)
	if s.Made < 0 || s.Made > most || s.Life < 0 || s.Life > most {
		return Claims{}, malformed("its times are impossible")
	}
	c := Claims{
		SDKAppID: s.App,
		User:     chat.UserID(s.User),
		Made:     time.Unix(s.Made, 0),
		Life:     time.Duration(s.Life) * time.Second,
	}
	if s.Buffer != nil {
		buf, err := base64.StdEncoding.DecodeString(*s.Buffer)
		if err != nil {
			return Claims{}, malformed("TLS.userbuf is not base64")
		}
		c.Buffer = buf
	}
	return c, nil
}
