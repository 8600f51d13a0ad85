package plugintest

import (
	"fmt"
	"slices"
	"strings"
)

// around is how many equal lines are shown beside a difference.
const around = 2

// change is a line of a difference.
type change struct {
	mark   byte // ' ', '-' as written, '+' as played, '*' what it means for people
	number int  // of the line as written; 0 for others
	text   string
}

func (c change) String() string {
	number := ""
	if c.number > 0 {
		number = fmt.Sprint(c.number)
	}
	return strings.TrimRight(fmt.Sprintf("%c%5s  %s", c.mark, number, c.text), " ")
}

// diff shows what must be taken from want and added to it to have got, with
// the numbers of the lines in want, and who saw what they must not, or did not.
func diff(want, got []string) string {
	var all []change
	common := suffixes(want, got)
	i, j := 0, 0
	for i < len(want) || j < len(got) {
		switch {
		case i < len(want) && j < len(got) && want[i] == got[j]:
			all = append(all, change{' ', i + 1, want[i]})
			i, j = i+1, j+1
		case j == len(got) || i < len(want) && common[i+1][j] >= common[i][j+1]:
			all = append(all, change{'-', i + 1, want[i]})
			i++
		default:
			all = append(all, change{'+', 0, got[j]})
			j++
		}
	}
	return near(people(all))
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
func near(all []change) string {
	var shown strings.Builder
	last := -1
	for i, l := range all {
		beside := all[max(0, i-around):min(len(all), i+around+1)]
		if !slices.ContainsFunc(beside, func(c change) bool { return c.mark != ' ' }) {
			continue
		}
		if i > last+1 {
			shown.WriteString("       …\n")
		}
		shown.WriteString(l.String() + "\n")
		last = i
	}
	return shown.String()
}
