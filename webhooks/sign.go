package webhooks

import (
	"encoding/base64"
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
// splits at blanks and does not look at quotes. So a bearer token, and a user
// with a password, are given by options of their own. Any other value with a
// blank in it is an error.
func CurlArgs(h http.Header) (string, error) {
	var args []string
	for _, name := range slices.Sorted(maps.Keys(h)) {
		for _, value := range h[name] {
			option, value := curlOption(name, value)
			if strings.ContainsAny(value, " \t*?[\\") {
				return "", fmt.Errorf("writing arguments for curl: the value of %s has a blank or a sign that a shell reads", name)
			}
			args = append(args, option, value)
		}
	}
	return strings.Join(args, " "), nil
}

// curlOption is how curl is told of a header.
func curlOption(name, value string) (option, argument string) {
	if name == "Authorization" {
		if token, ok := strings.CutPrefix(value, "Bearer "); ok {
			return "--oauth2-bearer", token
		}
		if pair, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(value, "Basic ")); err == nil {
			return "--user", string(pair)
		}
	}
	return "-H", strings.ToLower(name) + ":" + value
}
