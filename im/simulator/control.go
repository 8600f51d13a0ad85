package simulator

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"
)

// routes joins the REST API, the control API and the page.
func (s *Simulator) routes() http.Handler {
	e := echo.New()
	e.Any("/v4/:service/:command", s.serveREST)
	e.Any("/v4/*", s.serveREST) // a command that cannot exist, and is told so
	own := e.Group("", s.guard)
	own.GET("/", s.servePage)
	own.GET("/sim/assets/:file", serveAsset)
	own.GET("/sim/stream", s.serveStream)
	s.routeReads(own)
	s.routeChanges(own)
	return e
}

func (s *Simulator) routeReads(e *echo.Group) {
	show := func(path string, read func() any) {
		e.GET(path, func(c echo.Context) error { return c.JSON(http.StatusOK, read()) })
	}
	show("/sim/groups", func() any { return s.Groups() })
	show("/sim/inboxes", func() any { return s.Inboxes() })
	show("/sim/messages", func() any { return s.Messages() })
	show("/sim/calls", func() any { return callsShown{s.Counts(), s.Calls()} })
	show("/sim/faults", func() any { return s.Faults() })
	show("/sim/callbacks", func() any { return s.callbacksShown() })
	show("/sim/spoken", func() any { return spokenShown{s.SpokenCounts(), s.Spoken()} })
	show("/sim/modes", func() any { return modesShown{s.Modes(), ModeChoices()} })
	show("/sim/clock", func() any { return clockShown{s.Now()} })
	e.GET("/sim/inbox/:user", s.serveInbox)
}

type (
	callsShown struct {
		Counts map[string]Count `json:"counts"`
		Calls  []Call           `json:"calls"`
	}
	callbacksShown struct {
		Callbacks

		Signed bool                     `json:"signed"` // in the place of the token, which is not shown
		Known  []string                 `json:"known"`
		Counts map[string]CallbackCount `json:"counts"`
		Calls  []CallbackCall           `json:"calls"`
	}
	spokenShown struct {
		SpokenCounts

		Spoken []Spoken `json:"spoken"`
	}
	modesShown struct {
		Modes   Modes               `json:"modes"`
		Choices map[string][]string `json:"choices"`
	}
	clockShown struct {
		Now time.Time `json:"now"`
	}
	problem struct {
		Error string              `json:"error"`
		*Told `json:",omitempty"` // of what was spoken and not sent
	}
)

func (s *Simulator) callbacksShown() callbacksShown {
	c := s.Callbacks()
	shown := callbacksShown{Callbacks: c, Signed: c.Token != "", Known: callbackCommands, Counts: s.CallbackCounts(), Calls: s.CallbackCalls()}
	shown.Token = ""
	return shown
}

func (s *Simulator) serveInbox(c echo.Context) error {
	user := c.Param("user")
	if c.Request().URL.RawPath != "" { // then parameters are still escaped
		if plain, err := url.PathUnescape(user); err == nil {
			user = plain
		}
	}
	box, err := s.Inbox(user)
	if err != nil {
		return c.JSON(http.StatusNotFound, problem{Error: err.Error()})
	}
	return c.JSON(http.StatusOK, box)
}

// change is what a request of the control API may say, as JSON or as a form.
type change struct {
	Group    string   `json:"group"`
	User     string   `json:"user"`
	Role     string   `json:"role"`
	NameCard string   `json:"name_card"`
	Text     string   `json:"text"`
	To       string   `json:"to"` // of what is spoken one to one, in the place of a group
	Mentions []string `json:"mentions"`
	Only     []string `json:"only"`
	Random   uint32   `json:"random"`
	For      string   `json:"for"`     // how long to mute, such as "1m"; "0s" lifts it
	Online   *bool    `json:"online"`  // must be given where it counts
	Advance  string   `json:"advance"` // how far to move the clock, such as "5m" or "-1h"

	Fields map[string]string `json:"fields"`
	Joined time.Time         `json:"joined"`
	Spoke  time.Time         `json:"spoke"`
	Fact   string            `json:"-"` // of a form: card=Ann, team=red
}

func (s *Simulator) routeChanges(e *echo.Group) {
	do := func(path string, apply func(change) error) {
		e.POST(path, func(c echo.Context) error {
			in, err := readChange(c)
			if err == nil {
				err = apply(in)
			}
			return done(c, in.Group, err)
		})
	}
	do("/sim/accounts", func(in change) error { return s.AddAccount(in.User) })
	do("/sim/join", func(in change) error {
		return s.Join(in.Group, Member{ID: in.User, Role: in.Role, NameCard: in.NameCard, Fields: in.Fields})
	})
	do("/sim/profile", s.changeProfile)
	do("/sim/leave", func(in change) error { return s.Leave(in.Group, in.User) })
	do("/sim/role", func(in change) error { return s.SetRole(in.Group, in.User, in.Role) })
	do("/sim/mute", func(in change) error {
		return timed(in.For, func(d time.Duration) error { return s.Mute(in.Group, in.User, d) })
	})
	do("/sim/destroy", func(in change) error { return s.Destroy(in.Group) })
	do("/sim/speak", func(in change) error {
		return s.speak(Utterance{Group: in.Group, From: in.User, To: in.To, Text: in.Text, Mentions: in.Mentions, Only: in.Only, Random: in.Random})
	})
	do("/sim/clock", func(in change) error {
		return timed(in.Advance, func(d time.Duration) error { s.Advance(d); return nil })
	})
	do("/sim/online", s.changeOnline)
	e.POST("/sim/groups", func(c echo.Context) error { return apply(c, Group{}, s.AddGroup) })
	e.POST("/sim/callbacks", func(c echo.Context) error { return apply(c, s.Callbacks(), s.SetCallbacks) })
	e.POST("/sim/modes", func(c echo.Context) error { return apply(c, s.Modes(), s.SetModes) })
	e.POST("/sim/faults", func(c echo.Context) error { return apply(c, jsonFault{}, s.injectJSON) })
	e.DELETE("/sim/faults", func(c echo.Context) error { s.ClearFaults(); return done(c, "", nil) })
}

func (s *Simulator) changeOnline(in change) error {
	if in.Online == nil {
		return errors.New("online is missing; give true or false")
	}
	return s.SetOnline(in.User, *in.Online)
}

func (s *Simulator) changeProfile(in change) (err error) {
	p := Profile{Fields: in.Fields, Joined: in.Joined, Spoke: in.Spoke}
	switch {
	case in.Fact != "":
		p, err = fact(in.Fact)
	case in.NameCard != "":
		p.NameCard = &in.NameCard
	}
	if err != nil {
		return err
	}
	return s.SetProfile(in.Group, in.User, p)
}

func (s *Simulator) injectJSON(j jsonFault) error {
	f, err := j.fault()
	if err != nil {
		return err
	}
	return s.Inject(f)
}

func timed(text string, do func(time.Duration) error) error {
	d, err := time.ParseDuration(text)
	if err != nil {
		return err
	}
	return do(d)
}

// apply reads JSON over what is given and hands it on.
func apply[T any](c echo.Context, over T, do func(T) error) error {
	err := strictJSON(c, &over)
	if err == nil {
		err = do(over)
	}
	return done(c, "", err)
}

func strictJSON(c echo.Context, into any) error {
	d := json.NewDecoder(http.MaxBytesReader(c.Response(), c.Request().Body, maxBody))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return fmt.Errorf("read the request: %w", err)
	}
	return nil
}

func readChange(c echo.Context) (change, error) {
	var in change
	if !isForm(c) {
		return in, strictJSON(c, &in)
	}
	c.Request().Body = http.MaxBytesReader(c.Response(), c.Request().Body, maxBody)
	get := c.FormValue
	in = change{Group: get("group"), User: get("user"), Role: get("role"), NameCard: get("name_card"),
		Text: get("text"), To: get("to"), For: get("for"), Advance: get("advance"), Fact: get("fact")}
	if online, err := strconv.ParseBool(get("online")); err == nil {
		in.Online = &online
	}
	return in, nil
}

func isForm(c echo.Context) bool {
	return strings.HasPrefix(c.Request().Header.Get(echo.HeaderContentType), echo.MIMEApplicationForm)
}

// done answers a change: a form sent by a browser leads back to the page.
func done(c echo.Context, group string, err error) error {
	unsent, refused := errors.AsType[*NotSent](err)
	switch {
	case refused:
		return c.JSON(http.StatusConflict, problem{err.Error(), &unsent.Told})
	case err != nil:
		return c.JSON(http.StatusBadRequest, problem{Error: err.Error()})
	case isForm(c) && strings.Contains(c.Request().Header.Get(echo.HeaderAccept), "text/html"):
		return c.Redirect(http.StatusSeeOther, "/?group="+url.QueryEscape(group))
	}
	return c.NoContent(http.StatusNoContent)
}
