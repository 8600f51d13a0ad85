package chat

import (
	"fmt"
	"slices"
)

// Clone is a copy of the message that shares nothing with it, so that whoever made
// it may go on to change it. What cannot be copied, since it stands within itself or
// would not be the same in JSON, is an error; else the copy is as right or wrong as
// the message is. Empty lists come back as nil.
func (m Message) Clone() (Message, error) {
	var err error
	if m.To, err = m.To.clone(maxAudienceDepth); err != nil {
		return Message{}, err
	}
	if !m.Expires.IsZero() {
		if _, err := m.Expires.MarshalText(); err != nil {
			return Message{}, fmt.Errorf("expires: %w", err)
		}
		m.Expires = m.Expires.Round(0) // without the reading of a monotonic clock
	}
	m.Elements = cloneElements(m.Elements)
	if err := m.cloneRenderings(); err != nil {
		return Message{}, err
	}
	if m.Report != nil {
		r := *m.Report
		r.Data = copied(r.Data)
		m.Report = &r
	}
	return m, nil
}

// clone copies the rule, and the rules in it down to a depth.
func (a Audience) clone(depth int) (Audience, error) {
	if depth == 0 {
		return Audience{}, errTooDeep
	}
	a.Roles, a.Users, a.Except, a.AnyOf = copied(a.Roles), copied(a.Users), copied(a.Except), copied(a.AnyOf)
	var err error
	for i, x := range a.AnyOf {
		if a.AnyOf[i], err = x.clone(depth - 1); err != nil {
			return Audience{}, err
		}
	}
	if a.Within != nil {
		within, err := a.Within.clone(depth - 1)
		if err != nil {
			return Audience{}, err
		}
		a.Within = &within
	}
	return a, nil
}

func cloneElements(list []Element) []Element {
	list = copied(list)
	for i, e := range list {
		list[i] = e.clone()
	}
	return list
}

func (e Element) clone() Element {
	e = Element{pointed(e.Text), pointed(e.Custom), pointed(e.Image), pointed(e.File), pointed(e.Location), pointed(e.Face)}
	if e.Image != nil {
		e.Image.Sizes = copied(e.Image.Sizes)
	}
	return e
}

// pointed is a pointer to a copy; nil for nil.
func pointed[T any](p *T) *T {
	if p == nil {
		return nil
	}
	own := *p
	return &own
}

// copied is a copy of a list; nil for an empty one.
func copied[S ~[]E, E any](list S) S {
	if len(list) == 0 {
		return nil
	}
	return slices.Clone(list)
}
