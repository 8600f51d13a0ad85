package expression

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/parser"
	"github.com/expr-lang/expr/types"
	"github.com/expr-lang/expr/vm"
)

// MaxSource is how many bytes an expression may have.
const MaxSource = 8 << 10

// maxNodes is how many parts an expression may have: names, constants, operators
// and calls.
const maxNodes = 1000

// Type is what stands behind a name.
type Type int

// The types.
const (
	Any   Type = iota // not known before the expression is run, such as a payload
	Text              // a string
	Truth             // true or false
)

func (t Type) known() types.Type {
	switch t {
	case Text:
		return types.String
	case Truth:
		return types.Bool
	case Any:
	}
	return types.Any
}

// Names are what an expression may speak of.
type Names map[string]Type

func (n Names) known() types.Map {
	m := types.Map{}
	for name, t := range n {
		m[name] = t.known()
	}
	return m
}

// list is the names in order.
func (n Names) list() []string { return slices.Sorted(maps.Keys(n)) }

// Program is an expression that was compiled. It does not change.
type Program struct {
	source  string
	program *vm.Program
	counts  bool // what it looks at
}

// Compile reads an expression over names. The error is an [*Error] where it has a
// place in the text.
func Compile(source string, names Names) (*Program, error) { return compile(source, names) }

// CompileTruth is [Compile] for an expression that is to give true or false, as
// far as that is known before it is run.
func CompileTruth(source string, names Names) (*Program, error) {
	p, err := compile(source, names)
	if err != nil {
		return nil, err
	}
	return p, p.truthful()
}

// truthful reports a program that can give no truth, whatever it is run over.
func (p *Program) truthful() error {
	if t := p.program.Node().Type(); t.Kind() != reflect.Bool && t.Kind() != reflect.Interface {
		return fmt.Errorf("it gives %s and not true or false", Kind(reflect.Zero(t).Interface()))
	}
	return nil
}

func compile(source string, names Names) (*Program, error) {
	if len(source) > MaxSource {
		return nil, fmt.Errorf("an expression has at most %d bytes, and this one has %d", MaxSource, len(source))
	}
	known := names.known()
	known[effortName] = types.Any
	options := slices.Concat([]expr.Option{expr.Env(known), expr.MaxNodes(maxNodes), expr.DisableBuiltin("now")}, calendar, remembered, ordered, counted)
	program, err := expr.Compile(source, options...)
	if err != nil {
		return nil, misread(err, names)
	}
	tree, err := parser.Parse(source)
	if err != nil {
		return nil, misread(err, names)
	}
	if err := named(tree.Node); err != nil {
		return nil, err
	}
	if loops(tree.Node) > 1 {
		return nil, errors.New("a loop within a loop, whose work has no bound; use one at a time")
	}
	return &Program{source, program, true}, nil
}

// String is the expression as it was written.
func (p *Program) String() string { return p.source }

// allNames is how the library calls all names at once.
const allNames = "$env"

// named reports an expression that speaks of a name without saying it. What it asks for
// could not be known before it is run, so that it would find nothing there.
func named(n ast.Node) error {
	if p := (partsOf{name: allNames}); p.in(n) > 0 {
		return fmt.Errorf("has %s; say the name itself, as in payload.text and not %s.payload.text", allNames, allNames)
	}
	return nil
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
