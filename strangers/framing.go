package strangers

import (
	"net/http"
	"strings"
)

// framing are the headers that say where a request ends, as the server writes
// names, and as it writes them when a low line stands for the dash.
var framing = []struct{ name, low string }{{"transfer-encoding", "Transfer_encoding"}, {"content-length", "Content_length"}}

// Ambiguous reports a request that a proxy in front of us may end elsewhere than
// the server does, so that what follows on the connection is not what it seems. The
// server refuses most of them itself. It lets pass a low line for the dash, which
// some take for it, and a folded line, which it joins to the one before it, as it
// should, and which others take for a header.
func Ambiguous(h http.Header) bool {
	for _, f := range framing {
		if _, there := h[f.low]; there {
			return true
		}
	}
	for _, values := range h {
		for _, v := range values {
			if strings.Contains(v, ":") && framed(v) {
				return true
			}
		}
	}
	return false
}

// framed reports whether a header's value speaks of framing itself.
func framed(value string) bool {
	value = strings.ToLower(value)
	for _, f := range framing {
		if strings.Contains(value, f.name) {
			return true
		}
	}
	return false
}
