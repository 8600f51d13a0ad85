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
func checkHead(r *http.Request, hook Hook) *failure {
	if r.Method != http.MethodPost {
		return wrongMethod()
	}
	limit := hook.maxBody()
	// No sender compresses, and a decompressor is a door for bombs.
	for _, encoding := range r.Header.Values("Content-Encoding") {
		if !strings.EqualFold(strings.TrimSpace(encoding), "identity") {
			return fail(http.StatusUnsupportedMediaType, "Send the body as it is, without Content-Encoding.").with("Accept-Encoding", "identity")
		}
	}
	if !hook.Read.Takes(mediaOf(r.Header)) {
		return wrongMedia(hook.Read)
	}
	if r.ContentLength > limit {
		return tooLarge(limit)
	}
	return nil
}

const (
	mediaJSON = "application/json"
	mediaForm = "application/x-www-form-urlencoded"
)

// mediaOf is the media type of a body whose text is UTF-8; empty when there is
// none, or more than one, or the text is in another charset.
func mediaOf(h http.Header) string {
	types := h.Values("Content-Type")
	if len(types) != 1 {
		return ""
	}
	if types[0] == mediaJSON { // as nearly always
		return mediaJSON
	}
	media, params, err := mime.ParseMediaType(types[0])
	if err != nil {
		return ""
	}
	if c, ok := params["charset"]; ok && !strings.EqualFold(c, "utf-8") {
		return ""
	}
	return media
}

// isJSON reports whether a media type is JSON: application/json or any
// application/…+json.
func isJSON(media string) bool {
	return media == mediaJSON || strings.HasPrefix(media, "application/") && strings.HasSuffix(media, "+json")
}

func isForm(media string) bool { return media == mediaForm }

// wrongMedia says what may be sent.
func wrongMedia(r Reader) *failure {
	if own, ok := r.(interface{ wrongMedia() *failure }); ok {
		return own.wrongMedia()
	}
	if r.Takes(mediaForm) {
		return fail(http.StatusUnsupportedMediaType, "Send JSON in UTF-8, with Content-Type: application/json, or a form.").with("Accept-Post", mediaJSON+", "+mediaForm)
	}
	return fail(http.StatusUnsupportedMediaType, "Send JSON in UTF-8, with Content-Type: application/json.").with("Accept-Post", mediaJSON)
}

func wrongMethod() *failure { return takesOnly(http.MethodPost, "A hook takes POST only.") }

func takesOnly(method, detail string) *failure {
	return fail(http.StatusMethodNotAllowed, detail).with("Allow", method)
}

func tooLarge(limit int64) *failure {
	return fail(http.StatusRequestEntityTooLarge, fmt.Sprintf("This hook takes bodies of up to %d bytes.", limit)).closing()
}

// readBody reads the raw bytes, once. The server's ReadTimeout bounds how long. The
// length is what the sender says; zero and below are unknown.
func readBody(u *upload, length, limit int64) ([]byte, *failure) {
	raw := bytes.NewBuffer(make([]byte, 0, room(length)))
	_, err := raw.ReadFrom(u)
	if err == nil {
		return raw.Bytes(), nil
	}
	if errors.Is(err, errLoaded) {
		return nil, unavailable("Too many large bodies arrive at the same time; send this again in a moment.").closing()
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
	return min(max(length, 0), smallBody) + bytes.MinRead // which it wants to be free at the end
}
