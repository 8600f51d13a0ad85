package console

import (
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"
)

// sameHost refuses requests that name another host than this one, and those
// sent by a page of another site. The first keeps out a page whose own name
// was made to point here; the second one that merely posts here.
func sameHost(hosts []string) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			r := c.Request()
			if host := hostname(r.Host); !isLoopback(host) && !slices.Contains(hosts, host) {
				return fail(http.StatusMisdirectedRequest, "this listener is not called by that host name; use the address it listens on")
			}
			if origin := r.Header.Get("Origin"); origin != "" {
				if u, err := url.Parse(origin); err != nil || u.Host != r.Host {
					return fail(http.StatusForbidden, "requests from pages of other sites are refused")
				}
			}
			return next(c)
		}
	}
}

func hostname(hostport string) string {
	if host, _, err := net.SplitHostPort(hostport); err == nil {
		return host
	}
	return strings.Trim(hostport, "[]")
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}

// token asks for the bearer token as it is now. Both sides are hashed first,
// because a constant-time comparison still tells the length.
func token(now func() string) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			scheme, got, _ := strings.Cut(c.Request().Header.Get("Authorization"), " ")
			want := now()
			sum, given := sha256.Sum256([]byte(want)), sha256.Sum256([]byte(got))
			if want == "" || !strings.EqualFold(scheme, "Bearer") || subtle.ConstantTimeCompare(sum[:], given[:]) != 1 {
				c.Response().Header().Set("WWW-Authenticate", `Bearer realm="botd admin"`)
				return fail(http.StatusUnauthorized, "this needs the admin token: Authorization: Bearer TOKEN")
			}
			return next(c)
		}
	}
}

func safeHeaders(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		h := c.Response().Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Cache-Control", "no-store")
		h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
		return next(c)
	}
}

func recoverPanics(log *slog.Logger) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) (err error) {
			defer func() {
				if p := recover(); p != nil {
					if p == http.ErrAbortHandler { //nolint:errorlint,err113 // it is what the server compares with
						panic(p) // the server breaks the connection off
					}
					log.Error("admin request panicked", "route", c.Path(), "stack", string(debug.Stack()))
					err = fmt.Errorf("panic: %v", p)
				}
			}()
			return next(c)
		}
	}
}
