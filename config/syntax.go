package config

import (
	"bytes"
	"errors"
	"regexp"
	"strconv"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v4"
)

// The library that reads a configuration says in which line it gave up, and no
// more. Its successor says where and why, so a file that is no YAML is read once
// more by that, to explain it.

// slip is a mistake of YAML that people make, as the library finds it.
type slip struct {
	found   string // how its message begins
	context string // what it was reading, if that matters
	what    string // what is wrong, for a person
	remedy  string
	begun   bool // the place to look at is where what it was reading begins
}

// slips are looked through in their order. What is in none of them is told in
// the library's words.
var slips = []slip{
	{found: "found a tab character", what: "a tab stands where blanks are wanted", remedy: "indent with blanks"},
	{found: "found character that cannot start any token", what: "a value begins with a character that YAML keeps for itself, such as @, %, ` or a tab", remedy: "put the value in quotes, as in \"@TGS#2QUIZROOM1\""},
	{found: "did not find expected alphabetic or numeric", what: "a value begins with * or &, which YAML keeps for itself", remedy: "put the value in quotes"},
	{found: "mapping values are not allowed", what: "a colon stands where no key can be", remedy: "check the indentation of this line and the one before; put a text with a colon in it in quotes"},
	{found: "could not find expected ':'", what: "this line is no key: value", remedy: "write a colon and a blank after the key", begun: true},
	{found: "did not find expected ',' or ']'", what: "a list begins here and does not end", remedy: "close it with ], and put a text with brackets in quotes", begun: true},
	{found: "did not find expected ',' or '}'", what: "a mapping begins here and does not end", remedy: "close it with }, and put a text with braces in quotes", begun: true},
	{found: "found unexpected end of stream", context: "quoted", what: "quotes begin here and do not end", remedy: "close them; a text with ' in it goes into double quotes", begun: true},
	{found: "did not find expected key", context: "block mapping", what: "this line does not fit its neighbours", remedy: "give the keys of one mapping the same indentation, and nothing after quotes that are closed"},
	{found: "did not find expected '-' indicator", what: "this line does not fit the list before it", remedy: "begin each item with a dash and a blank, all with the same indentation"},
	{found: "found unknown escape character", what: "a backslash in double quotes begins something that there is not", remedy: "use single quotes, or write the backslash twice"},
	{found: "control characters are not allowed", what: "a control character stands here", remedy: "save the file as UTF-8 text, and take the character out"},
	{found: "block sequence entries are not allowed", what: "a list begins where none can be", remedy: "begin it in a line of its own, below its key"},
	{found: "unknown anchor", what: "an alias (*name) points nowhere", remedy: "write the value itself, in quotes if it begins with *"},
	{found: "exceeded max depth", what: "this is nested too deep to be read", remedy: "flatten it"},
	{found: "did not find expected node content", what: "a value is missing here, or begins with what cannot begin one", remedy: "write it, in quotes if it begins with a sign; if the file is a template, render it first"},
	{found: "found incompatible YAML", what: "this is another version of YAML", remedy: "take the line out"},
}

// inQuotes is what the library repeats of a file, such as the name of a tag.
var inQuotes = regexp.MustCompile(`'[^']{2,}'`)

// syntax explains why the file is not YAML. What the library repeats of the file
// is not told, since it may be a secret.
func (r *reader) syntax(data []byte, err error) (place, bool) {
	e := explain(data)
	if e == nil {
		return r.unexplained(err)
	}
	for _, s := range slips {
		if strings.HasPrefix(e.Message, s.found) && strings.Contains(e.ContextMsg, s.context) {
			return r.at(data, e, s.begun, s.what, s.remedy)
		}
	}
	return r.at(data, e, false, "this is not YAML: "+inQuotes.ReplaceAllString(e.Message, "'…'"), "check colons, quotes and indentation here and in the lines before")
}

// inLine is all that the reading library says about a place.
var inLine = regexp.MustCompile(`^yaml: line (\d+): (.*)$`)

// unexplained is for what is a mistake to one library and not to the other.
func (r *reader) unexplained(err error) (place, bool) {
	const what, remedy = "this is not YAML", "check colons, quotes and indentation"
	m := inLine.FindStringSubmatch(err.Error())
	if m == nil {
		return r.unreadable(0, 0, what, remedy)
	}
	line, _ := strconv.Atoi(m[1])
	switch {
	case strings.Contains(m[2], "expected <document start>"):
		return r.unreadable(line, 1, "the document ends here, and more follows", "take the line ... out")
	case strings.HasPrefix(m[2], "did not find expected"): // which repeats nothing of the file
		return r.unreadable(line, 1, what+": "+m[2], remedy+" here and in the lines before")
	}
	return r.unreadable(line, 1, what+": "+inQuotes.ReplaceAllString(m[2], "'…'"), remedy+" here and in the lines before")
}

// explain finds the first mistake of a file; nil if it is one to another reader
// alone.
func explain(data []byte) (found *yaml.LoadError) {
	defer func() {
		if recover() != nil {
			found = nil
		}
	}()
	d := yaml.NewDecoder(bytes.NewReader(data))
	for {
		if err := d.Decode(new(yaml.Node)); err != nil {
			found, _ = errors.AsType[*yaml.LoadError](err)
			return found
		}
	}
}

// at is unreadable at the place of an error, or where what was being read begins.
func (r *reader) at(data []byte, e *yaml.LoadError, begun bool, what, remedy string) (place, bool) {
	mark := e.Mark
	if begun && e.ContextMark.Line > 0 {
		mark = e.ContextMark
	}
	if mark.Line == 0 { // what no text may hold is found before lines are counted
		mark.Line, mark.Column = lineOf(data, func(c rune) bool { return unicode.IsControl(c) && c != '\n' && c != '\r' && c != '\t' }), 1
	}
	return r.unreadable(mark.Line, mark.Column, what, remedy)
}

// lineOf is the line of the first such character, and else the last.
func lineOf(data []byte, is func(rune) bool) int {
	if i := bytes.IndexFunc(data, is); i >= 0 {
		data = data[:i]
	}
	return 1 + bytes.Count(data, []byte("\n"))
}
