package plugintest

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/botd-chat/botd/chat"
)

// facts cuts what is known of a member, such as team=red, off the words about them.
func facts(words []string) (who, known []string) {
	for _, word := range words {
		if strings.Contains(word, "=") {
			known = append(known, word)
		} else {
			who = append(who, word)
		}
	}
	return who, known
}

// know gives a member what is known of them.
func know(m *chat.Member, known []string) (err error) {
	for _, word := range known {
		if m.Profile == nil {
			m.Profile = &chat.Profile{}
		}
		name, value, _ := strings.Cut(word, "=")
		switch f := chat.Fact(name); f {
		case chat.Card:
			m.Name = value
		case chat.Joined:
			m.Profile.Joined, err = time.Parse(time.RFC3339, value)
		case chat.Spoke:
			m.Profile.Spoke, err = time.Parse(time.RFC3339, value)
		default:
			if err = chat.OwnFact(name).Validate(); err == nil {
				m.Profile.Fields = with(m.Profile.Fields, name, value)
			}
		}
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

func with(fields map[string]string, key, value string) map[string]string {
	own := maps.Clone(fields)
	if own == nil {
		own = map[string]string{}
	}
	own[key] = value
	return own
}

// tellAll says of all members what is known of one: what is not there is nothing.
func tellAll(members []chat.Member) {
	told := []chat.Fact{chat.Card, chat.Joined, chat.Spoke}
	for _, m := range members {
		if m.Profile == nil {
			continue
		}
		for key := range m.Profile.Fields {
			told = append(told, chat.OwnFact(key))
		}
	}
	if !slices.ContainsFunc(members, func(m chat.Member) bool { return m.Profile != nil }) {
		return
	}
	for i := range members {
		if members[i].Profile == nil {
			members[i].Profile = &chat.Profile{}
		}
		members[i].Profile.Told = chat.NewFacts(told...)
	}
}
