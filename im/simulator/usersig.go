package simulator

import (
	"bytes"
	"compress/zlib"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// ticket is what a UserSig says about itself (TLSSigAPIv2, product/1047/34385).
type ticket struct {
	identifier string
	app        int64
	time       int64 // Unix seconds of making it
	expire     int64 // seconds of validity
	buffer     string
	sig        string
}

// maxTicket bounds the inflated JSON of a UserSig, which is some 200 bytes.
const maxTicket = 16 << 10

// sigAlphabet undoes the service's own substitution. The characters it replaces
// are not part of a UserSig, so a client that used another alphabet is found out.
var sigAlphabet = strings.NewReplacer("*", "+", "-", "/", "_", "=", "+", "!", "/", "!", "=", "!")

// readTicket undoes alphabet, base64, zlib and JSON. Every damage is a 70003.
func readTicket(usersig string) (ticket, error) {
	packed, err := base64.StdEncoding.DecodeString(sigAlphabet.Replace(usersig))
	if err != nil {
		return ticket{}, refuse(70003, "UserSig is not base64 with * - _")
	}
	inflate, err := zlib.NewReader(bytes.NewReader(packed))
	if err != nil {
		return ticket{}, refuse(70003, "UserSig is not a zlib stream")
	}
	text, err := io.ReadAll(io.LimitReader(inflate, maxTicket))
	if err != nil {
		return ticket{}, refuse(70003, "UserSig cannot be inflated")
	}
	return parseTicket(text)
}

func parseTicket(text []byte) (ticket, error) {
	var f fields
	if err := json.Unmarshal(text, &f); err != nil {
		return ticket{}, refuse(70003, "UserSig is not JSON")
	}
	var t ticket
	var version string
	for name, into := range map[string]any{
		"TLS.ver": &version, "TLS.identifier": &t.identifier, "TLS.sdkappid": &t.app,
		"TLS.time": &t.time, "TLS.expire": &t.expire, "TLS.sig": &t.sig,
	} {
		if json.Unmarshal(f[name], into) != nil {
			return t, refuse(70003, "UserSig lacks "+name)
		}
	}
	if raw, ok := f["TLS.userbuf"]; ok && json.Unmarshal(raw, &t.buffer) != nil {
		return t, refuse(70003, "UserSig has a broken TLS.userbuf")
	}
	if version != "2.0" {
		return t, refuse(70003, "UserSig is not of version 2.0")
	}
	return t, nil
}

// signed reports whether key made the ticket. The key is the text of the secret
// key as it stands, not what it would be as hexadecimal.
func (t ticket) signed(key string) bool {
	mac := hmac.New(sha256.New, []byte(key))
	fmt.Fprintf(mac, "TLS.identifier:%s\nTLS.sdkappid:%d\nTLS.time:%d\nTLS.expire:%d\n", t.identifier, t.app, t.time, t.expire)
	if t.buffer != "" {
		fmt.Fprintf(mac, "TLS.userbuf:%s\n", t.buffer)
	}
	given, err := base64.StdEncoding.DecodeString(t.sig)
	return err == nil && hmac.Equal(given, mac.Sum(nil))
}

// expired reports whether now is later than the last second of validity.
func (t ticket) expired(now time.Time) bool { return now.Unix() > t.time+t.expire }

// sigCache remembers UserSigs that passed everything but the clock, since one is
// used for thousands of calls.
type sigCache map[string]ticket

const maxSigCache = 256

// check verifies usersig for the identifier and application of a call's URL.
func (s *Simulator) checkSig(usersig, sdkappid, identifier string, now time.Time) error {
	if usersig == "" {
		return refuse(70002, "UserSig is empty")
	}
	t, known := s.sigs[usersig]
	if !known {
		var err error
		if t, err = readTicket(usersig); err != nil {
			return err
		}
	}
	if err := s.matchTicket(t, sdkappid, identifier, known); err != nil {
		return err
	}
	if t.expired(now) {
		return refuse(70001, "UserSig has expired")
	}
	if !known {
		s.rememberSig(usersig, t)
	}
	return nil
}

func (s *Simulator) matchTicket(t ticket, sdkappid, identifier string, known bool) error {
	switch {
	case strconv.FormatInt(t.app, 10) != sdkappid:
		return refuse(70014, "UserSig was made for another sdkappid")
	case t.identifier != identifier:
		return refuse(70013, "UserSig was made for another identifier")
	case t.app != int64(s.app.id):
		return refuse(70020, "sdkappid does not exist")
	case s.app.key == "":
		return refuse(70016, "the application has no key")
	case !known && !t.signed(s.app.key):
		return refuse(70009, "UserSig was signed with another key")
	}
	return nil
}

func (s *Simulator) rememberSig(usersig string, t ticket) {
	if s.sigs == nil || len(s.sigs) >= maxSigCache {
		s.sigs = sigCache{}
	}
	s.sigs[usersig] = t
}
