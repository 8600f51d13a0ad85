package chat_test

import (
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/botd-chat/botd/chat"
)

func TestAnAudienceComesBackFromJSONAsItWas(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := audiences(3).Draw(t, "audience")
		b, err := json.Marshal(a)
		if err != nil {
			t.Fatal(err)
		}
		var back chat.Audience
		if err := json.Unmarshal(b, &back); err != nil || !reflect.DeepEqual(back, a) {
			t.Fatalf("%s came back as %+v (%v)", b, back, err)
		}
	})
}

func TestAudiencesAreWrittenWithTheWordsOfTheContract(t *testing.T) {
	for want, a := range map[string]chat.Audience{
		`{}`:                                {},
		`{"everyone":true}`:                 chat.Everyone,
		`{"roles":["owner","admin"]}`:       chat.Admins,
		`{"roles":["owner"]}`:               chat.Owners,
		`{"sender":true}`:                   chat.Sender,
		`{"users":["ann","bo"]}`:            chat.Users("ann", "bo"),
		`{"everyone":true,"except":["cy"]}`: chat.Everyone.But("cy"),
		`{"any_of":[{"roles":["owner","admin"]},{"sender":true}]}`: chat.Admins.Or(chat.Sender),
		`{"sender":true,"within":{"roles":["owner"]}}`:             chat.Sender.Among(chat.Owners),
		`{"everyone":true,"where":"admin"}`:                        {Everyone: true, Where: "admin"},
	} {
		if b, err := json.Marshal(a); string(b) != want || err != nil {
			t.Errorf("%+v is written as %s (%v), not %s", a, b, err, want)
		}
	}
}

func TestBuildingOnAnAudienceLeavesItAlone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := audiences(2).Draw(t, "audience")
		// Room behind the lists is where a careless append would write.
		a.Except, a.Users, a.AnyOf = slices.Grow(a.Except, 4), slices.Grow(a.Users, 4), slices.Grow(a.AnyOf, 4)
		was := clone(t, a)

		x, y := a.But("eve"), a.But("mallory")
		if !slices.Contains(x.Except, "eve") || slices.Contains(x.Except, "mallory") {
			t.Fatalf("two exceptions made from one audience share a list: %q, %q", x.Except, y.Except)
		}
		p, q := a.Bind("eve"), a.Bind("mallory")
		if a.Sender && (!slices.Contains(p.Users, "eve") || slices.Contains(p.Users, "mallory")) {
			t.Fatalf("two bindings of one audience share a list: %q, %q", p.Users, q.Users)
		}
		if i, j := a.Among(chat.Users("eve")), a.Among(chat.Users("mallory")); reflect.DeepEqual(i, j) {
			t.Fatalf("two narrowings of one audience share what narrows: %+v", i)
		}
		u, v := a.Or(chat.Users("eve")), a.Or(chat.Users("mallory"))
		if u.AnyOf[1].Users[0] != "eve" {
			t.Fatalf("two unions of one audience share a list: %+v, %+v", u, v)
		}
		if !reflect.DeepEqual(clone(t, a), was) {
			t.Fatalf("%+v became %+v", was, a)
		}
	})
	t.Run("the audiences everybody shares stay what they are", func(t *testing.T) {
		_ = append(chat.Admins.Roles, chat.Normal)
		_ = chat.Admins.But("ann").Or(chat.Everyone).Bind("bo")
		if want := []chat.Role{chat.Owner, chat.Admin}; !slices.Equal(chat.Admins.Roles, want) || chat.Admins.Except != nil {
			t.Errorf("Admins is now %+v", chat.Admins)
		}
	})
	t.Run("Users copies the list it is given", func(t *testing.T) {
		ids := []chat.UserID{"ann"}
		a := chat.Users(ids...)
		ids[0] = "mallory"
		if a.Users[0] != "ann" {
			t.Errorf("now %q", a.Users)
		}
	})
}

func TestOrKeepsTheExceptionsOfEachToItself(t *testing.T) {
	a := chat.Everyone.But("cy").Or(chat.Users("cy").But("ann"))
	if len(a.Except) != 0 || !slices.Equal(a.AnyOf[0].Except, []chat.UserID{"cy"}) || !slices.Equal(a.AnyOf[1].Except, []chat.UserID{"ann"}) {
		t.Errorf("exceptions moved: %+v", a)
	}
}

func TestBindLeavesNoSenderAtAnyDepth(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := audiences(3).Draw(t, "audience")
		bound := a.Bind("ann")
		same(t, a, bound, "ann")
		if again := bound.Bind("mallory"); !reflect.DeepEqual(again, bound) {
			t.Fatalf("a second sender changed %+v to %+v", bound, again)
		}
		same(t, a, a.Bind(""), "")
	})
}

// same checks that bound is a with Sender replaced by sender, all the way down.
func same(t *rapid.T, a, bound chat.Audience, sender chat.UserID) {
	t.Helper()
	want := a.Users
	if a.Sender && sender != "" {
		want = append(slices.Clone(want), sender)
	}
	if bound.Sender || !slices.Equal(bound.Users, want) || len(bound.AnyOf) != len(a.AnyOf) {
		t.Fatalf("%+v bound to %q is %+v", a, sender, bound)
	}
	if bound.Everyone != a.Everyone || !slices.Equal(bound.Roles, a.Roles) || !slices.Equal(bound.Except, a.Except) {
		t.Fatalf("binding %+v changed more than the sender: %+v", a, bound)
	}
	for i := range a.AnyOf {
		same(t, a.AnyOf[i], bound.AnyOf[i], sender)
	}
	if (a.Within == nil) != (bound.Within == nil) || a.Where != bound.Where {
		t.Fatalf("binding %+v changed what narrows it: %+v", a, bound)
	}
	if a.Within != nil {
		same(t, *a.Within, *bound.Within, sender)
	}
}

func TestOnlyARuleThatNamesSomebodyIsValid(t *testing.T) {
	for name, a := range map[string]chat.Audience{
		"the zero value":                   {},
		"exceptions alone":                 chat.Audience{}.But("ann"),
		"empty lists":                      {Roles: []chat.Role{}, Users: []chat.UserID{}, AnyOf: []chat.Audience{}},
		"users without a user":             chat.Users(),
		"a union of nobodies":              chat.Audience{}.Or(chat.Users(), chat.Audience{}.Or()),
		"the sender of an event with none": chat.Sender.Bind(""),
	} {
		t.Run(name, func(t *testing.T) {
			if err := a.Validate(); !errors.Is(err, chat.ErrNobody) || !a.IsNobody() {
				t.Errorf("IsNobody is %v, Validate says %v", a.IsNobody(), err)
			}
		})
	}
	for name, a := range map[string]chat.Audience{
		"everybody":                     chat.Everyone,
		"the admins":                    chat.Admins,
		"the sender":                    chat.Sender,
		"one member":                    chat.Users("ann"),
		"somebody beside a nobody":      chat.Audience{}.Or(chat.Owners),
		"everybody but one":             chat.Everyone.But("ann"),
		"a member deep in a union":      chat.Audience{}.Or(chat.Audience{}.Or(chat.Users("ann"))),
		"the sender of an event, bound": chat.Sender.Bind("ann"),
	} {
		t.Run(name, func(t *testing.T) {
			if err := a.Validate(); err != nil || a.IsNobody() {
				t.Errorf("IsNobody is %v, Validate says %v", a.IsNobody(), err)
			}
		})
	}
}

func TestARuleWithSomethingImpossibleInItIsRefused(t *testing.T) {
	long := chat.UserID(strings.Repeat("u", chat.MaxUserID+1))
	for name, a := range map[string]chat.Audience{
		"a role nobody knows":              {Roles: []chat.Role{"admins"}},
		"a role in the service's spelling": {Roles: []chat.Role{"Admin"}},
		"an empty user":                    chat.Users("ann", ""),
		"a user too long for an account":   chat.Users(long),
		"an exception that is no user":     chat.Everyone.But(""),
		"an exception that is too long":    chat.Everyone.But(long),
		"a bad role within a union":        chat.Everyone.Or(chat.Audience{Roles: []chat.Role{"guest"}}),
		"a bad exception within a union":   chat.Everyone.Or(chat.Admins.But("\xff")),
	} {
		t.Run(name, func(t *testing.T) {
			if err := a.Validate(); err == nil || errors.Is(err, chat.ErrNobody) {
				t.Errorf("Validate says %v", err)
			}
		})
	}
}

func TestAnAudienceWithinAnAudienceEndsSomewhere(t *testing.T) {
	nested := func(levels int) chat.Audience {
		a := chat.Admins
		for range levels - 1 {
			a = chat.Audience{AnyOf: []chat.Audience{a}}
		}
		return a
	}
	t.Run("eight levels are fine, nine are not", func(t *testing.T) {
		if err := nested(8).Validate(); err != nil {
			t.Error(err)
		}
		if err := nested(9).Validate(); err == nil || !strings.Contains(err.Error(), "deeper than 8") {
			t.Errorf("nine levels: %v", err)
		}
	})
	t.Run("a bomb from outside is an error", func(t *testing.T) {
		const levels = 4000
		bomb := strings.Repeat(`{"any_of":[`, levels) + `{}` + strings.Repeat(`]}`, levels)
		var a chat.Audience
		if err := json.Unmarshal([]byte(bomb), &a); err != nil {
			t.Fatal(err)
		}
		if err := a.Validate(); err == nil {
			t.Error("it is valid")
		}
	})
	t.Run("a rule that contains itself is an error and not the end of the process", func(t *testing.T) {
		loop := make([]chat.Audience, 1)
		loop[0].AnyOf = loop
		if err := loop[0].Validate(); err == nil {
			t.Error("it is valid")
		}
	})
}

// clone copies an audience with everything in it.
func clone(t *rapid.T, a chat.Audience) chat.Audience {
	t.Helper()
	b, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	var own chat.Audience
	if err := json.Unmarshal(b, &own); err != nil {
		t.Fatal(err)
	}
	return own
}
