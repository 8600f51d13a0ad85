package config

import (
	"slices"
	"strings"

	"github.com/botd-chat/botd/nearest"
)

// among is a remedy for a name that is not known. What may be a secret is not
// among those it tells.
func among(name string, known []string) string {
	known = slices.DeleteFunc(slices.Clone(known), guarded)
	slices.Sort(known)
	if n := nearest.Name(name, known); n != "" {
		return "did you mean " + n + "?"
	}
	return "have " + strings.Join(known, ", ")
}
