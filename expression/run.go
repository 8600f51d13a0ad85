package expression

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"strings"
	"time"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/file"
)

// Run works the expression out. Values are those of its names, as [Decode] makes
// them; a name without a value is nil. Errors leave the values out.
func (p *Program) Run(values map[string]any) (any, error) {
	if p.counts {
		values = maps.Clone(values)
		if values == nil {
			values = map[string]any{}
		}
		values[effortName] = new(effort)
	}
	result, err := expr.Run(p.program, values)
	if err != nil {
		return nil, fmt.Errorf("cannot be worked out%s", trouble(err))
	}
	return result, nil
}

// Text runs an expression that must give a string that is not empty.
func (p *Program) Text(values map[string]any) (string, error) {
	result, err := p.Run(values)
	if err != nil {
		return "", err
	}
	switch text := result.(type) {
	case nil:
		return "", errors.New("there is nothing there")
	case string:
		if text == "" {
			return "", errors.New("the text there is empty")
		}
		return text, nil
	}
	return "", fmt.Errorf("the result is %s and not a text; write string(…) around it if that is meant", Kind(result))
}

// Truth runs an expression that must give true or false; there is nothing that
// counts as either.
func (p *Program) Truth(values map[string]any) (bool, error) {
	result, err := p.Run(values)
	if err != nil {
		return false, err
	}
	truth, ok := result.(bool)
	if !ok {
		return false, fmt.Errorf("the result is %s and not true or false", Kind(result))
	}
	return truth, nil
}

// Kind says in words what sort of value an expression gave: "a text", "a list".
func Kind(v any) string {
	switch v.(type) {
	case nil:
		return "nothing"
	case string:
		return "a text"
	case bool:
		return "true or false"
	case int, float64:
		return "a number"
	case []any:
		return "a list"
	case map[string]any:
		return "an object"
	case time.Time:
		return "a time"
	case time.Duration:
		return "a duration"
	}
	return fmt.Sprintf("a %T", v)
}

// trouble says what went wrong over the values, as far as that speaks of kinds
// and places only: the library's own words may quote a value.
func trouble(err error) string {
	var at *file.Error
	if !errors.As(err, &at) {
		return ""
	}
	what := ""
	if m := at.Message; errors.Is(at.Prev, errTooMuch) {
		what = ": " + errTooMuch.Error()
	} else if m == "memory budget exceeded" {
		what = ": it would create too much"
	} else if at.Prev == nil { // else it is of a function, which quotes its arguments
		what = ": " + own(m)
	}
	return fmt.Sprintf("%s (%d:%d)", what, at.Line, at.Column+1)
}

// own puts the machine's own words into ours.
func own(m string) string {
	_, from, fetched := strings.Cut(m[max(0, strings.LastIndex(m, " from ")):], " from ")
	switch {
	case strings.HasPrefix(m, "cannot ") && fetched && from == "<nil>":
		return "there is nothing to look into"
	case strings.HasPrefix(m, "cannot ") && fetched:
		return kinds.Replace(from) + " has no such part"
	case strings.HasPrefix(m, "invalid operation: bool("):
		return "true or false is needed here"
	case conversion.MatchString(m): // which quotes what it was given
		return "a number is needed here"
	case strings.HasPrefix(m, "invalid operation: "):
		return kinds.Replace(m)
	case strings.HasPrefix(m, "index out of range"):
		return "the list is shorter"
	}
	return "an operation does not fit what is there"
}

var conversion = regexp.MustCompile(`^invalid operation: \w+\(`)

// kinds puts Go's names of types into words.
var kinds = strings.NewReplacer("<nil>", "nothing", "map[string]interface {}", "an object", "[]interface {}", "a list",
	"time.Time", "a time", "time.Duration", "a duration", "string", "a text", "int", "a number", "float64", "a number")
