package callbacks

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"strconv"
	"time"
)

// The service documents no window for RequestTime, so these are ours: callbacks come
// within seconds, and clocks differ.
const (
	maxAge   = 5 * time.Minute
	maxAhead = time.Minute
)

// Reason is why a callback was refused, in a word for a metric.
type Reason string

// The reasons.
const (
	RefusedUnknown  Reason = "unknown_app" // no application of that SdkAppid at this address
	RefusedSource   Reason = "source"      // from an address that is not among the sources
	RefusedUnsigned Reason = "unsigned"    // no Sign or no RequestTime
	RefusedSign     Reason = "sign"        // not made with a token of the application
	RefusedTime     Reason = "time"        // RequestTime is too old, or in the future, or no time
	RefusedTooOften Reason = "too_often"   // too many without proof from one address
	RefusedMethod   Reason = "method"
	RefusedQuery    Reason = "query" // it can be read in two ways
	RefusedTooLarge Reason = "too_large"
	RefusedBody     Reason = "body" // no JSON, or not of the command's shape
)

// Sign is what the service sends beside a RequestTime, which is in Unix seconds
// (product/1047/34354).
func Sign(token, requestTime string) string {
	sum := sha256.Sum256([]byte(token + requestTime))
	return hex.EncodeToString(sum[:])
}

// proved reports why a callback does not prove that somebody made it who knows a token;
// empty if it does.
func (a App) proved(sign, requestTime string, now time.Time) Reason {
	if a.Insecure {
		return ""
	}
	if sign == "" || requestTime == "" {
		return RefusedUnsigned
	}
	at, ok := unixSeconds(requestTime)
	if !ok {
		return RefusedTime
	}
	match := 0
	for _, t := range a.Tokens { // all of them, so that the time says nothing about which
		match |= subtle.ConstantTimeCompare([]byte(Sign(t, requestTime)), []byte(sign))
	}
	if match == 0 {
		return RefusedSign
	}
	if age := now.Sub(at); age > maxAge || age < -maxAhead {
		return RefusedTime
	}
	return ""
}

// unixSeconds reads digits and nothing else. Anything else at the end of what was hashed
// could be the padding of an older hash, which whoever has seen that could go on from.
func unixSeconds(s string) (time.Time, bool) {
	if len(s) > len("9999999999") || s[0] == '0' {
		return time.Time{}, false
	}
	for _, c := range []byte(s) {
		if c < '0' || c > '9' {
			return time.Time{}, false
		}
	}
	n, err := strconv.ParseInt(s, 10, 64)
	return time.Unix(n, 0), err == nil
}
