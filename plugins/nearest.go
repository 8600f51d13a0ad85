package plugins

import (
	"fmt"
	"strings"
)

// suggest ends a sentence about an unknown name: with the known one it was
// probably meant to be, and with all that there are.
func suggest(name string, known []string) string {
	have := "have " + strings.Join(known, ", ")
	if len(known) == 0 {
		have = "there are none"
	}
	best, distance := "", len(name)/3+1
	for _, k := range known { // one edit in three letters is still the same word
		if d := edits(strings.ToLower(name), strings.ToLower(k)); d < distance {
			best, distance = k, d
		}
	}
	if best == "" {
		return have
	}
	return fmt.Sprintf("did you mean %s? %s", best, have)
}

// edits is how many bytes must be inserted, deleted or replaced to turn a into b.
func edits(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(diagonal+cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
