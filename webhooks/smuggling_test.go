package webhooks

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// wire is a conversation in raw bytes: what is sent at once, until the server
// ends the connection or says nothing more.
func (s *stage) wire(t *testing.T, sent string) (statuses []int, all string) {
	t.Helper()
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", s.srv.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(conn, sent); err != nil {
		t.Fatal(err)
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.CloseWrite() // nothing more will come
	}
	answers, _ := io.ReadAll(conn) // perhaps with a reset, when the server does not read on
	for r := bufio.NewReader(bytes.NewReader(answers)); ; {
		res, err := http.ReadResponse(r, nil)
		if err != nil {
			return statuses, string(answers)
		}
		if res.StatusCode != http.StatusContinue {
			statuses = append(statuses, res.StatusCode)
		}
		_, _ = io.Copy(io.Discard, res.Body)
		_ = res.Body.Close()
	}
}

// The head of a request that would be accepted, but for its framing.
const honest = "POST /hooks/standup HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nAuthorization: Bearer " + token + "\r\n"

// within is a whole request that somebody hides in another one's body. Where it is
// taken for a request, it makes an event that says so.
const within = honest + "Content-Length: 18\r\nIdempotency-Key: smuggled\r\n\r\n" + `{"smuggled": true}`

// pairs are requests that two readers may divide differently. What is accepted at
// most is the first, with its own body.
var pairs = map[string]string{
	"a length and chunks":                   "Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + within,
	"chunks and a length":                   "Transfer-Encoding: chunked\r\nContent-Length: 6\r\n\r\n2\r\n{}\r\n0\r\n\r\n" + within,
	"two lengths":                           fmt.Sprintf("Content-Length: 2\r\nContent-Length: %d\r\n\r\n{}", 2+len(within)) + within,
	"a list of lengths":                     "Content-Length: 2, 2\r\n\r\n{}" + within,
	"a list of different lengths":           "Content-Length: 2, 200\r\n\r\n{}" + within,
	"a length with a sign":                  "Content-Length: +2\r\n\r\n{}" + within,
	"a negative length":                     "Content-Length: -2\r\n\r\n{}" + within,
	"a length in hexadecimal":               "Content-Length: 0x2\r\n\r\n{}" + within,
	"a length with a blank in it":           "Content-Length: 2 0\r\n\r\n{}" + within,
	"a length beyond all bounds":            "Content-Length: 18446744073709551618\r\n\r\n{}" + within,
	"a length with a letter after it":       "Content-Length: 2a\r\n\r\n{}" + within,
	"a length that is empty":                "Content-Length:\r\n\r\n" + within,
	"chunked twice":                         "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n" + within,
	"chunked and identity":                  "Transfer-Encoding: chunked, identity\r\nContent-Length: 2\r\n\r\n{}" + within,
	"identity and a length":                 "Transfer-Encoding: identity\r\nContent-Length: 2\r\n\r\n{}" + within,
	"chunked with a tab before it":          "Transfer-Encoding: \tchunked\r\nContent-Length: 2\r\n\r\n0\r\n\r\n" + within,
	"chunked with a vertical tab":           "Transfer-Encoding: \x0bchunked\r\nContent-Length: 2\r\n\r\n0\r\n\r\n" + within,
	"xchunked":                              "Transfer-Encoding: xchunked\r\nContent-Length: 2\r\n\r\n{}" + within,
	"a blank before the colon":              "Transfer-Encoding : chunked\r\nContent-Length: 2\r\n\r\n{}" + within,
	"a blank before the colon of a length":  "Content-Length : 200\r\nContent-Length: 2\r\n\r\n{}" + within,
	"a name with a blank before it":         " Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n{}" + within,
	"a folded line":                         "X: 1\r\n Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n{}" + within,
	"a folded encoding":                     "Transfer-Encoding:\r\n chunked\r\nContent-Length: 2\r\n\r\n0\r\n\r\n" + within,
	"an encoding behind a bare line feed":   "X: 1\nTransfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n{}" + within,
	"an encoding behind a bare return":      "X: 1\rTransfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n{}" + within,
	"a zero byte in a name":                 "Transfer\x00-Encoding: chunked\r\nContent-Length: 2\r\n\r\n{}" + within,
	"a low line for the dash":               "Transfer_Encoding: chunked\r\nContent-Length: 2\r\n\r\n{}" + within,
	"a chunk's size with a sign":            "Transfer-Encoding: chunked\r\n\r\n+2\r\n{}\r\n0\r\n\r\n" + within,
	"a chunk's size as in a program":        "Transfer-Encoding: chunked\r\n\r\n0x2\r\n{}\r\n0\r\n\r\n" + within,
	"a chunk's size beyond all bounds":      "Transfer-Encoding: chunked\r\n\r\n10000000000000002\r\n{}\r\n0\r\n\r\n" + within,
	"a chunk's size that is negative":       "Transfer-Encoding: chunked\r\n\r\n-1\r\n{}\r\n0\r\n\r\n" + within,
	"a chunk that is longer than it says":   "Transfer-Encoding: chunked\r\n\r\n1\r\n{}\r\n0\r\n\r\n" + within,
	"a chunk with an extension":             "Transfer-Encoding: chunked\r\n\r\n2;a=b\r\n{}\r\n0\r\n\r\n" + within,
	"an extension with a line feed in it":   "Transfer-Encoding: chunked\r\n\r\n2;\n{}\r\n0\r\n\r\n" + within,
	"an extension without an end":           "Transfer-Encoding: chunked\r\n\r\n2;" + strings.Repeat("a", 20_000) + "\r\n{}\r\n0\r\n\r\n" + within,
	"a chunk that ends with a line feed":    "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\n0\r\n\r\n" + within,
	"a last chunk without its end":          "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n" + within,
	"a length in the trailer":               "Transfer-Encoding: chunked\r\nTrailer: Content-Length\r\n\r\n2\r\n{}\r\n0\r\nContent-Length: 200\r\n\r\n" + within,
	"hidden in a header":                    "X: " + strings.ReplaceAll(within, "\r\n", "\n") + "\r\nContent-Length: 2\r\n\r\n{}",
	"another method than is said":           "X-HTTP-Method-Override: DELETE\r\nContent-Length: 2\r\n\r\n{}",
	"a body, and bytes that are no request": "Content-Length: 2\r\n\r\n{}\x00\x00\x00\x00",
}

func TestNoRequestIsHiddenInAnother(t *testing.T) {
	for name, framing := range pairs {
		t.Run(name, func(t *testing.T) {
			s := newStage(t)
			statuses, all := s.wire(t, honest+framing)
			s.kept.mu.Lock()
			defer s.kept.mu.Unlock()
			for _, d := range s.kept.all {
				if strings.Contains(string(d.Payload), "smuggled") {
					t.Errorf("the hidden one made an event: %v\n%s", statuses, all)
				}
			}
			accepted := 0
			for _, status := range statuses {
				if status == http.StatusAccepted {
					accepted++
				}
				if status >= http.StatusInternalServerError && status != http.StatusNotImplemented {
					t.Errorf("%d: %s", status, all)
				}
			}
			if accepted != len(s.kept.all) {
				t.Errorf("%d were accepted and %d are kept", accepted, len(s.kept.all))
			}
		})
	}
}

// A sender that always sends a little more is not slow enough for a limit between
// two bytes, but for one on the whole.
func TestADripIsCutOff(t *testing.T) {
	for name, begun := range map[string]string{
		"in the header": "POST /hooks/standup HTTP/1.1\r\nX: ",
		"in the body":   honest + "Content-Length: 1000\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t)
			conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", s.srv.Listener.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			began := time.Now()
			_, err = io.WriteString(conn, begun)
			for tick := time.Tick(20 * time.Millisecond); err == nil && time.Since(began) < 5*time.Second; <-tick {
				_, err = io.WriteString(conn, "x")
			}
			if err == nil {
				t.Error("it may drip for ever")
			}
			if s.kept.count() != 0 {
				t.Error("it was kept")
			}
		})
	}
}

func TestOddRequestsThatAreAllowed(t *testing.T) {
	body := "Content-Length: 2\r\n\r\n{}"
	for name, c := range map[string]struct {
		sent string
		want []int
	}{
		"two in one go":                   {honest + "Idempotency-Key: a\r\n" + body + honest + "Idempotency-Key: b\r\n" + body, []int{202, 202}},
		"HTTP/1.0":                        {strings.Replace(honest, "1.1", "1.0", 1) + body, []int{202}},
		"HTTP/1.0 without a host":         {strings.NewReplacer("1.1", "1.0", "Host: x\r\n", "").Replace(honest) + body, []int{202}},
		"HTTP/1.0 that wants to go on":    {strings.Replace(honest, "1.1", "1.0", 1) + "Connection: keep-alive\r\n" + body, []int{202}},
		"HTTP/1.1 without a host":         {strings.Replace(honest, "Host: x\r\n", "", 1) + body, []int{400}},
		"two hosts":                       {honest + "Host: y\r\n" + body, []int{400}},
		"a host that is none":             {strings.Replace(honest, "Host: x", "Host: a b", 1) + body, []int{400}},
		"HTTP/2 without its preface":      {strings.Replace(honest, "1.1", "2.0", 1) + body, []int{505}},
		"HTTP/3":                          {strings.Replace(honest, "1.1", "3.0", 1) + body, []int{505}},
		"an address in full":              {strings.Replace(honest, " /hooks", " http://elsewhere.example/hooks", 1) + body, []int{202}},
		"an address with a name in it":    {strings.Replace(honest, " /hooks", " http://ann:secret@x/hooks", 1) + body, []int{202}},
		"a star":                          {strings.Replace(honest, "/hooks/standup", "*", 1) + body, []int{404}},
		"a tunnel":                        {strings.Replace(honest, "POST /hooks/standup", "CONNECT x:443", 1) + body, []int{404}},
		"a method of no one":              {strings.Replace(honest, "POST", "PATCHY", 1) + body, []int{405}},
		"dots in the path":                {strings.Replace(honest, "/hooks/standup", "/hooks/../hooks/standup", 1) + body, []int{404}},
		"a path in another writing":       {strings.Replace(honest, "standup", "st%61ndup", 1) + body, []int{404}},
		"a slash in another writing":      {strings.Replace(honest, "/standup", "%2Fstandup", 1) + body, []int{404}},
		"waits to be told to go on":       {honest + "Expect: 100-continue\r\n" + body, []int{202}},
		"expects something else":          {honest + "Expect: the-unexpected\r\n" + body, []int{417}},
		"wants to speak something else":   {honest + "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n" + body, []int{202}},
		"the preface of HTTP/2":           {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", []int{404}},
		"TLS to a plain address":          {"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + strings.Repeat("\x00", 512), []int{400}},
		"a body beyond its limit":         {honest + "Content-Length: 3000\r\n\r\n" + strings.Repeat("x", 3000), []int{413}},
		"chunks beyond the limit":         {honest + "Transfer-Encoding: chunked\r\n\r\nbb8\r\n" + strings.Repeat("x", 3000) + "\r\n0\r\n\r\n", []int{413}},
		"a query with secrets in it":      {strings.Replace(honest, "standup ", "standup?access_token=canary-in-a-query&Sign=canary2 ", 1) + body, []int{202}},
		"and one that is refused":         {strings.NewReplacer("standup ", "standup?access_token=canary-in-a-query ", token, "canary-of-a-token-too").Replace(honest) + body, []int{401}},
		"more header lines than are read": {honest + strings.Repeat("X: "+strings.Repeat("y", 100)+"\r\n", 400) + body, []int{431}},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t)
			got, all := s.wire(t, c.sent)
			if fmt.Sprint(got) != fmt.Sprint(c.want) {
				t.Errorf("%v, want %v\n%.600s", got, c.want, all)
			}
			accepted := strings.Count(fmt.Sprint(c.want), "202")
			if n := s.kept.count(); n != accepted {
				t.Errorf("%d kept, want %d", n, accepted)
			}
			if log := s.log.String(); strings.Contains(log, "canary") || strings.Contains(log, "secret@") {
				t.Errorf("the log has what nobody may read:\n%s", log)
			}
		})
	}
}
