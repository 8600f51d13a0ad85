package expression

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/parser"
)

// CheckSettled reports what is wrong with an expression that is to be settled and
// then to be a condition: it is true or false, and what it does with open names is
// what a condition may do. How much that will be is known when it is settled.
func CheckSettled(source string, known, open Names) error {
	both := maps.Clone(known)
	maps.Copy(both, open)
	if _, err := CompileTruth(source, both); err != nil {
		return err
	}
	tree, err := parser.Parse(source)
	if err != nil {
		return misread(err, both)
	}
	c := asked{settler{known: known, open: open}}
	return c.check(tree.Node, nil, false)
}

// asked looks at what is left of an expression when it is settled.
type asked struct{ settler }

func (c *asked) check(n ast.Node, declared []string, loop bool) error {
	if c.closed(n, declared, loop) {
		return nil
	}
	switch x := n.(type) {
	case *ast.BuiltinNode:
		if err := c.function(x, declared, loop); err != nil {
			return err
		}
	case *ast.BinaryNode:
		if x.Operator == ".." {
			return fmt.Errorf("%s cannot be asked of each member; compare with < and >", n)
		}
	case *ast.CallNode:
		if name := calls(x); !ofCalendar[name] {
			return fmt.Errorf("%s cannot be asked of each member", n)
		}
	case *ast.PredicateNode:
		loop = true
	case *ast.VariableDeclaratorNode:
		declared = append(declared[:len(declared):len(declared)], x.Name)
	}
	for _, child := range children(n) {
		if err := c.check(*child, declared, loop); err != nil {
			return err
		}
	}
	return nil
}

func (c *asked) function(x *ast.BuiltinNode, declared []string, loop bool) error {
	if !cheap[x.Name] {
		return fmt.Errorf("%s(…) cannot be asked of each member; have %s", x.Name, strings.Join(slices.Sorted(maps.Keys(cheap)), ", "))
	}
	if len(x.Arguments) < 2 {
		return nil
	}
	_, loops := x.Arguments[1].(*ast.PredicateNode)
	_, list := x.Arguments[0].(*ast.ArrayNode)
	if loops && !list && !c.closed(x.Arguments[0], declared, loop) {
		return fmt.Errorf("%s(…) cannot be asked of each member over a list that has to do with the member", x.Name)
	}
	return nil
}
