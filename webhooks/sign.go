package webhooks

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
)

// SignStandard returns the headers that make a body pass Standard Webhooks
// with this secret, for the next five minutes. The same id is the same webhook.
func SignStandard(secret, id string, at time.Time, body []byte) (http.Header, error) {
	return standardKind.Sign(Settings{Secrets: []string{secret}}, Sample{ID: id, At: at, Body: body})
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
