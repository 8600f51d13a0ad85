package expression

import (
	"errors"
	"fmt"
	"strings"

	"github.com/expr-lang/expr/file"

	"github.com/botd-chat/botd/nearest"
)

// Error is what is wrong with an expression, and where.
type Error struct {
	Message string // "unknown name admn; did you mean admin?"
	Line    int    // from 1
	Column  int    // from 1, in characters
	Text    string // the line of the expression
}

// Error shows the place with a caret, in three lines.
func (e *Error) Error() string {
	shown := strings.ReplaceAll(e.Text, "\t", " ")
	return fmt.Sprintf("%s (%d:%d)\n | %s\n | %s^", e.Message, e.Line, e.Column, shown, strings.Repeat(" ", e.Column-1))
}

// misread makes an Error of what the library says about a text.
func misread(err error, names Names) error {
	var at *file.Error
	if !errors.As(err, &at) || at.Line < 1 {
		return err
	}
	e := &Error{Message: at.Message, Line: at.Line, Column: at.Column + 1}
	if _, text, ok := strings.Cut(at.Snippet, "\n | "); ok {
		e.Text, _, _ = strings.Cut(text, "\n")
	}
	if name, ok := strings.CutPrefix(at.Message, "unknown name "); ok {
		e.Message += meant(name, names)
	}
	return e
}

// meant is what was probably meant by a name that is not there.
func meant(name string, names Names) string {
	if near := nearest.Name(name, names.list()); near != "" {
		return "; did you mean " + near + "?"
	}
	if len(names) == 0 {
		return ""
	}
	return "; have " + strings.Join(names.list(), ", ")
}
