package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

// document parses the file and refuses whatever of YAML is not needed: it is
// what makes two readers of one file disagree.
func (r *reader) document(data []byte) (place, bool) {
	switch {
	case len(data) > MaxSize:
		return r.unreadable(0, 0, fmt.Sprintf("the file is larger than %d bytes", MaxSize), "a configuration is small; is this the right file?")
	case bytes.HasPrefix(data, []byte("\xff\xfe")), bytes.HasPrefix(data, []byte("\xfe\xff")):
		return r.unreadable(1, 1, "the file is UTF-16", "save it as UTF-8")
	case !utf8.Valid(data):
		return r.unreadable(badLine(data), 1, "the file is not UTF-8", "save it as UTF-8 text")
	case len(bytes.TrimSpace(data)) == 0:
		return r.empty()
	}
	d := yaml.NewDecoder(bytes.NewReader(data))
	root, err := next(d)
	switch {
	case errors.Is(err, io.EOF):
		return r.empty()
	case err != nil:
		return r.syntax(data, err)
	}
	second, err := next(d)
	switch {
	case err == nil:
		return r.unreadable(second.Line, 1, "a second document begins here", "put everything into one, without ---")
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

func (r *reader) empty() (place, bool) {
	return r.unreadable(0, 0, "the file is empty", "begin with the sample: botd's config/bots.yaml")
}

// unreadable reports what is wrong with the file as a whole, or where it cannot
// be read any further.
func (r *reader) unreadable(line, column int, what, remedy string) (place, bool) {
	r.problems = append(r.problems, Problem{File: r.file, Line: line, Column: column, What: what, Remedy: remedy})
	return place{}, false
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
