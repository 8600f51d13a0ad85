package chat

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Fact is something about a member beside who they are and in which role. It is read
// where a rule asks for it, and nowhere else.
type Fact string

// The facts. One that the application keeps itself is made by [OwnFact].
const (
	Card   Fact = "card"   // the name card in the group
	Joined Fact = "joined" // since when they are in the group
	Spoke  Fact = "spoke"  // when they wrote last in the group
)

// ownFacts begins the facts that the application keeps of a member, in custom fields of
// the chat service.
const ownFacts = "fields."

// OwnFact is what the application keeps of a member under a key.
func OwnFact(key string) Fact { return Fact(ownFacts + key) }

// Own is the key of a fact that the application keeps.
func (f Fact) Own() (key string, ok bool) { return strings.CutPrefix(string(f), ownFacts) }

// maxFactKey and maxFacts bound what a rule makes botd ask for: the chat service keeps
// five fields of a member (product/1047/34381).
const (
	maxFactKey = 32
	maxFacts   = 20
)

// Validate reports what is no fact.
func (f Fact) Validate() error {
	key, own := f.Own()
	strange := func(r rune) bool {
		return r != '_' && r != '-' && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
	}
	switch {
	case f == Card || f == Joined || f == Spoke:
		return nil
	case !own:
		return fmt.Errorf("no fact %.40q; have card, joined, spoke, and fields.KEY", string(f))
	case key == "" || len(key) > maxFactKey || strings.ContainsFunc(key, strange):
		return fmt.Errorf("fields.%.40s: a key has up to %d letters, digits, _ and -", key, maxFactKey)
	}
	return nil
}

// Facts are some of them: sorted, each once.
type Facts []Fact

// NewFacts sorts facts and drops repeats.
func NewFacts(list ...Fact) Facts {
	own := slices.Clone(list)
	slices.Sort(own)
	return slices.Compact(own)
}

// Has reports whether f is one of them.
func (fs Facts) Has(f Fact) bool { return slices.Contains(fs, f) }

// Keys are the keys of those that the application keeps.
func (fs Facts) Keys() (keys []string) {
	for _, f := range fs {
		if key, own := f.Own(); own {
			keys = append(keys, key)
		}
	}
	return keys
}

// Validate reports what is no fact, and too many of them.
func (fs Facts) Validate() error {
	if len(fs) > maxFacts {
		return fmt.Errorf("%d facts about each member; at most %d can be asked for", len(fs), maxFacts)
	}
	for _, f := range fs {
		if err := f.Validate(); err != nil {
			return err
		}
	}
	return nil
}

// Profile is what was read of a member beside their role: as much as was asked for.
type Profile struct {
	Told   Facts     `json:"told"` // what was asked for, and so is known
	Joined time.Time `json:"joined,omitzero"`
	Spoke  time.Time `json:"spoke,omitzero"` // zero: never, if it is known
	// Fields are what the application keeps; one that is not there, or has no text, is
	// left out.
	Fields map[string]string `json:"fields,omitempty"`
}

// Told is what is known of a member beside their role and name card.
func (m Member) Told() Facts {
	if m.Profile == nil {
		return nil
	}
	return m.Profile.Told
}

// Tells is what was read of a member, of one fact, as text; nothing is empty.
func (m Member) Tells(f Fact) string {
	if f == Card {
		return m.Name
	}
	if m.Profile == nil {
		return ""
	}
	switch key, own := f.Own(); {
	case own:
		return m.Profile.Fields[key]
	case f == Joined:
		return written(m.Profile.Joined)
	case f == Spoke:
		return written(m.Profile.Spoke)
	}
	return ""
}

func written(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}
