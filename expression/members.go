package expression

import (
	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/parser"
)

// Members lists what an expression asks of a name by constant names: of vars in
// "id in vars.oncall" it is oncall. What is asked for with ?. may be missing, and
// is not listed. For a text that is no expression it lists nothing.
func Members(source, name string) []string {
	tree, err := parser.Parse(source)
	if err != nil {
		return nil
	}
	m := members{name: name}
	ast.Walk(&tree.Node, &m)
	return m.found
}

type members struct {
	name  string
	found []string
}

// Visit notes a member of the name.
func (m *members) Visit(n *ast.Node) {
	of, ok := (*n).(*ast.MemberNode)
	if !ok || of.Optional {
		return
	}
	id, named := of.Node.(*ast.IdentifierNode)
	property, constant := of.Property.(*ast.StringNode)
	if named && constant && id.Value == m.name {
		m.found = append(m.found, property.Value)
	}
}
