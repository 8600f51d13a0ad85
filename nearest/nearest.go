// Package nearest finds the known name that was probably meant by a misspelt
// one, for error messages that help.
package nearest

import "strings"

// Name returns the known name that was probably meant, or "". Letter case,
// dashes and blanks make no difference.
func Name(name string, known []string) string {
	best, found := 3, ""
	for _, k := range known {
		// One slip in a short name, two in a long one.
		if d := distance(fold(name), fold(k)); d < best && d <= max(1, len(k)/3) {
			best, found = d, k
		}
	}
	return found
}

// fold makes names equal that differ in letter case, dashes and blanks only.
func fold(s string) string { return dashes.Replace(strings.ToLower(s)) }

var dashes = strings.NewReplacer("-", "_", " ", "_")

// distance counts the letters to add, drop, change or swap with their
// neighbour to make b of a. It stops counting at 3.
func distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	if len(x) > len(y)+2 || len(y) > len(x)+2 {
		return 3
	}
	rows := make([][]int, len(x)+1)
	for i := range rows {
		rows[i] = make([]int, len(y)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(x); i++ {
		for j := 1; j <= len(y); j++ {
			change := 1
			if x[i-1] == y[j-1] {
				change = 0
			}
			rows[i][j] = min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+change)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return min(rows[len(x)][len(y)], 3)
}
