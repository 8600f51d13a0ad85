package callbacks

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
)

// The codes of an answer to a callback before a message (product/1047/34374).
const (
	codeDiscard = 2     // nobody sees it, and the sender's app is told that it was sent
	codeAgain   = 10101 // of 10100 to 10200, which the sender's app is told, with the text
)

// answer is what the service is told. The zero value has a message shown, and is the
// answer to all that asks for none.
type answer struct {
	code int
	info string
	body json.RawMessage // MsgBody, to be shown instead; empty for none
}

// bytes are in the form of product/1047/34374; the status is OK of a refusal, too. A body
// is not written anew: what was not masked stays byte for byte.
func (a answer) bytes() []byte {
	b := fmt.Appendf(nil, `{"ActionStatus":"OK","ErrorInfo":%s,"ErrorCode":%d`, encoded(a.info), a.code)
	if len(a.body) > 0 {
		b = append(append(b, `,"MsgBody":`...), a.body...)
	}
	return append(b, '}')
}

func (a answer) write(w http.ResponseWriter) {
	body := a.bytes()
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(http.StatusOK)
	_, _ = w.Write(body) // the service may have given up
}

// What a sender is told whose message could not be kept, unless the operator has other
// words for it.
const (
	tryAgain = "This could not be kept just now. Nobody has seen it. Please write it again."
	tooLong  = "This is too long. Nobody has seen it. Please write it in two messages."
)

func again(rules []Rule) answer {
	for _, r := range rules {
		if r.Again != "" {
			return answer{code: codeAgain, info: r.Again}
		}
	}
	return answer{code: codeAgain, info: tryAgain}
}
