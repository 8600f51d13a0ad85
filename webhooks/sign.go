package webhooks

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// SignStandard returns the headers that make a body pass [StandardWebhooks]
// with this secret, for the next five minutes. The same id is the same webhook.
func SignStandard(secret, id string, at time.Time, body []byte) (http.Header, error) {
	key, err := parseSecret(secret)
	if err != nil {
		return nil, fmt.Errorf("signing: %w", err)
	}
	if err := checkID(headerID, id); err != nil {
		return nil, fmt.Errorf("signing: %w", err)
	}
	if strings.Contains(id, ".") {
		return nil, errors.New("signing: an id with a dot in it is refused by receivers; leave the dot out")
	}
	var sum [sha256.Size]byte
	seconds := strconv.FormatInt(at.Unix(), 10)
	newSigner(key).mac(id, seconds, body, &sum)
	return http.Header{
		headerID:        {id},
		headerTimestamp: {seconds},
		headerSignature: {"v1," + base64.StdEncoding.EncodeToString(sum[:])},
	}, nil
}

// SignBearer returns the header that makes a request pass [Bearer].
func SignBearer(token string) (http.Header, error) {
	token, err := checkToken(token)
	if err != nil {
		return nil, fmt.Errorf("signing: %w", err)
	}
	return http.Header{"Authorization": {"Bearer " + token}}, nil
}

// CurlArgs writes headers as arguments of curl, one blank between two
// arguments and none within: a shell that puts $(…) in the place of its output
// splits at blanks and does not look at quotes. So a bearer token is given by
// an option of its own. Any other value with a blank in it is an error.
func CurlArgs(h http.Header) (string, error) {
	var args []string
	for _, name := range slices.Sorted(maps.Keys(h)) {
		for _, value := range h[name] {
			token, isBearer := strings.CutPrefix(value, "Bearer ")
			switch {
			case name == "Authorization" && isBearer:
				args = append(args, "--oauth2-bearer", token)
			case strings.ContainsAny(value, " \t*?[\\"):
				return "", fmt.Errorf("writing arguments for curl: the value of %s has a blank or a sign that a shell reads", name)
			default:
				args = append(args, "-H", strings.ToLower(name)+":"+value)
			}
		}
	}
	return strings.Join(args, " "), nil
}
