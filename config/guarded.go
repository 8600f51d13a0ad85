package config

import (
	"regexp"
	"slices"
	"strings"
	"unicode"

	"gopkg.in/yaml.v3"
)

// secretMarks are the beginnings by which the makers of secrets mark them.
var secretMarks = []string{
	"whsec_", "whsk_", "sk_live_", "sk_test_", "rk_live_", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "glpat-",
	"xoxa-", "xoxb-", "xoxp-", "xapp-", "shpat_", "shpss_", "-----BEGIN ",
}

// isSecret reports whether s is a secret, by its mark. It has no place in the
// file, whatever it was meant for.
func isSecret(s string) bool {
	return slices.ContainsFunc(secretMarks, func(mark string) bool { return strings.HasPrefix(s, mark) })
}

// Long runs of characters in which secrets are written, and in which names are
// not: those have dashes and low lines in them.
var (
	run      = regexp.MustCompile(`[A-Za-z0-9+/=]{20,}`)
	dashedIn = regexp.MustCompile(`[A-Za-z0-9+/=_-]{20,}`)
)

// guarded reports whether s may be a secret, so that it is not repeated. It
// says so too often rather than too seldom.
func guarded(s string) bool {
	return isSecret(s) || slices.ContainsFunc(run.FindAllString(s, -1), mixed) ||
		slices.ContainsFunc(dashedIn.FindAllString(s, -1), func(s string) bool { return 4*digits(s) >= len(s) })
}

// mixed reports whether there are both letters and digits.
func mixed(s string) bool { return digits(s) > 0 && strings.ContainsFunc(s, unicode.IsLetter) }

func digits(s string) (n int) {
	for _, c := range s {
		if unicode.IsDigit(c) {
			n++
		}
	}
	return n
}

// overlap is how much of a secret words may repeat, in bytes.
const overlap = 8

// tells reports whether words hold a part of something under n that may be a
// secret.
func tells(words string, n *yaml.Node) bool {
	if n.Kind == yaml.ScalarNode && guarded(n.Value) {
		for i := 0; i+overlap <= len(n.Value); i++ {
			if strings.Contains(words, n.Value[i:i+overlap]) {
				return true
			}
		}
	}
	return slices.ContainsFunc(n.Content, func(n *yaml.Node) bool { return tells(words, n) })
}
