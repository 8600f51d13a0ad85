package config

import (
	"slices"
	"strings"

	"github.com/botd-chat/botd/nearest"
)

// among is a remedy for a name that is not known.
func among(name string, known []string) string {
	known = slices.Clone(known)
	slices.Sort(known)
	if n := nearest.Name(name, known); n != "" {
		return "did you mean " + n + "?"
	}
	return "have " + strings.Join(known, ", ")
}
