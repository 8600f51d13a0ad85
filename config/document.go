package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

// document parses the file and refuses whatever of YAML is not needed: it is
// what makes two readers of one file disagree.
func (r *reader) document(data []byte) (place, bool) {
	switch {
	case len(data) > MaxSize:
		return r.unreadable(0, fmt.Sprintf("the file is larger than %d bytes", MaxSize), "a configuration is small; is this the right file?")
	case !utf8.Valid(data):
		return r.unreadable(badLine(data), "the file is not UTF-8", "save it as UTF-8")
	}
	d := yaml.NewDecoder(bytes.NewReader(data))
	root, err := next(d)
	switch {
	case errors.Is(err, io.EOF):
		return r.unreadable(0, "the file is empty", "begin with the sample: botd's config/bots.yaml")
	case err != nil:
		return r.syntax(data, err)
	}
	second, err := next(d)
	switch {
	case err == nil:
		return r.unreadable(second.Line, "a second document begins here", "put everything into one, without ---")
	case !errors.Is(err, io.EOF):
		return r.syntax(data, err)
	}
	top := place{node: root.Content[0], key: root.Content[0]}
	r.unusable = map[*yaml.Node]bool{}
	r.plain(top, 0)
	return top, !r.unusable[top.node]
}

// next reads one document. The library is known to have panicked on odd files
// and its repository is archived, so a panic is taken for the syntax error that
// it is.
func next(d *yaml.Decoder) (n *yaml.Node, err error) {
	defer func() {
		if p := recover(); p != nil {
			n, err = nil, errors.New("yaml: the file cannot be parsed")
		}
	}()
	n = new(yaml.Node)
	if err := d.Decode(n); err != nil {
		return nil, err
	}
	if len(n.Content) == 0 {
		return nil, io.EOF
	}
	return n, nil
}

func (r *reader) unreadable(line int, what, remedy string) (place, bool) {
	p := Problem{File: r.file, Line: line, What: what, Remedy: remedy}
	if line > 0 {
		p.Column = 1
	}
	r.problems = append(r.problems, p)
	return place{}, false
}

var yamlError = regexp.MustCompile(`^yaml: (?:line (\d+): )?(.*)$`)

// syntax reports what the YAML library found, save that the name of an alias is not
// repeated: it may be a secret that begins with *.
func (r *reader) syntax(data []byte, err error) (place, bool) {
	m := yamlError.FindStringSubmatch(err.Error())
	if m == nil {
		return r.unreadable(0, "this is not YAML", "check colons, quotes and indentation")
	}
	line, _ := strconv.Atoi(m[1])
	switch what := m[2]; {
	case strings.HasPrefix(what, "unknown anchor"):
		return r.unreadable(lineOf(data, "*"+strings.Split(what+"''", "'")[1]), "an alias (*name) points nowhere", "write the value itself, in quotes if it begins with *")
	default:
		return r.unreadable(line, "this is not YAML: "+what, "check colons, quotes and indentation here and in the lines before")
	}
}

// lineOf is the first line that holds s, or 0.
func lineOf(data []byte, s string) int {
	before, _, found := bytes.Cut(data, []byte(s))
	if !found {
		return 0
	}
	return 1 + bytes.Count(before, []byte("\n"))
}

// badLine is the line of the first byte that is not UTF-8.
func badLine(data []byte) int {
	line := 1
	for len(data) > 0 {
		c, n := utf8.DecodeRune(data)
		if c == utf8.RuneError && n == 1 {
			break
		}
		if c == '\n' {
			line++
		}
		data = data[n:]
	}
	return line
}
