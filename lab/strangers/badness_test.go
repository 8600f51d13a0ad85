package strangers

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// crowd makes the requests.
type crowd struct {
	rand    *rand.Rand
	now     time.Time
	senders []sender
	all     []bad
	turn    int
	err     error
}

// everybody makes all of them, the same from the same seed and time.
func everybody(seed uint64, now time.Time, senders []sender, corpora []string) ([]bad, error) {
	c := &crowd{rand: rand.New(rand.NewPCG(seed, 4)), now: now, senders: senders}
	c.methods()
	c.paths()
	c.headers()
	c.proofs()
	c.times()
	c.others()
	c.bodies(corpora)
	c.ids()
	c.media()
	c.sizes()
	c.framing()
	c.endings()
	return c.all, c.err
}

// next is a sender, each in turn.
func (c *crowd) next() sender {
	c.turn++
	return c.senders[c.turn%len(c.senders)]
}

func (c *crowd) careful() sender { // one that looks who comes
	for {
		if s := c.next(); s.hook != "none" {
			return s
		}
	}
}

// right is a request as a sender makes it, under an id that nobody else has.
func (c *crowd) right(s sender, body string) bad { return c.rightAt(s, body, c.now) }

func (c *crowd) rightAt(s sender, body string, at time.Time) bad {
	h, err := s.signed(at, fmt.Sprintf("bad%d", len(c.all)), []byte(body))
	if err != nil && c.err == nil {
		c.err = err
	}
	return bad{target: "/hooks/" + s.hook, header: lines(h), body: []byte(body)}
}

// add adds a request of a sort, of which these statuses are right.
func (c *crowd) add(sort string, b bad, want ...int) {
	b.sort, b.want = sort, want
	c.all = append(c.all, b)
}

func (b bad) with(name, value string) bad {
	b = b.without(name)
	b.header = append(b.header, line{name, value})
	return b
}

func (b bad) and(name, value string) bad {
	b.header = append(slices.Clone(b.header), line{name, value})
	return b
}

func (b bad) without(name string) bad {
	b.header = slices.DeleteFunc(slices.Clone(b.header), func(l line) bool { return strings.EqualFold(l.name, name) })
	return b
}

func (b bad) value(name string) string {
	for _, l := range b.header {
		if l.name == name {
			return l.value
		}
	}
	return ""
}

func (c *crowd) methods() {
	for _, s := range c.senders {
		for _, m := range []string{"GET", "HEAD", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND", "QUERY", "post", "POSTT", "BREW"} {
			b := c.right(s, s.body)
			b.method = m
			c.add("method", b, 405)
		}
		if s.scheme() != "cloudevents" { // whose senders ask by it
			b := c.right(s, s.body)
			b.method = "OPTIONS"
			c.add("method", b, 405)
		}
	}
	for _, m := range []string{"POST", "PUT", "DELETE", "HEAD", "BREW"} {
		c.add("method", bad{method: m, target: "/openapi.json"}, 405)
	}
}

func (c *crowd) paths() {
	for _, n := range naughty() {
		for _, form := range []string{"/hooks/%s", "/%s", "/hooks/bearer/%s", "/hooks/bearer?%s", "/hooks/%s?x=" + mark} {
			target := fmt.Sprintf(form, n)
			c.path(target, form)
			c.path(fmt.Sprintf(form, url.PathEscape(n)), form)
		}
	}
	for _, target := range []string{"/", "//hooks/bearer", "/hooks", "/hooks/", "/hooks//bearer", "/Hooks/bearer", "/hooks/BEARER", "/hooks/bearer/", "/hooks/./bearer", "/hooks/x/../bearer", "/hooks%2fbearer", "/v1/events", "/metrics", "/-/reload", "/debug/pprof/", "/healthz"} {
		c.add("path", c.addressed(target), 404)
	}
	for _, target := range []string{"*", "hooks/bearer", "", "http://", "http://127.0.0.1:1", "127.0.0.1:80"} {
		b := c.addressed(target)
		b.http = true
		c.add("path", b)
	}
}

func (c *crowd) addressed(target string) bad {
	return bad{target: target, body: []byte(plainBody), header: []line{{"Content-Type", "application/json"}, {"Authorization", "Bearer " + mark}}}
}

func (c *crowd) path(target, form string) {
	b := c.addressed(target)
	u, err := url.ParseRequestURI(target)
	b.http = err != nil || strings.ContainsAny(target, " \t\r\n\v\x00")
	if err == nil && strings.HasPrefix(form, "/hooks/bearer?") {
		c.add("query", b, 401)
		return
	}
	if err == nil && slices.ContainsFunc(c.senders, func(s sender) bool { return u.Path == "/hooks/"+s.hook }) {
		return // it is an address after all
	}
	c.add("path", b)
}

// headers are those of a request that proves nothing, or of a hook that asks for
// nothing, with something odd in one of them.
func (c *crowd) headers() {
	names := []string{"Content-Type", "Content-Encoding", "X-Request-Id", "Idempotency-Key", "Authorization", "Host", "X-Forwarded-For", "Expect", "Content-Length", "Transfer-Encoding", "Cookie", "X-HTTP-Method-Override", "Webhook-Id", mark}
	for _, n := range naughty() {
		for _, name := range names {
			s := c.careful()
			value := n
			if name == "X-Request-Id" {
				value = strings.ReplaceAll(n, mark, "") // an id that is sound is in the log, as it should be
			}
			b := bad{target: "/hooks/" + s.hook, body: []byte(s.body), header: []line{{"Content-Type", "application/json"}}}
			b = b.with(name, value)
			b.http = !wellFormed(n) || slices.Contains([]string{"Host", "Expect", "Content-Length", "Transfer-Encoding"}, name)
			c.add("header", b)
		}
		s := c.careful()
		b := c.right(s, s.body)
		b = b.with(s.proof[c.rand.IntN(len(s.proof))], n)
		b.http = !wellFormed(n)
		c.add("header", b, 401, 400)
	}
}

// proofs are right but for what proves the sender.
func (c *crowd) proofs() {
	for _, s := range c.senders {
		if s.hook == "none" {
			continue
		}
		forged := s
		forged.settings.Secrets = []string{impostor(s)}
		c.add("proof", c.right(forged, s.body), 401)
		b := c.right(s, s.body)
		for _, name := range s.proof {
			was := b.value(name)
			c.add("proof", b.without(name), 401, 400)
			c.add("proof", b.with(name, ""), 401, 400)
			c.add("proof", b.and(name, was), 401, 400)
			c.add("proof", b.and(name, mark), 401, 400)
			if !slices.Contains(lists, name) { // in which one that is right is enough
				c.add("proof", b.with(name, mark+" "+was), 401, 400)
				c.add("proof", b.with(name, was+was), 401, 400)
			}
			c.add("proof", b.with(name, `"`+was+`"`), 401, 400)
			c.add("proof", b.with("X-"+name, was).without(name), 401, 400)
			for range 6 {
				c.add("proof", b.with(name, was[:c.rand.IntN(len(was))]), 401, 400)
			}
			c.add("proof", b.with(name, flipped(c.rand, was)), 401, 400)
		}
		if s.proof[0] == "Authorization" || s.proof[0] == "X-Gitlab-Token" {
			continue // the body is not under it
		}
		for range 8 {
			other := b
			other.body = []byte(strings.Replace(s.body, mark, mark+strconv.Itoa(c.rand.Int()), 1))
			c.add("proof", other, 401)
		}
	}
}

// lists are headers that hold several signatures.
var lists = []string{"Webhook-Signature", "Svix-Signature", "Stripe-Signature"}

// impostor is a secret of the right form that is not the hook's.
func impostor(s sender) string {
	switch {
	case s.scheme() == "stripe":
		return "whsec_" + secretOf("impostor")
	case s.timed != "" && strings.HasPrefix(s.settings.Secrets[0], "whs"):
		return keyOf("impostor" + mark)
	}
	return secretOf("impostor")
}

// flipped is a text with a letter or digit in its second half made another.
func flipped(r *rand.Rand, s string) string {
	b := []byte(s)
	for {
		i := len(b)/2 + r.IntN(len(b)-len(b)/2)
		if b[i] >= 'a' && b[i] <= 'y' || b[i] >= '0' && b[i] <= '8' || b[i] >= 'A' && b[i] <= 'Y' {
			if i < len(b)-2 { // the last ones of base64 may be filling
				b[i]++
				return string(b)
			}
		}
	}
}

func (c *crowd) times() {
	for _, s := range c.senders {
		if s.timed == "" && s.scheme() != "stripe" {
			continue
		}
		for _, off := range []time.Duration{400 * time.Second, time.Hour, 24 * time.Hour, 30 * 24 * time.Hour, 20 * 365 * 24 * time.Hour} {
			c.add("time", c.rightAt(s, s.body, c.now.Add(off)), 401)
			c.add("time", c.rightAt(s, s.body, c.now.Add(-off)), 401)
		}
		if s.timed == "" {
			continue
		}
		at := strconv.FormatInt(c.now.Unix(), 10)
		for _, odd := range []string{"0", "-" + at, "+" + at, at + ".0", at + ".5", at + "e0", at + "000", "0" + at + "x", "0x" + at, at + "," + at, "1e9", "99999999999999999999", "9223372036854775807", "-9223372036854775808", "now", c.now.Format(time.RFC3339), c.now.Format(http.TimeFormat), "１７", mark} {
			c.add("time", c.right(s, s.body).with(s.timed, odd), 401)
		}
	}
}

// others post what is right for another's hook.
func (c *crowd) others() {
	for _, from := range c.senders {
		for _, to := range c.senders {
			if to.hook == "none" || from.hook == to.hook {
				continue
			}
			b := c.right(from, from.body)
			b.target = "/hooks/" + to.hook
			c.add("of another sender", b, 401, 400)
			c.add("of another sender", b.and("X-Hub-Signature-256", "sha256=").and("X-Gitea-Signature", "").and("X-Github-Event", "push"), 401, 400)
		}
	}
}

func (c *crowd) bodies(corpora []string) {
	for _, text := range brokenJSON() {
		c.add("JSON", c.right(c.next(), text), 400)
	}
	for range 1200 {
		s := c.next()
		text := scratched(c.rand, s.body)
		c.add("JSON, scratched", c.right(s, text), 400)
	}
	for _, text := range unsound(corpora) {
		c.add("fuzz corpora", c.right(c.next(), text), 400)
	}
	for _, n := range naughty() {
		s := c.careful()
		c.add("naughty body", bad{target: "/hooks/" + s.hook, body: []byte(n), header: []line{{"Content-Type", "application/json"}}}, 401, 400)
	}
}

// ids are right but for the delivery's id.
func (c *crowd) ids() {
	for _, s := range c.senders {
		if s.id == "" {
			continue
		}
		for _, odd := range []string{"a b", "é", strings.Repeat("x", 256), "a\tb", "\xff", "你好", strings.Repeat("x", 5000)} {
			c.add("id", c.right(s, s.body).with(s.id, odd), 400, 401)
		}
		c.add("id", c.right(s, s.body).and(s.id, mark), 400, 401)
	}
}

func (c *crowd) media() {
	types := []string{"", "text/plain", "text/html", "text/json", "application/xml", "application/octet-stream", "application/jsonp", "json", "application", "application/json; charset=utf-16", "application/json; charset=latin1",
		`application/json; charset="utf-8`, "application/json, text/plain", "application/json;;", "multipart/form-data; boundary=x", "multipart/mixed; boundary=x", "application/x-ndjson", "application/cbor", "image/png", "*/*", mark + "/" + mark, strings.Repeat("a", 5000)}
	for _, s := range c.senders {
		b := c.right(s, s.body)
		wrong := []int{http.StatusUnsupportedMediaType}
		if slices.Contains(s.takes, "anything") {
			wrong = append(wrong, 400, 422) // without what the header should say
		}
		for _, t := range types {
			c.add("media type", b.with("Content-Type", t), wrong...)
		}
		c.add("media type", b.without("Content-Type"), wrong...)
		c.add("media type", b.and("Content-Type", "application/json"), wrong...)
		if slices.Contains(s.takes, "forms") {
			wrong = []int{400, 422}
		}
		for _, text := range []string{"payload=%7B&" + mark, "payload=%zz", "payload=1&payload=2", mark} {
			c.add("form", c.right(s, text).with("Content-Type", "application/x-www-form-urlencoded"), wrong...)
		}
		for _, e := range []string{"gzip", "GZIP", "deflate", "br", "zstd", "compress", "identity, gzip", "gzip, identity", "", "x", mark} {
			if e == "" {
				continue
			}
			c.add("encoding", b.with("Content-Encoding", e), 415)
		}
		c.add("encoding", b.and("Content-Encoding", "identity").and("Content-Encoding", "gzip"), 415)
	}
}
