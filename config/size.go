package config

import (
	"fmt"
	"regexp"
	"strconv"

	"gopkg.in/yaml.v3"
)

var (
	sizeForm = regexp.MustCompile(`^([1-9][0-9]{0,6})(KB|MB|GB|TB)$`)
	units    = []struct {
		name  string
		bytes int64
	}{{"TB", 1e12}, {"GB", 1e9}, {"MB", 1e6}, {"KB", 1e3}}
)

// size reads a number of bytes with its unit, of which each is a thousand of
// the one before. The example is one that makes sense there.
func (r *reader) size(p place, least, most int64, example string) int64 {
	if p.describes(func(s *schema) {
		within(s, sized(least), sized(most))
		matching(s, sizeForm, example)
	}) {
		return 0
	}
	want := fmt.Sprintf("it must be a size from %s to %s, such as %s", sized(least), sized(most), example)
	if p.node.Kind == yaml.ScalarNode && (p.node.Tag == "!!int" || p.node.Tag == "!!float") {
		r.problem(p, "is a number without a unit", want)
		return 0
	}
	s, ok := r.text(p)
	if !ok {
		return 0
	}
	m := sizeForm.FindStringSubmatch(s)
	if m == nil {
		r.problem(p, "is no size", want)
		return 0
	}
	n, _ := strconv.ParseInt(m[1], 10, 64) // seven digits are one
	for _, u := range units {
		if u.name == m[2] {
			n *= u.bytes
		}
	}
	if n < least || n > most {
		r.problem(p, "is out of range", want)
		return 0
	}
	return n
}

// sized writes a number of bytes in the largest unit of which it has whole ones.
func sized(n int64) string {
	for _, u := range units {
		if n >= u.bytes && n%u.bytes == 0 {
			return fmt.Sprintf("%d%s", n/u.bytes, u.name)
		}
	}
	return strconv.FormatInt(n, 10)
}
