package console

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/botd-chat/botd/openapi"
)

// route is an address of the admin listener, what answers there, and what
// /openapi.json says of it. What is said also decides: a parameter or a field
// that is not described is refused.
type route struct {
	method, path string
	handle       echo.HandlerFunc
	openapi.Operation
}

// routes are all there are.
func routes(o Options) []route {
	var all []route
	for _, some := range [][]route{
		probes(o), events(o), bots(o), plugins(o.Backend), letters(o.Operator), many(o.Operator), messages(o.Operator), deliveries(o),
		leaks(o.Backend), callbacks(o.Backend), receipts(o.Receipts), timers(o.Operator), schedules(o.Operator), memories(o.Operator), pauses(o.Operator), upkeep(o.Upkeep), reloads(o.Reloader), profiles(),
	} {
		all = append(all, some...)
	}
	return all
}

// mount adds the routes. The token is asked for route by route: a guarded group
// would answer a wrong method as if the address did not exist.
func mount(e *echo.Echo, all []route, auth echo.MiddlewareFunc) {
	for _, r := range all {
		if r.Open {
			e.Add(r.method, r.path, r.handle)
		} else {
			e.Add(r.method, r.path, r.handle, auth, described(r.Operation))
		}
	}
}

// request is a request at an address that takes what is described, and nothing
// else.
type request struct {
	echo.Context
	openapi.Operation
}

// described refuses parameters that a route has not: a misspelt filter that is
// passed over would pick more than was meant.
func described(o openapi.Operation) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			query, err := url.ParseQuery(c.Request().URL.RawQuery)
			if err != nil {
				return fail(http.StatusBadRequest, "what follows the ? of the address cannot be read; encode it as a URL asks")
			}
			if name, ok := o.Knows(query); !ok {
				return fail(http.StatusBadRequest, fmt.Sprintf("no parameter %.40q here; have %s", name, orNone(o.Named())))
			}
			return next(&request{c, o})
		}
	}
}

func orNone(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}
