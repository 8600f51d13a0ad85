package expression

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"time"

	"github.com/expr-lang/expr/ast"
)

// children are the nodes right below n, to be looked at or replaced.
func children(n ast.Node) []*ast.Node {
	switch x := n.(type) {
	case *ast.UnaryNode:
		return []*ast.Node{&x.Node}
	case *ast.BinaryNode:
		return []*ast.Node{&x.Left, &x.Right}
	case *ast.ChainNode:
		return []*ast.Node{&x.Node}
	case *ast.MemberNode:
		return []*ast.Node{&x.Node, &x.Property}
	case *ast.SliceNode:
		return present(&x.Node, &x.From, &x.To)
	case *ast.CallNode:
		return append([]*ast.Node{&x.Callee}, each(x.Arguments)...)
	case *ast.BuiltinNode:
		return each(x.Arguments)
	case *ast.PredicateNode:
		return []*ast.Node{&x.Node}
	case *ast.ConditionalNode:
		return []*ast.Node{&x.Cond, &x.Exp1, &x.Exp2}
	case *ast.VariableDeclaratorNode:
		return []*ast.Node{&x.Value, &x.Expr}
	case *ast.SequenceNode:
		return each(x.Nodes)
	case *ast.ArrayNode:
		return each(x.Nodes)
	case *ast.MapNode:
		return each(x.Pairs)
	case *ast.PairNode:
		return []*ast.Node{&x.Key, &x.Value}
	}
	return nil // a name or a constant
}

func each(list []ast.Node) []*ast.Node {
	all := make([]*ast.Node, len(list))
	for i := range list {
		all[i] = &list[i]
	}
	return all
}

func present(list ...*ast.Node) (all []*ast.Node) {
	for _, n := range list {
		if *n != nil {
			all = append(all, n)
		}
	}
	return all
}

func isConstant(n ast.Node) bool {
	switch n.(type) {
	case *ast.NilNode, *ast.BoolNode, *ast.StringNode, *ast.IntegerNode, *ast.FloatNode:
		return true
	}
	return false
}

// constant is a value as an expression has it.
func constant(v any) (ast.Node, error) {
	switch v := v.(type) {
	case nil:
		return &ast.NilNode{}, nil
	case bool:
		return &ast.BoolNode{Value: v}, nil
	case string:
		return &ast.StringNode{Value: v}, nil
	case int:
		return whole(v), nil
	case float64:
		return number(v)
	case []any:
		return list(v)
	case map[string]any:
		return object(v)
	case time.Time:
		return moment(v), nil
	case time.Duration:
		return span(v), nil
	}
	return nil, fmt.Errorf("the result is %s, which cannot stand in an expression", Kind(v))
}

func whole(v int) ast.Node {
	if v < 0 {
		return &ast.UnaryNode{Operator: "-", Node: &ast.IntegerNode{Value: -v}}
	}
	return &ast.IntegerNode{Value: v}
}

func number(v float64) (ast.Node, error) {
	switch {
	case math.IsNaN(v) || math.IsInf(v, 0):
		return nil, fmt.Errorf("the result is no number")
	case v == math.Trunc(v) && math.Abs(v) < 1<<53:
		return whole(int(v)), nil
	case v < 0:
		return &ast.UnaryNode{Operator: "-", Node: &ast.FloatNode{Value: -v}}, nil
	}
	return &ast.FloatNode{Value: v}, nil
}

func list(v []any) (ast.Node, error) {
	array := &ast.ArrayNode{Nodes: []ast.Node{}}
	for _, x := range v {
		n, err := constant(x)
		if err != nil {
			return nil, err
		}
		array.Nodes = append(array.Nodes, n)
	}
	return array, nil
}

func object(v map[string]any) (ast.Node, error) {
	m := &ast.MapNode{Pairs: []ast.Node{}}
	for _, key := range slices.Sorted(maps.Keys(v)) {
		n, err := constant(v[key])
		if err != nil {
			return nil, err
		}
		m.Pairs = append(m.Pairs, &ast.PairNode{Key: &ast.StringNode{Value: key}, Value: n})
	}
	return m, nil
}
