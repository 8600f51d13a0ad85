package config

import "strings"

// or joins names as in "a, b or c".
func or(names []string) string { return join(names, " or ") }

// and joins names as in "a, b and c".
func and(names []string) string { return join(names, " and ") }

func join(names []string, last string) string {
	n := len(names) - 1
	if n < 1 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:n], ", ") + last + names[n]
}
