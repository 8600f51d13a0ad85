package config

import "strings"

// or joins names, as in "a, b or c".
func or(names []string) string { return join(names, " or ") }

// and joins names, as in "a, b and c".
func and(names []string) string { return join(names, " and ") }

func join(names []string, last string) string {
	n := len(names) - 1
	if n == 0 {
		return names[0]
	}
	return strings.Join(names[:n], ", ") + last + names[n]
}

// texts are names as plain text, and anyOf as values of JSON.
func texts[T ~string](names []T) []string {
	all := make([]string, 0, len(names))
	for _, n := range names {
		all = append(all, string(n))
	}
	return all
}

func anyOf[T ~string](names []T) []any {
	all := make([]any, 0, len(names))
	for _, n := range names {
		all = append(all, string(n))
	}
	return all
}
