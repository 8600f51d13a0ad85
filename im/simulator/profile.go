package simulator

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// maxOwn is how many custom fields a member has, and maxOwnKey and maxOwnValue how long
// their keys and values are at most (product/1047/34381).
const (
	maxOwn      = 5
	maxOwnKey   = 16
	maxOwnValue = 64
)

// Profile is what there is about a member beside the role; what is not given stays as
// it is.
type Profile struct {
	NameCard *string           `json:"name_card"`
	Fields   map[string]string `json:"fields"` // custom ones; those that are not named stay
	Joined   time.Time         `json:"joined"`
	Spoke    time.Time         `json:"spoke"` // the last message, which later ones move on
}

// SetProfile changes what there is about a member. Apps are told of a new name card.
func (s *Simulator) SetProfile(group, user string, p Profile) error {
	return s.change("change what is known of", group, user, func(g *groupMember) error {
		if g.member == nil {
			return errNoMember
		}
		own, err := g.member.owning(p.Fields)
		if err != nil {
			return err
		}
		g.member.own = own
		if p.NameCard != nil && *p.NameCard != g.member.card {
			g.member.card = *p.NameCard
			s.tellMember(g.group, byApp(user), user, entry{"NameCard": g.member.card})
		}
		if !p.Joined.IsZero() {
			g.member.joined = p.Joined
		}
		if !p.Spoke.IsZero() {
			g.member.lastSent = p.Spoke
		}
		return nil
	})
}

// owning is the member's custom fields with these.
func (m *member) owning(fields map[string]string) (map[string]string, error) {
	own := maps.Clone(m.own)
	for key, value := range fields {
		if key == "" || len(key) > maxOwnKey || len(value) > maxOwnValue {
			return nil, fmt.Errorf("custom field %q: a key has 1 to %d bytes, and a value up to %d", key, maxOwnKey, maxOwnValue)
		}
		if own == nil {
			own = map[string]string{}
		}
		own[key] = value
	}
	if len(own) > maxOwn {
		return nil, fmt.Errorf("a member has %d custom fields at most", maxOwn)
	}
	return own, nil
}

// ownEntry is one of them under its names on the wire.
type ownEntry struct{ Key, Value string }

// ownOf are those of a member that are asked for, as far as they are set.
func (q memberQuery) ownOf(m *member) []ownEntry {
	list := []ownEntry{}
	for _, key := range slices.Sorted(maps.Keys(m.own)) {
		if slices.Contains(q.own, key) {
			list = append(list, ownEntry{key, m.own[key]})
		}
	}
	return list
}

// readOwn reads the custom fields that a call sets.
func readOwn(f fields) (map[string]string, error) {
	raw, given := f["AppMemberDefinedData"]
	if !given {
		return nil, nil
	}
	var list []ownEntry
	if json.Unmarshal(raw, &list) != nil {
		return nil, refuse(10004, "AppMemberDefinedData is not an array of Key and Value")
	}
	own := map[string]string{}
	for _, x := range list {
		own[x.Key] = x.Value
	}
	return own, nil
}

// fact reads what the page says of a member: card=Ann, team=red, spoke=2026-11-27T09:00:00Z.
func fact(text string) (p Profile, err error) {
	name, value, ok := strings.Cut(text, "=")
	name, value = strings.TrimSpace(name), strings.TrimSpace(value)
	switch {
	case !ok || name == "":
		return p, fmt.Errorf("%q is not of the form team=red, card=Ann or spoke=2026-11-27T09:00:00Z", text)
	case name == "card":
		p.NameCard = &value
	case name == "joined":
		p.Joined, err = time.Parse(time.RFC3339, value)
	case name == "spoke":
		p.Spoke, err = time.Parse(time.RFC3339, value)
	default:
		p.Fields = map[string]string{name: value}
	}
	return p, err
}
