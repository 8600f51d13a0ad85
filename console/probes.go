package console

import (
	"context"
	"net/http"
	"net/http/pprof"
	runtimepprof "runtime/pprof"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/botd-chat/botd/openapi"
)

// Version is the answer of GET /version.
type Version struct {
	Version string `json:"version"`
}

// probes are what supervisors and tools ask for, without a token. They pass over
// parameters, with which some of them keep caches out of the way.
func probes(o Options) []route {
	return []route{
		{"GET", "/healthz", func(c echo.Context) error { return c.String(http.StatusOK, "ok\n") }, openapi.Operation{
			Does: "Says that the process answers", Tag: aboutProcess, Open: true,
			Answers: []openapi.Answer{{Status: http.StatusOK, About: "It does: `ok`.", Type: echo.MIMETextPlain}},
		}},
		{"GET", "/readyz", ready(o.Backend), openapi.Operation{
			Does: "Says whether webhooks can be accepted", Tag: aboutProcess, Open: true,
			Answers: []openapi.Answer{{Status: http.StatusOK, About: "They can: `ready`. A second line names the bots whose plugins are not there: what comes for these is accepted, and waits.", Type: echo.MIMETextPlain}},
			Fails:   map[int]string{http.StatusServiceUnavailable: "They cannot; the detail says what is missing and what to do."},
		}},
		{"GET", "/version", func(c echo.Context) error { return c.JSON(http.StatusOK, Version{o.Version}) }, openapi.Operation{
			Does: "Says what runs", Tag: aboutProcess, Open: true, Answers: gives("The version.", Version{}),
		}},
		{"GET", "/metrics", func(c echo.Context) error { return echo.WrapHandler(o.Metrics)(c) }, openapi.Operation{
			Does: "Has the metrics, for Prometheus", More: "They are listed in docs/reference/metrics.md. None names a person or a group.",
			Tag: aboutProcess, Open: true,
			Answers: []openapi.Answer{{Status: http.StatusOK, About: "In the format that was asked for.", Type: "text/plain"}},
		}},
		{"GET", "/openapi.json", document(o.OpenAPI), openapi.Operation{
			Does: "Has this document", Tag: aboutProcess, Open: true,
			Answers: gives("OpenAPI 3.1.", openapi.Schema{"type": "object"}),
		}},
	}
}

func ready(b Backend) echo.HandlerFunc {
	return func(c echo.Context) error {
		ctx, cancel := context.WithTimeout(c.Request().Context(), 2*time.Second)
		defer cancel()
		if err := b.Ready(ctx); err != nil {
			return fail(http.StatusServiceUnavailable, err.Error())
		}
		return c.String(http.StatusOK, "ready\n"+absent(b.Plugins()))
	}
}

func document(text []byte) echo.HandlerFunc {
	return func(c echo.Context) error { return c.Blob(http.StatusOK, echo.MIMEApplicationJSON, text) }
}

// profiles are those of Go's runtime, for `go tool pprof`.
func profiles() []route {
	numbers := func(name, about string) openapi.Param {
		return openapi.Param{In: openapi.Query, Name: name, About: about, Is: openapi.Schema{"type": "number", "minimum": 0}}
	}
	return []route{
		{"GET", "/debug/pprof/", echo.WrapHandler(http.HandlerFunc(pprof.Index)), openapi.Operation{
			Does: "Lists the profiles", Tag: aboutProcess,
			Answers: []openapi.Answer{{Status: http.StatusOK, About: "A page.", Type: echo.MIMETextHTML}},
		}},
		{"GET", "/debug/pprof/:profile", profile, openapi.Operation{
			Does: "Has a profile of the process", More: "For `go tool pprof`, which is handed the token in a header.", Tag: aboutProcess,
			Params: []openapi.Param{
				{In: openapi.Path, Name: "profile", Is: "", About: "Such as `heap`, `goroutine`, `profile` (of the processor) or `trace`."},
				numbers("seconds", "How long it is taken."), numbers("debug", "Above 0: as text."), numbers("gc", "Above 0: after collecting garbage."),
			},
			Answers: []openapi.Answer{{Status: http.StatusOK, About: "The profile.", Type: "*/*"}},
			Fails:   map[int]string{http.StatusNotFound: "There is no such profile."},
		}},
	}
}

func profile(c echo.Context) error {
	special := map[string]http.HandlerFunc{"cmdline": pprof.Cmdline, "profile": pprof.Profile, "symbol": pprof.Symbol, "trace": pprof.Trace}
	name := c.Param("profile")
	if h, ok := special[name]; ok {
		return echo.WrapHandler(h)(c)
	}
	if runtimepprof.Lookup(name) == nil {
		return fail(http.StatusNotFound, "there is no such profile; /debug/pprof/ lists them")
	}
	return echo.WrapHandler(pprof.Handler(name))(c)
}
