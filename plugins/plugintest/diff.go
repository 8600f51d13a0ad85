package plugintest

import (
	"fmt"
	"slices"
	"strings"
)

// around is how many equal lines are shown beside a difference.
const around = 2

// diff shows what must be taken from want and added to it to have got, with
// the numbers of the lines in want.
func diff(want, got []string) string {
	var all []string
	var changed []bool
	add := func(mark string, n int, text string) {
		number := ""
		if n > 0 {
			number = fmt.Sprint(n)
		}
		all = append(all, fmt.Sprintf("%s%5s  %s", mark, number, text))
		changed = append(changed, mark != " ")
	}
	common := suffixes(want, got)
	i, j := 0, 0
	for i < len(want) || j < len(got) {
		switch {
		case i < len(want) && j < len(got) && want[i] == got[j]:
			add(" ", i+1, want[i])
			i, j = i+1, j+1
		case j == len(got) || i < len(want) && common[i+1][j] >= common[i][j+1]:
			add("-", i+1, want[i])
			i++
		default:
			add("+", 0, got[j])
			j++
		}
	}
	return near(all, changed)
}

// suffixes tells for each i and j how many lines a[i:] and b[j:] have in
// common, in order.
func suffixes(a, b []string) [][]int {
	n := make([][]int, len(a)+1)
	for i := range n {
		n[i] = make([]int, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i] == b[j] {
				n[i][j] = n[i+1][j+1] + 1
			} else {
				n[i][j] = max(n[i+1][j], n[i][j+1])
			}
		}
	}
	return n
}

// near leaves out what is far from every change.
func near(all []string, changed []bool) string {
	var shown strings.Builder
	last := -1
	for i, l := range all {
		if !slices.Contains(changed[max(0, i-around):min(len(all), i+around+1)], true) {
			continue
		}
		if i > last+1 {
			shown.WriteString("       …\n")
		}
		shown.WriteString(l + "\n")
		last = i
	}
	return shown.String()
}
