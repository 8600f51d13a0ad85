package plugins_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/plugins"
)

type common struct {
	Note string `json:"note"`
}

type limits struct {
	High int              `json:"high"`
	Low  int              `json:"low"`
	Late plugins.Duration `json:"late"`
}

type options struct {
	common
	Points int                      `json:"points"`
	Tell   chat.Audience            `json:"tell"`
	Limits limits                   `json:"limits"`
	Each   map[string]chat.Audience `json:"each"`
	Since  *time.Time               `json:"since"`
	Late   plugins.Duration         `json:"late"`
	secret string
}

func (o *options) Defaults() {
	o.Points, o.Tell, o.Limits, o.secret = 1, chat.Admins, limits{High: 9, Low: 3}, "set"
}

func (o options) Validate() error {
	if o.Points < 1 {
		return errors.New("points: want at least 1")
	}
	return nil
}

// define returns a plugin that hands out the options it was built with.
func define(got *options) plugins.Plugin {
	return plugins.Define("sample", "1.0.0", func(o options) (plugins.Handler, error) {
		*got = o
		return plugins.NewMux(), nil
	})
}

func TestOptions(t *testing.T) {
	defaults := options{Points: 1, Tell: chat.Admins, Limits: limits{High: 9, Low: 3}, secret: "set"}
	with := func(change func(*options)) options {
		o := defaults
		change(&o)
		return o
	}
	for _, c := range []struct {
		name, given string
		want        options
	}{
		{"none at all", ``, defaults},
		{"null", `null`, defaults},
		{"an empty object", `{}`, defaults},
		{"one of them", `{"points": 5}`, with(func(o *options) { o.Points = 5 })},
		{"of an embedded struct", `{"note": "hi"}`, with(func(o *options) { o.Note = "hi" })},
		{
			"a given audience replaces the default and is not joined with it", `{"tell": {"users": ["cy"]}}`,
			with(func(o *options) { o.Tell = chat.Users("cy") }),
		},
		{"so does any other struct", `{"limits": {"high": 4}}`, with(func(o *options) { o.Limits = limits{High: 4} })},
		{"a length of time", `{"late": "1h30m"}`, with(func(o *options) { o.Late = plugins.Duration(90 * time.Minute) })},
		{"a map of audiences", `{"each": {"x": {"roles": ["member"]}}}`, with(func(o *options) {
			o.Each = map[string]chat.Audience{"x": {Roles: []chat.Role{chat.Normal}}}
		})},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got options
			if _, err := define(&got).New(json.RawMessage(c.given)); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got, cmp.AllowUnexported(options{}, common{})); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
	t.Run("decoding them does not change the audiences of chat", func(t *testing.T) {
		var got options
		if _, err := define(&got).New(json.RawMessage(`{"tell": {"roles": ["member", "member"]}}`)); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]chat.Role{chat.Owner, chat.Admin}, chat.Admins.Roles); diff != "" {
			t.Errorf("chat.Admins now means:\n%s", diff)
		}
	})
}

func TestMistakesInOptions(t *testing.T) {
	for _, c := range []struct{ name, given, want string }{
		{"an unknown name", `{"tel": {}}`, "tel: unknown name; did you mean tell? have each, late, limits, note, points, since, tell"},
		{"one like no other", `{"frequency": 1}`, "frequency: unknown name; have each, late, limits, note, points, since, tell"},
		{"one within an audience", `{"tell": {"everyone": true, "excetp": ["cy"]}}`, "tell.excetp: unknown name; did you mean except?"},
		{"one deep within", `{"each": {"x": {"any_of": [{"users": ["cy"]}, {"rolls": []}]}}}`, "each.x.any_of[1].rolls: unknown name; did you mean roles?"},
		{"the case of a letter", `{"Points": 3}`, "Points: write it points"},
		{"twice", `{"points": 3, "points": 4}`, "points: stands there twice"},
		{"a string for a number", `{"points": "3"}`, "points: want a whole number in range, found string"},
		{"a fraction for a whole number", `{"limits": {"high": 0.5}}`, "limits.high: want a whole number in range, found number"},
		{"a number for a length of time", `{"late": 90}`, "late: want a length of time such as \"1h30m\", found number"},
		{"no length of time", `{"late": "soon"}`, `late: "soon" is no length of time, such as 90s`},
		{"no length of time, deeper", `{"limits": {"high": 1, "late": "soon"}}`, `limits.late: "soon" is`},
		{"a negative length of time", `{"late": "-5m"}`, `"-5m" is no length of time, such as 90s`},
		{"a time that is none", `{"points": 2, "since": "monday"}`, "since: parsing time"},
		{"an array for an audience", `{"tell": ["cy"]}`, "tell: want an object, found array"},
		{"an array for all", `[]`, "want an object, found array"},
		{"nothing for an audience", `{"tell": null}`, "tell: has no value; leave it out to have its default"},
		{"not JSON", `{"points": 3,}`, "not JSON: "},
		{"what Validate reports", `{"points": 0}`, "points: want at least 1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got options
			err := define(&got).Check(json.RawMessage(c.given))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
		})
	}
}

type closing struct {
	plugins.Mux
	closed *int
}

func (c closing) Close() error { *c.closed++; return nil }

func TestCheckKeepsNothing(t *testing.T) {
	closed := 0
	p := plugins.Define("sample", "1.0.0", func(struct{}) (plugins.Handler, error) {
		return &closing{closed: &closed}, nil
	})
	if err := p.Check(nil); err != nil || closed != 1 {
		t.Errorf("%v, closed %d times; want once", err, closed)
	}
}

func TestMistakesOfAnAuthorPanic(t *testing.T) {
	build := func(struct{}) (plugins.Handler, error) { return plugins.NewMux(), nil }
	good := plugins.Define("sample", "1.0.0", build)
	for name, f := range map[string]func(){
		"no name":            func() { plugins.Define("", "1.0.0", build) },
		"an impossible name": func() { plugins.Define("Quiz 2", "1.0.0", build) },
		"no version":         func() { plugins.Define("sample", "", build) },
		"options that are no struct": func() {
			plugins.Define("sample", "1.0.0", func(int) (plugins.Handler, error) { return nil, nil })
		},
		"an unknown need":          func() { good.With("everything") },
		"a plugin listed twice":    func() { plugins.NewRegistry(good, good) },
		"a plugin that is none":    func() { plugins.NewRegistry(plugins.Plugin{}) },
		"a trigger routed twice":   func() { m := plugins.NewMux(); m.On("a", nop); m.On("a", nop) },
		"a trigger without a name": func() { plugins.NewMux().On("", nop) },
		"a route to nothing":       func() { plugins.NewMux().On("a", nil) },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("went through")
				}
			}()
			f()
		})
	}
}

func TestNeeds(t *testing.T) {
	p := plugins.Define("sample", "1.0.0", func(struct{}) (plugins.Handler, error) { return plugins.NewMux(), nil })
	if p.Needs(plugins.Members) || !p.With(plugins.Members).Needs(plugins.Members) || p.Needs(plugins.Members) {
		t.Error("a need belongs to the plugin that With returns, and to no other")
	}
}

func TestRegistry(t *testing.T) {
	build := func(struct{}) (plugins.Handler, error) { return plugins.NewMux(), nil }
	r := plugins.NewRegistry(plugins.Define("welcome", "1.2.0", build), plugins.Define("digest", "1.0.0", build))
	if p, err := r.Find("welcome"); err != nil || p.Name() != "welcome" || p.Version() != "1.2.0" {
		t.Errorf("found %s %s, %v", p.Name(), p.Version(), err)
	}
	for name, want := range map[string]string{
		"welcom": `no plugin "welcom"; did you mean welcome? have digest, welcome`,
		"poll":   `no plugin "poll"; have digest, welcome`,
	} {
		if _, err := r.Find(name); err == nil || err.Error() != want {
			t.Errorf("got  %v\nwant %s", err, want)
		}
	}
}
