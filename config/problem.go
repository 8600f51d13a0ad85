package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Problem is one thing that is wrong with a configuration, or, as a warning,
// one that is allowed and probably not meant.
type Problem struct {
	File   string
	Line   int    // from 1; zero when the problem has no place in the file
	Column int    // from 1; zero as Line
	Path   string // of the key, as "bots.quiz.on.answers"; empty for the file as a whole
	What   string // what is wrong; never a secret or what a variable holds
	Remedy string // what to do about it; may be empty
	// Excerpt is lines that show the place within a text, with a caret under it;
	// empty where the value is short. Like What it never holds a secret.
	Excerpt string
}

// String is the problem in one line, place, reason and remedy, and below it the
// excerpt.
func (p Problem) String() string {
	var b strings.Builder
	b.WriteString(p.File)
	if p.Line > 0 {
		fmt.Fprintf(&b, ":%d:%d", p.Line, p.Column)
	}
	b.WriteString(": ")
	if p.Path != "" {
		b.WriteString(p.Path + ": ")
	}
	b.WriteString(p.What)
	if p.Remedy != "" {
		b.WriteString("; " + p.Remedy)
	}
	if p.Excerpt != "" {
		b.WriteString("\n" + p.Excerpt)
	}
	return b.String()
}

// maxShown is how many problems are printed. A file with more is not a
// configuration with mistakes but something else.
const maxShown = 100

// Problems is everything wrong with a configuration, in the order of the file.
type Problems []Problem

// Error is one line for each problem.
func (ps Problems) Error() string {
	lines := make([]string, 0, len(ps))
	for i, p := range ps {
		if i == maxShown {
			lines = append(lines, fmt.Sprintf("%s: and %d more problems", p.File, len(ps)-i))
			break
		}
		lines = append(lines, p.String())
	}
	return strings.Join(lines, "\n")
}

// sort puts the problems in the order of the file, and what was found in the
// same place in the order in which it was found.
func (ps Problems) sort() {
	slices.SortStableFunc(ps, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
}
