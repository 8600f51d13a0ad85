// Package strangers is what the listeners that anybody can reach make of whoever
// knocks: from where they come, how often they did without proof, and how much of that
// the log is told.
package strangers

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"time"

	"github.com/labstack/echo/v4"
)

// Access is what is made of where requests come from. The zero value believes nobody
// and limits nobody.
type Access struct {
	// Proxies are the networks of the proxies in front. Of X-Forwarded-For the
	// last address counts that is not one of theirs; what stands before it,
	// anybody can have written. Other such headers are never looked at.
	Proxies []netip.Prefix
	// RefusedPerMinute is how many requests that do not prove who sends them an
	// address may make at a door; what comes beyond is answered with 429 before a
	// byte of its body is read. Zero is any number. Whoever has proved it once is
	// not counted, nor are this machine, private networks and the proxies: behind
	// such an address there may be many, and among them the sender.
	RefusedPerMinute int
}

// Gate is an [Access] at work.
type Gate struct {
	access    Access
	address   echo.IPExtractor
	strangers *strangers
}

// New makes a gate that knows nobody yet.
func New(a Access) *Gate {
	return &Gate{access: a, address: addressBy(a.Proxies), strangers: newStrangers(a.RefusedPerMinute)}
}

// With is a gate of another access. What is known of strangers is forgotten, apart
// from those who are none.
func (g *Gate) With(a Access) *Gate {
	next := New(a)
	next.strangers.known = g.strangers.known
	return next
}

// Address is where a request comes from.
func (g *Gate) Address(req *http.Request) string { return g.address(req) }

// addressBy finds out the address of whoever sends a request.
func addressBy(proxies []netip.Prefix) echo.IPExtractor {
	if len(proxies) == 0 {
		return echo.ExtractIPDirect()
	}
	trust := []echo.TrustOption{echo.TrustLoopback(false), echo.TrustLinkLocal(false), echo.TrustPrivateNet(false)}
	for _, p := range proxies {
		trust = append(trust, echo.TrustIPRange(&net.IPNet{IP: p.Addr().AsSlice(), Mask: net.CIDRMask(p.Bits(), p.Addr().BitLen())}))
	}
	return echo.ExtractIPFromXFFHeader(trust...)
}

// Caller is who is counted: at one door, an address, or as many of the sixth version
// as one customer has. The zero value is one who is not counted.
type Caller struct {
	door string
	from netip.Prefix
}

// Counted reports whether somebody is: the limit is for strangers from far away.
func (c Caller) Counted() bool { return c.from.IsValid() }

// Caller is who comes from an address to a door.
func (g *Gate) Caller(door, address string) Caller {
	if g.access.RefusedPerMinute == 0 {
		return Caller{}
	}
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return Caller{}
	}
	if g.access.Near(ip) {
		return Caller{}
	}
	return Caller{door, Customer(ip)}
}

// Near reports an address that is not counted: of this machine, of a private network, or
// of a proxy.
func (a Access) Near(ip netip.Addr) bool {
	ip = ip.Unmap()
	return ip.IsLoopback() || ip.IsPrivate() || ip.IsLinkLocalUnicast() ||
		slices.ContainsFunc(a.Proxies, func(p netip.Prefix) bool { return p.Contains(ip) })
}

// Customer is an address, or as many of the sixth version as one customer has.
func Customer(ip netip.Addr) netip.Prefix {
	ip = ip.Unmap().WithZone("")
	bits := 32
	if ip.Is6() {
		bits = 64
	}
	from, _ := ip.Prefix(bits) // which an address of its kind has
	return from
}

// Wait is how long a caller has to wait until it may try again; zero for one who may.
func (g *Gate) Wait(c Caller, now time.Time) time.Duration {
	if !c.Counted() {
		return 0
	}
	return g.strangers.wait(c, now)
}

// Failed counts a request without proof.
func (g *Gate) Failed(c Caller, now time.Time) {
	if c.Counted() {
		g.strangers.failed(c, now)
	}
}

// Proved has a caller not counted any more.
func (g *Gate) Proved(c Caller) {
	if c.Counted() {
		g.strangers.known.add(c)
	}
}

// Stranger reports a caller who is counted and has proved nothing yet.
func (g *Gate) Stranger(c Caller) bool { return c.Counted() && !g.strangers.known.have(c) }
