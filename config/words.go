package config

import "strings"

// or joins two names or more, names as in "a, b or c".
func or(names []string) string { return join(names, " or ") }

// and joins two names or more, names as in "a, b and c".
func and(names []string) string { return join(names, " and ") }

func join(names []string, last string) string {
	n := len(names) - 1
	return strings.Join(names[:n], ", ") + last + names[n]
}
