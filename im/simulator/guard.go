package simulator

import (
	"net"
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"
)

// contentPolicy lets the page load nothing but its own files.
const contentPolicy = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// guard keeps other web pages out of the page and the control API: they are
// served under a loopback name only, against names that are made to point here,
// and changes are accepted from the simulator's own page or from no page at all.
func (s *Simulator) guard(next echo.HandlerFunc) echo.HandlerFunc {
	origin := http.NewCrossOriginProtection()
	return func(c echo.Context) error {
		if !s.ownHost(c.Request().Host) {
			return c.JSON(http.StatusForbidden, problem{Error: "this host name is not served; use localhost or 127.0.0.1"})
		}
		if err := origin.Check(c.Request()); err != nil {
			return c.JSON(http.StatusForbidden, problem{Error: "requests from other web pages are refused"})
		}
		h := c.Response().Header()
		h.Set("Content-Security-Policy", contentPolicy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-store")
		return next(c)
	}
}

func (s *Simulator) ownHost(host string) bool {
	name, _, err := net.SplitHostPort(host)
	if err != nil {
		name = strings.Trim(host, "[]")
	}
	if ip := net.ParseIP(name); ip != nil && ip.IsLoopback() {
		return true
	}
	return strings.EqualFold(name, "localhost") || slices.Contains(s.hosts, name)
}
