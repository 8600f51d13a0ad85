package chat

import (
	"errors"
	"fmt"
	"slices"
)

// Audience is a rule for who may see a message. It says whom, and the host
// finds out who that is when the message is sent. The zero value is nobody.
//
// The fields add up: a member is in it who has one of the Roles, or is among
// the Users, or is the sender, or is in one of AnyOf, unless named in Except.
// Only members of the group are ever in an audience, Everyone included.
type Audience struct {
	Everyone bool       `json:"everyone,omitempty" yaml:"everyone"`
	Roles    []Role     `json:"roles,omitempty"    yaml:"roles"`
	Users    []UserID   `json:"users,omitempty"    yaml:"users"`
	Sender   bool       `json:"sender,omitempty"   yaml:"sender"` // whoever caused the event
	AnyOf    []Audience `json:"any_of,omitempty"   yaml:"any_of"`
	Except   []UserID   `json:"except,omitempty"   yaml:"except"`
}

// Audiences that plugins use most. Build on them with But, Or and append; they
// are shared, so do not assign to them or to what their lists hold.
var (
	Everyone = Audience{Everyone: true}
	Admins   = Audience{Roles: []Role{Owner, Admin}}
	Owners   = Audience{Roles: []Role{Owner}}
	Sender   = Audience{Sender: true}
)

// Users is the audience of exactly these members.
func Users(ids ...UserID) Audience { return Audience{Users: slices.Clone(ids)} }

// But is the audience without these members.
func (a Audience) But(ids ...UserID) Audience {
	a.Except = append(slices.Clip(slices.Clone(a.Except)), ids...)
	return a
}

// Or is the audience of all who are in a or in one of the others. An exception
// of one of them does not reach into the others.
func (a Audience) Or(others ...Audience) Audience {
	return Audience{AnyOf: append([]Audience{a}, others...)}
}

// Bind replaces Sender by that user, so that the rule means the same whenever
// it is read. With no sender, Sender is nobody. Validate a rule from outside
// first: Bind follows AnyOf as deep as it goes.
func (a Audience) Bind(sender UserID) Audience {
	if a.Sender && sender != "" {
		a.Users = append(slices.Clip(slices.Clone(a.Users)), sender)
	}
	a.Sender = false
	if a.AnyOf != nil {
		bound := make([]Audience, len(a.AnyOf))
		for i, x := range a.AnyOf {
			bound[i] = x.Bind(sender)
		}
		a.AnyOf = bound
	}
	return a
}

// IsNobody reports whether the rule names nobody at all, whoever is in the
// group. Exceptions do not count: a rule that takes away all whom it names is
// found out when it is resolved.
func (a Audience) IsNobody() bool {
	return !a.Everyone && !a.Sender && len(a.Roles) == 0 && len(a.Users) == 0 &&
		!slices.ContainsFunc(a.AnyOf, func(x Audience) bool { return !x.IsNobody() })
}

// ErrNobody says that an audience or a list of recipients names nobody. It is
// never taken to mean everybody.
var ErrNobody = errors.New("names nobody")

// maxAudienceDepth bounds AnyOf within AnyOf, since audiences come from outside.
const maxAudienceDepth = 8

// Validate reports unknown roles, impossible user ids, and a rule that names
// nobody ([ErrNobody]).
func (a Audience) Validate() error {
	// The depth first: IsNobody has no bound of its own, and a rule built in Go
	// can contain itself.
	if err := a.validate(maxAudienceDepth); err != nil {
		return err
	}
	if a.IsNobody() {
		return fmt.Errorf("the audience %w", ErrNobody)
	}
	return nil
}

func (a Audience) validate(depth int) error {
	if depth == 0 {
		return fmt.Errorf("an audience is nested deeper than %d", maxAudienceDepth)
	}
	for _, r := range a.Roles {
		if err := r.Validate(); err != nil {
			return err
		}
	}
	for _, ids := range [][]UserID{a.Users, a.Except} {
		for _, u := range ids {
			if err := u.Validate(); err != nil {
				return err
			}
		}
	}
	for _, x := range a.AnyOf {
		if err := x.validate(depth - 1); err != nil {
			return err
		}
	}
	return nil
}
