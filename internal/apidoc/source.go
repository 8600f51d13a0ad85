package apidoc

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

const module = "github.com/botd-chat/botd"

// source is what the code says beside its types: their comments, and the
// constants that there are of them. A package is read when it is first met.
type source struct {
	root     string // the folder of the module
	read     map[string]bool
	comments map[string]string // by package.Type or package.Type.Field
	values   map[string][]value
}

// value is a constant of a type of strings.
type value struct{ text, about string }

func newSource() (*source, error) {
	root, err := os.Getwd()
	if err != nil {
		return nil, fmt.Errorf("finding the module: %w", err)
	}
	for {
		if _, err := os.Stat(filepath.Join(root, "go.mod")); err == nil {
			return &source{root: root, read: map[string]bool{}, comments: map[string]string{}, values: map[string][]value{}}, nil
		}
		if root == filepath.Dir(root) {
			return nil, fmt.Errorf("finding the module: no go.mod above here")
		}
		root = filepath.Dir(root)
	}
}

// about is the comment of a type, or of one of its fields.
func (s *source) about(t reflect.Type, field string) string {
	if !s.learn(t) {
		return ""
	}
	name := key(t)
	if field != "" {
		name += "." + field
	}
	return s.comments[name]
}

// constants are those of a type, in the order in which they are written.
func (s *source) constants(t reflect.Type) []value {
	s.learn(t)
	return s.values[key(t)]
}

func key(t reflect.Type) string { return t.PkgPath() + "." + t.Name() }

// learn reads the package of a type, and says whether it is one of ours.
func (s *source) learn(t reflect.Type) bool {
	pkg := t.PkgPath()
	folder, ours := strings.CutPrefix(pkg, module+"/")
	if !ours || s.read[pkg] {
		return ours
	}
	s.read[pkg] = true
	names, _ := filepath.Glob(filepath.Join(s.root, filepath.FromSlash(folder), "*.go")) // its only error is a bad pattern
	for _, name := range names {
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil || strings.HasSuffix(name, "_test.go") {
			continue // what does not compile is told by the compiler
		}
		for _, d := range f.Decls {
			if g, ok := d.(*ast.GenDecl); ok {
				s.declared(pkg, g)
			}
		}
	}
	return true
}

func (s *source) declared(pkg string, g *ast.GenDecl) {
	for _, spec := range g.Specs {
		switch x := spec.(type) {
		case *ast.TypeSpec:
			name := pkg + "." + x.Name.Name
			s.comments[name] = comment(x.Doc, x.Comment, g.Doc)
			if of, ok := x.Type.(*ast.StructType); ok {
				s.fields(name, of)
			}
		case *ast.ValueSpec:
			of, ok := x.Type.(*ast.Ident)
			if g.Tok != token.CONST || !ok || len(x.Values) != 1 {
				continue
			}
			if text, err := strconv.Unquote(literal(x.Values[0])); err == nil {
				s.values[pkg+"."+of.Name] = append(s.values[pkg+"."+of.Name], value{text, comment(x.Comment, x.Doc)})
			}
		}
	}
}

func (s *source) fields(name string, of *ast.StructType) {
	for _, f := range of.Fields.List {
		for _, n := range f.Names {
			s.comments[name+"."+n.Name] = comment(f.Comment, f.Doc)
		}
	}
}

func literal(x ast.Expr) string {
	if l, ok := x.(*ast.BasicLit); ok {
		return l.Value
	}
	return ""
}

// comment is the first of them that says something: its first paragraph, in one
// line, without the brackets of links.
func comment(of ...*ast.CommentGroup) string {
	i := slices.IndexFunc(of, func(g *ast.CommentGroup) bool { return g.Text() != "" })
	if i < 0 {
		return ""
	}
	first, _, _ := strings.Cut(of[i].Text(), "\n\n")
	return strings.NewReplacer("[", "", "]", "").Replace(strings.Join(strings.Fields(first), " "))
}
