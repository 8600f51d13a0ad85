package audience

import (
	"fmt"
	"strings"

	"github.com/botd-chat/botd/chat"
)

// nobody is the description of a rule that names nobody.
const nobody = "nobody"

// maxNamed is how many users a description spells out.
const maxNamed = 5

// Describe says a rule in words, for reasons and pages: "owner, admin, user cy,
// but not user bo", "everyone, within (owner, user cy), where id != \"bo\"".
func Describe(a chat.Audience) string {
	var parts []string
	if a.Everyone {
		parts = append(parts, "everyone")
	}
	for _, r := range a.Roles {
		parts = append(parts, string(r))
	}
	parts = append(parts, users(a.Users)...)
	if a.Sender {
		parts = append(parts, "the sender")
	}
	for _, x := range a.AnyOf {
		parts = append(parts, inner(x)...)
	}
	if len(parts) == 0 {
		return nobody
	}
	text := strings.Join(parts, ", ")
	if len(a.Except) > 0 {
		text += ", but not " + strings.Join(users(a.Except), ", ")
	}
	if a.Within != nil {
		text += ", within (" + Describe(*a.Within) + ")"
	}
	if a.Where != "" {
		text += ", where " + brief(a.Where)
	}
	return text
}

// inner describes one of a union. It stands in brackets if something is taken away
// from it, since that does not reach into the others.
func inner(a chat.Audience) []string {
	text := Describe(a)
	switch {
	case text == nobody:
		return nil
	case len(a.Except) > 0, a.Within != nil, a.Where != "":
		return []string{"(" + text + ")"}
	}
	return []string{text}
}

func users(ids []chat.UserID) []string {
	var parts []string
	for i, id := range ids {
		if i == maxNamed {
			return append(parts, fmt.Sprintf("%d more users", len(ids)-i))
		}
		parts = append(parts, "user "+plain(string(id)))
	}
	return parts
}

// plain quotes an id that could be taken for something else in a sentence.
func plain(id string) string {
	if id == "" || strings.ContainsFunc(id, func(r rune) bool { return r <= ' ' || r == ',' || r == '"' || r > '~' }) {
		return fmt.Sprintf("%q", id)
	}
	return id
}
