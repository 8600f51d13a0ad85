package bots

import (
	"errors"
	"fmt"
	"strings"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/parser"
	"github.com/expr-lang/expr/vm"
)

// An expression is read from the operator's file and held against payloads
// from outside, so its work is bounded in what it may create (expr's memory
// budget), in length, and in depth: a loop within a loop over a long list is
// the one way to make it slow, and is refused when the file is read.
const maxExpressionNodes = 200

// scope is what an expression can see.
type scope struct {
	Payload any `expr:"payload"`
}

// CheckExpression reports what is wrong with a group: or sender: expression.
func CheckExpression(source string) error {
	_, err := compile(source)
	return err
}

func compile(source string) (*vm.Program, error) {
	program, err := expr.Compile(source, expr.Env(scope{}), expr.MaxNodes(maxExpressionNodes))
	if err != nil {
		return nil, fmt.Errorf("the expression %q does not compile: %w", source, err)
	}
	tree, err := parser.Parse(source)
	if err != nil {
		return nil, fmt.Errorf("the expression %q does not compile: %w", source, err)
	}
	if loops(tree.Node) > 1 {
		return nil, fmt.Errorf("the expression %q has a loop within a loop, whose work has no bound; use one at a time", source)
	}
	return program, nil
}

// loops is how deep predicates stand within predicates.
func loops(n ast.Node) int {
	d := depth{}
	ast.Walk(&n, &d)
	return d.deepest
}

// depth counts, for each predicate it is shown, those within it.
type depth struct{ deepest int }

// Visit is called for children first.
func (d *depth) Visit(n *ast.Node) {
	p, ok := (*n).(*ast.PredicateNode)
	if !ok {
		return
	}
	d.deepest = max(d.deepest, 1+loops(p.Node))
}

// evaluate runs an expression, which must give a string that is not empty.
// Errors leave the payload's values out: they end in logs and in answers.
func evaluate(program *vm.Program, payload any) (string, error) {
	result, err := expr.Run(program, scope{payload})
	if err != nil {
		return "", fmt.Errorf("cannot be worked out on this payload%s", where(err))
	}
	switch text := result.(type) {
	case nil:
		return "", errors.New("the payload has nothing there")
	case string:
		if text == "" {
			return "", errors.New("the text there is empty")
		}
		return text, nil
	}
	return "", fmt.Errorf("the result is a %T and not a text; write string(…) around it if that is meant", result)
}

// where is expr's own message if it speaks of names and types only.
func where(err error) string {
	var located *file.Error
	if errors.As(err, &located) && strings.HasPrefix(located.Message, "cannot fetch ") {
		return ": " + located.Message
	}
	return ""
}
