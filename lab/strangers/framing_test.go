package strangers

import (
	"fmt"
	"strings"
)

// sizes are larger than what is taken, or said to be.
func (c *crowd) sizes() {
	for _, s := range c.senders {
		b := c.right(s, s.body)
		for _, n := range []string{"30000000", "1099511627776", "9223372036854775807"} {
			long := b
			long.length = n
			c.add("said to be large", long, 413)
		}
		b.body = []byte("fffffff\r\n" + strings.Repeat(mark, 100)) // 256 MiB are said to come, and do not
		b.stop = true
		c.add("chunks that end early", b.with("Transfer-Encoding", "chunked"), 400)
	}
	large := `{"text":"` + strings.Repeat("x", 11<<20) + mark
	for _, hook := range []string{"bearer", "none", "standard_webhooks", "alertmanager", "stripe"} {
		b := bad{target: "/hooks/" + hook, header: []line{{"Content-Type", "application/json"}, {"Transfer-Encoding", "chunked"}}}
		b.body = fmt.Appendf(nil, "%x\r\n%s\r\n0\r\n\r\n", len(large), large)
		c.add("large", b, 413)
	}
}

// framing is HTTP as it should not be: what two programs could take for different
// requests, and what is none.
func (c *crowd) framing() {
	const host = "Host: 127.0.0.1\r\n"
	const head = "POST /hooks/bearer HTTP/1.1\r\n" + host + "Content-Type: application/json\r\n"
	smuggled := "POST /hooks/none HTTP/1.1\r\n" + host + "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
	raws := []string{
		head + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + smuggled,
		head + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n" + smuggled,
		head + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + smuggled,
		head + "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n" + smuggled,
		head + "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
		head + "Transfer-Encoding: identity\r\nContent-Length: 2\r\n\r\n{}",
		head + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		head + "Transfer-Encoding:\vchunked\r\n\r\n0\r\n\r\n",
		head + "Content-Length: 2\r\nContent-Length: 200\r\n\r\n{}" + smuggled,
		head + "Content-Length: 2, 2\r\n\r\n{}",
		head + "Content-Length: +2\r\n\r\n{}",
		head + "Content-Length: -2\r\n\r\n{}",
		head + "Content-Length: 0x2\r\n\r\n{}",
		head + "Content-Length: 2 2\r\n\r\n{}",
		head + "Content-Length: 99999999999999999999\r\n\r\n{}",
		head + "Content-Length\r\n\r\n{}",
		head + ": empty\r\n\r\n",
		head + " folded: x\r\n\r\n",
		head + "X: a\r\n folded " + mark + "\r\nContent-Length: 0\r\n\r\n",
		head + "X\x00Y: a\r\n\r\n",
		head + "X Y: a\r\n\r\n",
		head + "Content-Length: 0\r\nX: \x00\r\n\r\n",
		head + "X: " + strings.Repeat("a", 40<<10) + "\r\n\r\n",
		head + strings.Repeat("X-"+mark+": a\r\n", 4000) + "\r\n",
		head + strings.Repeat("X: a\r\n", 1500) + "Content-Length: 0\r\n\r\n",
		head + "Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
		head + "Transfer-Encoding: chunked\r\n\r\n-2\r\n{}\r\n0\r\n\r\n",
		head + "Transfer-Encoding: chunked\r\n\r\n2;" + strings.Repeat("x", 20000) + "\r\n{}\r\n0\r\n\r\n",
		head + "Transfer-Encoding: chunked\r\n\r\n2\n{}\n0\n\n",
		head + "Transfer-Encoding: chunked\r\n\r\n3\r\n{}\r\n0\r\n\r\n",
		head + "Transfer-Encoding: chunked\r\n\r\n1\r\n{}\r\n0\r\n\r\n",
		head + "Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n{}",
		head + "Transfer-Encoding: chunked\r\n\r\n00000000000000000000000000002\r\n{}\r\n0\r\n\r\n",
		head + "Transfer-Encoding: chunked\r\nTrailer: X\r\n\r\n2\r\n{}\r\n0\r\nX: " + mark + "\r\n\r\n",
		head + "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nAuthorization: Bearer " + secretOf("bearer") + "\r\n\r\n",
		"POST /hooks/bearer HTTP/1.1\r\n\r\n",
		"POST /hooks/bearer HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
		"POST /hooks/bearer HTTP/1.1\r\nHost: a b\r\n\r\n",
		"POST /hooks/bearer HTTP/1.0\r\n\r\n{}",
		"POST /hooks/bearer HTTP/0.9\r\n\r\n", "POST /hooks/bearer HTTP/2.0\r\n" + host + "\r\n", "POST /hooks/bearer HTTP/9.9\r\n" + host + "\r\n", "POST /hooks/bearer http/1.1\r\n" + host + "\r\n", "POST /hooks/bearer\r\n\r\n",
		"POST  /hooks/bearer HTTP/1.1\r\n" + host + "\r\n", "POST\t/hooks/bearer\tHTTP/1.1\r\n" + host + "\r\n", " POST /hooks/bearer HTTP/1.1\r\n" + host + "\r\n", "\r\n\r\nPOST /hooks/bearer HTTP/1.1\r\n" + host + "\r\n",
		"PO ST /hooks/bearer HTTP/1.1\r\n" + host + "\r\n", "P\x00ST /hooks/bearer HTTP/1.1\r\n" + host + "\r\n",
		"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + strings.Repeat("\x00", 100), "\x00", "\r\n", "\n\n\n\n", mark + "\r\n\r\n", "GET", strings.Repeat("A", 70_000) + "\r\n\r\n",
		"CONNECT 127.0.0.1:80 HTTP/1.1\r\n" + host + "\r\n", "POST http://127.0.0.1/hooks/bearer HTTP/1.1\r\n" + host + "Content-Length: 0\r\n\r\n", "POST //127.0.0.1/hooks/bearer HTTP/1.1\r\n" + host + "Content-Length: 0\r\n\r\n",
		head + "Upgrade: websocket\r\nConnection: Upgrade\r\nContent-Length: 0\r\n\r\n", head + "Upgrade: h2c\r\nHTTP2-Settings: AAAA\r\nConnection: Upgrade, HTTP2-Settings\r\nContent-Length: 0\r\n\r\n",
		head + "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n{}", head + "Expect: 200-ok\r\nContent-Length: 2\r\n\r\n{}", head + "Content-Length: 0\r\nRange: bytes=0-\r\nTE: trailers\r\nMax-Forwards: 0\r\n\r\n",
	}
	for _, raw := range raws {
		c.add("framing", bad{raw: []byte(raw), http: true, stop: true})
	}
	for range 150 { // and each of them scratched
		raw := []byte(raws[c.rand.IntN(len(raws))])
		for range 1 + c.rand.IntN(8) {
			raw[c.rand.IntN(len(raw))] = byte(c.rand.IntN(256))
		}
		c.add("framing, scratched", bad{raw: raw, http: true, stop: true})
	}
}

// endings are requests that stop before they end: with the connection, or in
// silence until the patience of the server is over.
func (c *crowd) endings() {
	for _, s := range c.senders {
		for range 4 {
			b := c.right(s, s.body)
			b.length, b.stop = fmt.Sprint(len(s.body)), true
			b.body = b.body[:c.rand.IntN(len(b.body))]
			c.add("cut off", b, 400)
		}
		slow := c.right(s, s.body)
		slow.length, slow.slow = fmt.Sprint(len(s.body)), true
		slow.body = slow.body[:len(slow.body)/2]
		c.add("slow", slow, 408)
	}
	for _, raw := range []string{"", "POST", "POST /hooks/bearer HTTP/1.1\r\n", "POST /hooks/bearer HTTP/1.1\r\nHost: 127.0.0.1\r\nX: " + mark} {
		c.add("slow", bad{raw: []byte(raw), http: true, slow: true})
	}
}
