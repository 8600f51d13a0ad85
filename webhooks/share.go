package webhooks

import (
	"log/slog"
	"net"
	"net/netip"
	"sync"

	"github.com/botd-chat/botd/strangers"
)

// shares is into how many parts the connections are divided of which one address gets
// one at most. Otherwise a single stranger who sends nothing would keep out all others,
// among them the chat service, which does not wait long.
const shares = 4

// sharing is a listener where no address has more than its share of connections.
type sharing struct {
	net.Listener
	most int
	near func(netip.Addr) bool
	log  *slog.Logger
	hush strangers.Hush

	mu   sync.Mutex
	open map[netip.Prefix]int
}

// Accept closes connections of an address that has its share, and returns the next one
// of another.
func (s *sharing) Accept() (net.Conn, error) {
	for {
		c, err := s.Listener.Accept()
		if err != nil {
			return nil, err
		}
		from := s.of(c.RemoteAddr())
		switch {
		case !from.IsValid():
			return c, nil
		case s.enter(from):
			return &shared{Conn: c, leave: sync.OnceFunc(func() { s.leave(from) })}, nil
		}
		_ = c.Close()
		if s.hush.Line("connections", s.besides) {
			s.log.Warn("a connection was closed: its address has as many as one may have", "remote", from.Addr(), "most", s.most)
		}
	}
}

func (s *sharing) besides(n int) {
	s.log.Warn("more connections were closed, of addresses that have as many as one may have", "besides", n, "within", strangers.HushFor)
}

// of is whose connection it is; invalid for one that is not counted.
func (s *sharing) of(a net.Addr) netip.Prefix {
	at, err := netip.ParseAddrPort(a.String())
	if err != nil || s.near(at.Addr().Unmap()) {
		return netip.Prefix{}
	}
	return strangers.Customer(at.Addr())
}

func (s *sharing) enter(from netip.Prefix) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open[from] >= s.most {
		return false
	}
	s.open[from]++
	return true
}

func (s *sharing) leave(from netip.Prefix) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open[from]--; s.open[from] == 0 {
		delete(s.open, from)
	}
}

// shared is a connection that counts until it is closed.
type shared struct {
	net.Conn
	leave func()
}

func (c *shared) Close() error {
	c.leave()
	return c.Conn.Close()
}
