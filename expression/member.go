package expression

import (
	"fmt"
	"strings"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/parser"
)

// OfMember are what can be asked of a member of a group: their id, their role as a word,
// and whether they are the owner, an admin (as the owner is too) and a member (as all
// are); their name card, which is nothing for those who have none; when they joined, and when
// they wrote last, which is nothing for those who never did; what the application keeps of them, by its key, as in
// fields.team, which may be nothing, too; and now, the time as of which it is asked.
var OfMember = Names{
	"id": Text, "role": Text, "owner": Truth, "admin": Truth, "member": Truth,
	"card": Any, "joined": Any, "spoke": Any, "fields": Any, "now": Any,
}

// CompileMember is [CompileCondition] for what is asked of the members of a group.
func CompileMember(source string) (*Program, error) {
	p, err := CompileCondition(source, OfMember)
	if err != nil {
		return nil, err
	}
	if _, other := Parts(source, "fields"); other {
		return nil, fmt.Errorf("of fields one is asked for by its name, as in fields.team")
	}
	return p, nil
}

// factual are the names under which a member is asked for more than who they are.
var factual = []string{"card", "joined", "spoke", "fields"}

// Facts are what an expression asks of a member beside who they are and in which role:
// card, joined, spoke, and fields.team of what the application keeps.
func Facts(source string) (facts []string) {
	for _, name := range factual {
		if !strings.Contains(source, name) { // most need not be read
			continue
		}
		parts, other := Parts(source, name)
		if name != "fields" && (other || len(parts) > 0) {
			facts = append(facts, name)
		}
		if name == "fields" {
			for _, key := range parts {
				facts = append(facts, "fields."+key)
			}
		}
	}
	return facts
}

// Parts lists what an expression asks of a name by constant names, in any way: of fields
// in "fields.team == 'red' or fields?.seat == nil" it is team and seat. other says that
// it speaks of the name in another way, too.
func Parts(source, name string) (parts []string, other bool) {
	tree, err := parser.Parse(source)
	if err != nil {
		return nil, false
	}
	p := partsOf{name: name}
	spoken := p.in(tree.Node)
	return p.parts, spoken > len(p.parts)
}

type partsOf struct {
	name   string
	spoken int
	parts  []string
}

// in is how often the name is there.
func (p *partsOf) in(n ast.Node) int {
	ast.Walk(&n, p)
	return p.spoken
}

// Visit counts how often the name is there, and notes what is asked of it.
func (p *partsOf) Visit(n *ast.Node) {
	switch x := (*n).(type) {
	case *ast.IdentifierNode:
		if x.Value == p.name {
			p.spoken++
		}
	case *ast.MemberNode:
		id, named := x.Node.(*ast.IdentifierNode)
		property, constant := x.Property.(*ast.StringNode)
		if named && constant && id.Value == p.name {
			p.parts = append(p.parts, property.Value)
		}
	}
}
