package expression

import (
	"errors"
	"fmt"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/parser"
)

// Settle works out what an expression says of names whose values are known now, and
// leaves what it says of the open ones: "admin and id in vars.oncall" becomes
// "admin and id in ["bo", "dee"]". What comes out speaks of open names alone and
// means what the expression meant.
//
// Whatever can be worked out is, so that it fails here rather than later. Only what
// does not count is passed over: behind an and, or, ?? or ?: that is decided.
func Settle(source string, values map[string]any, open Names) (string, error) {
	tree, err := parser.Parse(source)
	if err != nil {
		return "", misread(err, open)
	}
	s := settler{values: values, known: Names{}, open: open}
	for name := range values {
		s.known[name] = Any
	}
	n, err := s.settle(tree.Node)
	if err != nil {
		return "", err
	}
	return written(n)
}

type settler struct {
	values map[string]any
	known  Names
	open   Names
}

// settle is n with all that can be worked out in place of what says it.
func (s *settler) settle(n ast.Node) (ast.Node, error) {
	if isConstant(n) {
		return n, nil
	}
	if s.closed(n, nil, false) {
		return s.evaluate(n)
	}
	if chosen, err := s.choose(n); chosen != nil || err != nil {
		return chosen, err
	}
	for _, child := range children(n) {
		settled, err := s.settle(*child)
		if err != nil {
			return nil, err
		}
		*child = settled
	}
	return n, nil
}

// choose follows an operator whose first part is worked out and decides which of
// the others counts; nil is no such one.
func (s *settler) choose(n ast.Node) (ast.Node, error) {
	switch x := n.(type) {
	case *ast.BinaryNode:
		return s.decide(x)
	case *ast.ConditionalNode:
		if !s.closed(x.Cond, nil, false) {
			return nil, nil
		}
		first, err := s.truth(x.Cond)
		switch {
		case err != nil:
			return nil, err
		case first:
			return s.settle(x.Exp1)
		}
		return s.settle(x.Exp2)
	}
	return nil, nil
}

func (s *settler) decide(x *ast.BinaryNode) (ast.Node, error) {
	var or bool
	switch x.Operator {
	case "and", "&&":
	case "or", "||":
		or = true
	case "??":
		return s.orElse(x)
	default:
		return nil, nil
	}
	left, err := s.settle(x.Left)
	if err != nil {
		return nil, err
	}
	if truth, decided := left.(*ast.BoolNode); decided && truth.Value == or {
		return truth, nil
	} else if decided {
		return s.settle(x.Right)
	}
	if isConstant(left) {
		return nil, fmt.Errorf("%s is not true or false", x.Left)
	}
	x.Left = left
	x.Right, err = s.settle(x.Right)
	return x, err
}

// orElse is what stands before the ??, if there is something, else what follows.
func (s *settler) orElse(x *ast.BinaryNode) (ast.Node, error) {
	if !s.closed(x.Left, nil, false) {
		return nil, nil
	}
	left, err := s.evaluate(x.Left)
	if err != nil {
		return nil, err
	}
	if _, nothing := left.(*ast.NilNode); nothing {
		return s.settle(x.Right)
	}
	return left, nil
}

func (s *settler) truth(n ast.Node) (bool, error) {
	v, err := s.run(n)
	if err != nil {
		return false, err
	}
	truth, ok := v.(bool)
	if !ok {
		return false, fmt.Errorf("%s is %s and not true or false", n, Kind(v))
	}
	return truth, nil
}

func (s *settler) evaluate(n ast.Node) (ast.Node, error) {
	v, err := s.run(n)
	if err != nil {
		return nil, err
	}
	c, err := constant(v)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", n, err)
	}
	return c, nil
}

func (s *settler) run(n ast.Node) (any, error) {
	source, err := written(n)
	if err != nil {
		return nil, err
	}
	p, err := Compile(source, s.known)
	if err != nil {
		return nil, err
	}
	v, err := p.Run(s.values)
	if err != nil {
		return nil, fmt.Errorf("%s %w", source, err)
	}
	return v, nil
}

// closed reports whether n can be worked out by itself: it speaks of known names
// alone, and of what is declared or looped over within it.
func (s *settler) closed(n ast.Node, declared []string, loop bool) bool {
	switch x := n.(type) {
	case *ast.IdentifierNode:
		for _, name := range declared {
			if name == x.Value {
				return true
			}
		}
		_, open := s.open[x.Value]
		_, known := s.known[x.Value]
		return known && !open
	case *ast.PointerNode:
		return loop
	case *ast.PredicateNode:
		return s.closed(x.Node, declared, true)
	case *ast.VariableDeclaratorNode:
		return s.closed(x.Value, declared, loop) && s.closed(x.Expr, append(declared[:len(declared):len(declared)], x.Name), loop)
	}
	below := children(n)
	if calls(n) != "" {
		below = below[1:] // the name of the function, which is known
	}
	for _, child := range below {
		if !s.closed(*child, declared, loop) {
			return false
		}
	}
	return true
}

// errPrinting says that the library cannot write an expression so that it reads as
// the same one. It never goes out as another one.
var errPrinting = errors.New("cannot be written out again; write it in a simpler way")

// written is an expression as text that was read again and found to be the same.
func written(n ast.Node) (string, error) {
	source := n.String()
	again, err := parser.Parse(source)
	if err != nil || ast.Dump(again.Node) != ast.Dump(n) {
		return "", errPrinting // without the text, which may hold values
	}
	return source, nil
}
