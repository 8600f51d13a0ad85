package webhooks

import (
	"bytes"
	"errors"
	"fmt"
	"mime"
	"net"
	"net/http"
	"strings"
)

// checkHead refuses what can be refused before a byte of the body is read.
func checkHead(r *http.Request, limit int64) *failure {
	if r.Method != http.MethodPost {
		return wrongMethod()
	}
	// No sender compresses, and a decompressor is a door for bombs.
	for _, encoding := range r.Header.Values("Content-Encoding") {
		if !strings.EqualFold(strings.TrimSpace(encoding), "identity") {
			return fail(http.StatusUnsupportedMediaType, "Send the body as it is, without Content-Encoding.").with("Accept-Encoding", "identity")
		}
	}
	if !isJSON(r.Header.Values("Content-Type")) {
		return fail(http.StatusUnsupportedMediaType, "Send JSON in UTF-8, with Content-Type: application/json.").with("Accept-Post", "application/json")
	}
	if r.ContentLength > limit {
		return tooLarge(limit)
	}
	return nil
}

// isJSON reports whether there is one content type and it is JSON in UTF-8:
// application/json or any application/…+json.
func isJSON(types []string) bool {
	if len(types) != 1 {
		return false
	}
	if types[0] == "application/json" {
		return true
	}
	media, params, err := mime.ParseMediaType(types[0])
	if err != nil {
		return false
	}
	if c, ok := params["charset"]; ok && !strings.EqualFold(c, "utf-8") {
		return false
	}
	return media == "application/json" ||
		strings.HasPrefix(media, "application/") && strings.HasSuffix(media, "+json")
}

func wrongMethod() *failure {
	return fail(http.StatusMethodNotAllowed, "A hook takes POST only.").with("Allow", http.MethodPost)
}

func tooLarge(limit int64) *failure {
	return fail(http.StatusRequestEntityTooLarge, fmt.Sprintf("This hook takes bodies of up to %d bytes.", limit)).closing()
}

// readBody reads the raw bytes, once. The server's ReadTimeout bounds how long.
func readBody(w http.ResponseWriter, r *http.Request, limit int64) ([]byte, *failure) {
	body := bytes.NewBuffer(make([]byte, 0, room(r.ContentLength)))
	_, err := body.ReadFrom(http.MaxBytesReader(w, r.Body, limit))
	if err == nil {
		return body.Bytes(), nil
	}
	if _, over := errors.AsType[*http.MaxBytesError](err); over {
		return nil, tooLarge(limit)
	}
	if slow, ok := errors.AsType[net.Error](err); ok && slow.Timeout() {
		return nil, fail(http.StatusRequestTimeout, "The body took too long to arrive.").closing()
	}
	return nil, fail(http.StatusBadRequest, "The body ended early or was not framed as HTTP asks.").closing()
}

// room is how much is kept free for a body before it arrives. A length is what a
// stranger says, so a long one has to come first.
func room(length int64) int64 {
	return min(max(length, 0), 16<<10) + bytes.MinRead // which it wants to be free at the end
}
