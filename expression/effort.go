package expression

import (
	"errors"
	"reflect"
	"regexp"
	"regexp/syntax"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/builtin"
)

// An expression is the operator's and a payload is a stranger's. A loop of one step
// over a long list that joins, or looks through, a long text takes as long as both
// of them multiplied, and as much memory. So what an expression looks at is counted
// while it runs.

// mostSeen is how much an expression may look at when it is run, in bytes of texts
// and items of lists: a few of the largest payloads.
const mostSeen = 64 << 20

// errTooMuch ends an expression that would go beyond. It quotes nothing.
var errTooMuch = errors.New("it would do too much")

// errNotOurs refuses an expression that calls one of our functions itself.
var errNotOurs = errors.New("this function is not for expressions")

// The names by which a compiled expression counts; nobody can write the first one,
// which is no name.
const (
	effortName = "effort of this run"
	seen       = "__seen"
	seenText   = "__seenText"
	seenDeep   = "__seenDeep"
	matches    = "__matches"
)

// effort is what one run has looked at.
type effort struct{ seen int }

func (e *effort) add(n int) error {
	if e.seen += n; e.seen > mostSeen {
		return errTooMuch
	}
	return nil
}

// counted has an expression count.
var counted = []expr.Option{
	expr.Function(seen, count, new(func(any, any) any)),
	expr.Function(seenText, count, new(func(any, any) string)),
	expr.Function(seenDeep, func(args ...any) (any, error) {
		e, ok := args[0].(*effort)
		if !ok {
			return nil, errNotOurs
		}
		return args[1], e.add(deepSize(args[1], mostSeen))
	}, new(func(any, any) any)),
	expr.Function(matches, matched, new(func(any, any, any) bool)),
	bounded("repeat", func(args []any) int { return product(textLen(args[0]), args[1]) }),
	bounded("join", func(args []any) int {
		n := deepSize(args[0], mostSeen)
		if len(args) > 1 {
			n += product(textLen(args[1]), sizeOf(args[0]))
		}
		return n
	}),
	bounded("replace", func(args []any) int { return product(textLen(args[0])+1, textLen(args[2])) }),
	expr.Patch(counter{}),
}

// bounded is a function of the library that makes a text of two that can both be
// long: one that could become too long is not begun.
func bounded(name string, size func(args []any) int) expr.Option {
	lib := builtin.Builtins[builtin.Index[name]]
	types := make([]any, len(lib.Types))
	for i, t := range lib.Types {
		types[i] = reflect.New(t).Interface()
	}
	return expr.Function(name, func(args ...any) (result any, err error) {
		if size(args) > mostSeen {
			return nil, errTooMuch
		}
		if lib.Safe != nil {
			result, _, err = lib.Safe(args...)
			return result, err
		}
		return lib.Func(args...)
	}, types...)
}

func textLen(v any) int {
	s, _ := v.(string)
	return len(s)
}

// product is a times b, or more than there may be.
func product(a int, b any) int {
	n, ok := b.(int)
	if !ok || a <= 0 || n <= 0 {
		return 0 // and what is no number, the library refuses
	}
	if n > mostSeen/a {
		return mostSeen + 1
	}
	return a * n
}

// count is the value that it is given, second, after the effort.
func count(args ...any) (any, error) {
	e, ok := args[0].(*effort)
	if !ok {
		return nil, errNotOurs
	}
	return args[1], e.add(sizeOf(args[1]))
}

func sizeOf(v any) int {
	switch v := v.(type) {
	case string:
		return len(v)
	case []any:
		return len(v)
	case []string:
		return len(v)
	case map[string]any:
		return len(v)
	}
	return 1
}

// maxPattern is how long a pattern can be that is not written out.
const maxPattern = 1000

// matched is "matches" with a pattern that is known when it is run. What it takes is
// the text multiplied by the parts of the pattern, of which {1000} makes many.
func matched(args ...any) (any, error) {
	e, is := args[0].(*effort)
	text, a := args[1].(string)
	pattern, b := args[2].(string)
	if !is || !a || !b {
		return nil, errors.New("matches wants two texts")
	}
	if len(pattern) > maxPattern {
		return nil, errTooMuch
	}
	re, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return nil, err
	}
	p, err := syntax.Compile(re.Simplify())
	if err != nil {
		return nil, err
	}
	if err := e.add(product(len(p.Inst), len(text)+1)); err != nil {
		return nil, err
	}
	r, err := regexp.Compile(pattern)
	if err != nil {
		return nil, err
	}
	return r.MatchString(text), nil
}

// deepSize is the size of a value with all that is in it, or more than most. What is
// there in many places counts in each: a list of a thousand times one text is short,
// and what is written of it is not.
func deepSize(v any, most int) int {
	n := sizeOf(v)
	switch v := v.(type) {
	case []any:
		for _, x := range v {
			if n > most {
				break
			}
			n += deepSize(x, most-n)
		}
	case []string:
		for _, x := range v {
			n += len(x)
		}
	case map[string]any:
		for key, x := range v {
			if n > most {
				break
			}
			n += len(key) + deepSize(x, most-n)
		}
	}
	return n
}

// deep are the functions that go through all that is in what they are given.
var deep = map[string]bool{"flatten": true, "toJSON": true, "string": true, "uniq": true}

// counter puts count around whatever an operator or a function is given, and makes,
// that may be long.
type counter struct{}

// Visit is called for children first.
func (counter) Visit(n *ast.Node) {
	switch x := (*n).(type) {
	case *ast.BinaryNode:
		counter{}.operands(n, x)
	case *ast.BuiltinNode:
		if deep[x.Name] && len(x.Arguments) > 0 && !isConstant(x.Arguments[0]) {
			patch(&x.Arguments[0], seenDeep, reflect.TypeFor[any](), x.Arguments[0])
		}
		counter{}.function(n, x.Arguments)
	case *ast.CallNode:
		counter{}.function(n, x.Arguments)
	}
}

func (counter) operands(n *ast.Node, x *ast.BinaryNode) {
	switch x.Operator {
	case "==", "!=":
		if many(x.Left) && many(x.Right) && !isConstant(x.Left) && !isConstant(x.Right) {
			patch(&x.Left, seenDeep, reflect.TypeFor[any](), x.Left)
		}
	case "+":
		if long(x.Left) && long(x.Right) { // else one of them is a number, or such
			counts(&x.Left)
			counts(&x.Right)
		}
	case "matches":
		if !isConstant(x.Right) {
			patch(n, matches, reflect.TypeFor[bool](), x.Left, x.Right)
			return
		}
		counts(&x.Left)
	case "contains", "startsWith", "endsWith":
		counts(&x.Left)
	case "in":
		counts(&x.Right)
	}
}

func (counter) function(n *ast.Node, args []ast.Node) {
	for i := range args {
		counts(&args[i])
	}
	counts(n)
}

// long reports whether a value may be a text or a list, as far as is known.
func long(n ast.Node) bool {
	if _, loop := n.(*ast.PredicateNode); loop {
		return false
	}
	t := n.Type()
	return t == nil || t.Kind() == reflect.Interface || t.Kind() == reflect.String
}

// many reports whether a value may be long, or a list or an object.
func many(n ast.Node) bool {
	return long(n) || n.Type() != nil && (n.Type().Kind() == reflect.Slice || n.Type().Kind() == reflect.Map)
}

func counts(n *ast.Node) {
	if !long(*n) || isConstant(*n) {
		return
	}
	by, t := seen, reflect.TypeFor[any]()
	if k := (*n).Type(); k != nil && k.Kind() == reflect.String {
		by, t = seenText, reflect.TypeFor[string]()
	}
	patch(n, by, t, *n)
}

// patch puts a call of one of our functions in the place of a node.
func patch(n *ast.Node, name string, gives reflect.Type, args ...ast.Node) {
	args = append([]ast.Node{&ast.IdentifierNode{Value: effortName}}, args...)
	ast.Patch(n, &ast.CallNode{Callee: &ast.IdentifierNode{Value: name}, Arguments: args})
	(*n).SetType(gives)
}
