package expression

import (
	"errors"
	"fmt"
	"slices"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/builtin"
	"github.com/expr-lang/expr/parser"
)

// MaxCondition is how many bytes a condition may have. It is longer than other
// expressions are, because it can hold a list of people.
const MaxCondition = 16 << 10

// maxWork is how much a condition may do each time it is asked: its parts, those
// within a loop once for each item.
const maxWork = 10_000

// CompileCondition reads an expression that is true or false and is asked
// thousands of times, once for each member of a group. So it may do little: it has
// the functions that look at one text or one time, and loops over lists that stand in it.
func CompileCondition(source string, names Names) (*Program, error) {
	if len(source) > MaxCondition {
		return nil, fmt.Errorf("a condition has at most %d bytes, and this one has %d", MaxCondition, len(source))
	}
	once := new(fixed)
	options := slices.Concat([]expr.Option{expr.Env(names.known()), expr.MaxNodes(maxWork), expr.Patch(once)}, calendar, costly)
	program, err := expr.Compile(source, options...)
	switch {
	case once.wrong != nil:
		return nil, once.wrong
	case err != nil:
		return nil, misread(err, names)
	}
	tree, err := parser.Parse(source)
	if err != nil {
		return nil, misread(err, names)
	}
	if err := named(tree.Node); err != nil {
		return nil, err
	}
	switch n, err := work(tree.Node); {
	case err != nil:
		return nil, err
	case n > maxWork:
		return nil, fmt.Errorf("a condition may do %d steps each time it is asked, and this one would do up to %d; write less into its lists or its loops", maxWork, n)
	}
	p := &Program{source, program, false}
	return p, p.truthful()
}

// cheap are the functions that a condition can have.
var cheap = map[string]bool{
	"len": true, "lower": true, "upper": true, "trim": true, "trimPrefix": true, "trimSuffix": true, "hasPrefix": true, "hasSuffix": true,
	"indexOf": true, "lastIndexOf": true, "string": true, "int": true, "first": true, "last": true, "get": true, "float": true,
	"date": true, "duration": true,
	"all": true, "any": true, "none": true, "one": true, "count": true, "find": true, "findIndex": true,
}

// costly takes the other functions away.
var costly = func() (off []expr.Option) {
	for _, f := range builtin.Builtins {
		if !cheap[f.Name] {
			off = append(off, expr.DisableBuiltin(f.Name))
		}
	}
	return off
}()

// work is how many steps n takes at most.
func work(n ast.Node) (steps int, err error) {
	w := &worker{}
	ast.Walk(&n, w)
	return w.steps, w.err
}

type worker struct {
	steps int
	err   error
}

// Visit is called for children first, so the parts within a loop have been counted
// once when the loop is met.
func (w *worker) Visit(n *ast.Node) {
	w.steps++
	switch x := (*n).(type) {
	case *ast.BinaryNode:
		if x.Operator == ".." && w.err == nil {
			w.err = errors.New("a condition has no ranges such as 1..5; write the list out, or compare with < and >")
		}
	case *ast.BuiltinNode:
		if x.Name == "now" && w.err == nil {
			w.err = errors.New("now is a time and no function; write it without brackets")
		}
		w.loop(x)
	}
}

func (w *worker) loop(x *ast.BuiltinNode) {
	for _, a := range x.Arguments {
		p, ok := a.(*ast.PredicateNode)
		if !ok {
			continue
		}
		list, ok := x.Arguments[0].(*ast.ArrayNode)
		if !ok && w.err == nil {
			w.err = fmt.Errorf("a condition loops over lists that are written out and nothing else: %s(…)", x.Name)
		}
		inside, err := work(p.Node)
		if w.err == nil {
			w.err = err
		}
		if ok {
			w.steps = min(w.steps+inside*len(list.Nodes), 2*maxWork)
		}
	}
}
