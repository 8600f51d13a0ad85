package plugintest

import (
	"fmt"
	"strings"
)

// step is a line with the lines that continue it.
type step struct {
	line int      // from 1
	raw  []string // as written
	verb string   // "group", ">", "+" …; empty for a comment
	rest string   // what follows the verb, continued
}

// headers are the verbs of the lines that stand before the first event.
var headers = []string{"plugin", "use", "bot", "options", "time", "group"}

// parse splits a transcript into its steps. What is written of the answers is
// left out, because it is about to be played.
func parse(written []string) ([]step, error) {
	var steps []step
	answer := false // the last line was part of an answer
	for i, l := range written {
		switch {
		case l != "" && strings.ContainsRune("<!@=", rune(l[0])):
			answer = true
			continue
		case !strings.HasPrefix(l, "|"):
			answer = false
			verb, rest, err := split(l)
			if err != nil {
				return nil, fmt.Errorf("line %d: %w", i+1, err)
			}
			steps = append(steps, step{i + 1, []string{l}, verb, rest})
		case answer:
		case len(steps) == 0 || steps[len(steps)-1].verb == "":
			return nil, fmt.Errorf("line %d: there is nothing for | to continue", i+1)
		default:
			last := &steps[len(steps)-1]
			last.raw = append(last.raw, l)
			last.rest += "\n" + strings.TrimPrefix(strings.TrimPrefix(l, "|"), " ")
		}
	}
	return steps, nil
}

// split takes the verb from a line.
func split(l string) (verb, rest string, err error) {
	if l == "" || l[0] == '#' {
		return "", "", nil
	}
	if strings.ContainsRune(">+~%", rune(l[0])) {
		return l[:1], strings.TrimSpace(l[1:]), nil
	}
	verb, rest, _ = strings.Cut(l, " ")
	for _, h := range headers {
		if verb == h {
			return verb, strings.TrimSpace(rest), nil
		}
	}
	return "", "", fmt.Errorf("%.40q is no line of a transcript: it begins with one of > < ! @ = + ~ %% | #, or with %s", l, strings.Join(headers, ", "))
}
