package webhooks

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"time"

	"github.com/labstack/echo/v4"
)

// Access is what a [Receiver] makes of where requests come from. The zero value
// believes nobody and limits nobody.
type Access struct {
	// Proxies are the networks of the proxies in front. Of X-Forwarded-For the
	// last address counts that is not one of theirs; what stands before it,
	// anybody can have written. Other such headers are never looked at.
	Proxies []netip.Prefix
	// RefusedPerMinute is how many requests that do not prove who sends them an
	// address may make to a hook; what comes beyond is answered with 429 before a
	// byte of its body is read. Zero is any number. Whoever has proved it once is
	// not counted, nor are this machine, private networks and the proxies: behind
	// such an address there may be many, and among them the sender.
	RefusedPerMinute int
}

// access is an Access at work.
type access struct {
	Access
	address   echo.IPExtractor
	strangers *strangers
}

func newAccess(a Access) *access {
	return &access{Access: a, address: addressBy(a.Proxies), strangers: newStrangers(a.RefusedPerMinute)}
}

// SetAccess changes what is made of where requests come from. What is known of
// strangers is forgotten, apart from those who are none.
func (r *Receiver) SetAccess(a Access) {
	next := newAccess(a)
	if before := r.access.Load(); before != nil {
		next.strangers.known = before.strangers.known
	}
	r.access.Store(next)
}

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

// caller is who is counted: at one hook, an address, or as many of the sixth
// version as one customer has.
type caller struct {
	hook string
	from netip.Prefix
}

// caller is who sent a request; false for one who is not counted.
func (a *access) caller(hook, address string) (caller, bool) {
	if a.RefusedPerMinute == 0 {
		return caller{}, false
	}
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return caller{}, false
	}
	ip = ip.Unmap()
	ours := ip.IsLoopback() || ip.IsPrivate() || ip.IsLinkLocalUnicast() ||
		slices.ContainsFunc(a.Proxies, func(p netip.Prefix) bool { return p.Contains(ip) })
	bits := 32
	if ip.Is6() {
		bits = 64
	}
	from, _ := ip.WithZone("").Prefix(bits) // which an address of its kind has
	return caller{hook, from}, !ours
}

// tooOften refuses a stranger who has come too often without proof.
func (a *access) tooOften(c caller, now time.Time) *failure {
	wait := a.strangers.wait(c, now)
	if wait == 0 {
		return nil
	}
	return fail(http.StatusTooManyRequests, "Too many requests from this address did not prove that they come from this hook's sender.").
		with("Retry-After", seconds(wait)).closing()
}
