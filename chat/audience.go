package chat

import (
	"errors"
	"fmt"
	"slices"
	"unicode/utf8"
)

// Audience is a rule for who may see a message. It says whom, and the host
// finds out who that is when the message is sent. The zero value is nobody.
//
// The first five fields add up: a member is in it who has one of the Roles, or is
// among the Users, or is the sender, or is in one of AnyOf. The others take away:
// out is who is named in Except, or is not in Within, or does not meet Where; with
// these alone it is nobody.
// Only members of the group are ever in an audience, Everyone included.
type Audience struct {
	Everyone bool       `json:"everyone,omitempty" yaml:"everyone"`
	Roles    []Role     `json:"roles,omitempty"    yaml:"roles"`
	Users    []UserID   `json:"users,omitempty"    yaml:"users"`
	Sender   bool       `json:"sender,omitempty"   yaml:"sender"` // whoever caused the event
	AnyOf    []Audience `json:"any_of,omitempty"   yaml:"any_of"`
	Except   []UserID   `json:"except,omitempty"   yaml:"except"`
	// Within is another audience that a member has to be in too; nil asks for nothing.
	Within *Audience `json:"within,omitempty" yaml:"within"`
	// Where is an expression that is asked once for each member and has to be true;
	// empty asks for nothing. It speaks of id, role, owner, admin (true of the owner
	// too) and member (true of all), and of what is written in it. Package audience
	// asks it; one that cannot be asked lets nobody in.
	Where string `json:"where,omitempty" yaml:"where"`
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

// Among is those of the audience who are in the other one too.
func (a Audience) Among(other Audience) Audience {
	if a.Within != nil {
		other = a.Within.Among(other)
	}
	a.Within = &other
	return a
}

// Bind replaces Sender by that user, so that the rule means the same whenever
// it is read. With no sender, Sender is nobody. Validate a rule from outside
// first: Bind follows AnyOf and Within as deep as they go.
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
	if a.Within != nil {
		within := a.Within.Bind(sender)
		a.Within = &within
	}
	return a
}

// IsNobody reports whether the rule names nobody at all, whoever is in the
// group: it has nobody to begin with, or its Within has. Exceptions and Where do
// not count: a rule that takes away all whom it names is found out when it is
// resolved.
func (a Audience) IsNobody() bool {
	if a.Within != nil && a.Within.IsNobody() {
		return true
	}
	return !a.Everyone && !a.Sender && len(a.Roles) == 0 && len(a.Users) == 0 &&
		!slices.ContainsFunc(a.AnyOf, func(x Audience) bool { return !x.IsNobody() })
}

// ErrNobody says that an audience or a list of recipients names nobody. It is
// never taken to mean everybody.
var ErrNobody = errors.New("names nobody")

// maxAudienceDepth bounds audiences within audiences, since they come from outside.
const maxAudienceDepth = 8

var errTooDeep = fmt.Errorf("an audience is nested deeper than %d", maxAudienceDepth)

// MaxWhere is how many bytes [Audience.Where] may have.
const MaxWhere = 16 << 10

// Validate reports unknown roles, impossible user ids, a Where that is too long or
// not UTF-8, and a rule that names nobody ([ErrNobody]). It does not read Where.
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
		return errTooDeep
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
	if len(a.Where) > MaxWhere || !utf8.ValidString(a.Where) {
		return fmt.Errorf("where: is no text of at most %d bytes", MaxWhere)
	}
	for _, x := range a.inner() {
		if err := x.validate(depth - 1); err != nil {
			return err
		}
	}
	return nil
}

// inner are the audiences that stand in this one.
func (a Audience) inner() []Audience {
	if a.Within == nil {
		return a.AnyOf
	}
	return append(slices.Clip(a.AnyOf), *a.Within)
}
