package fail_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/botd-chat/botd/internal/fail"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestWhoWatchesIsToldOfEachStepUntilHeStops(t *testing.T) {
	var told []fail.Point
	fail.Here(fail.Received)
	stop := fail.Watch(func(p fail.Point) { told = append(told, p) })
	fail.Here(fail.Stored)
	fail.Here(fail.Answered)
	stop()
	fail.Here(fail.Leased)
	if len(told) != 2 || told[0] != fail.Stored || told[1] != fail.Answered {
		t.Errorf("told %v", told)
	}
}

func TestEachStepIsInExactlyOnePlaceOfTheCodeAndInTheList(t *testing.T) {
	listed := map[string]bool{}
	for _, p := range fail.Points {
		if listed[string(p)] {
			t.Errorf("%s is listed twice", p)
		}
		listed[string(p)] = true
	}
	names, placed := declared(t), map[string]int{}
	if len(names) != len(listed) {
		t.Errorf("%d steps are declared and %d listed", len(names), len(listed))
	}
	for _, file := range sources(t) {
		for _, name := range calls(t, file) {
			placed[name]++
		}
	}
	for name, value := range names {
		if !listed[value] {
			t.Errorf("%s is not in Points", name)
		}
		if placed[name] != 1 {
			t.Errorf("fail.Here(fail.%s) is in %d places, not in one", name, placed[name])
		}
	}
	for name := range placed {
		if _, ok := names[name]; !ok {
			t.Errorf("fail.Here(%s) names no step", name)
		}
	}
}

// declared maps the names of the constants to what they say.
func declared(t *testing.T) map[string]string {
	names := map[string]string{}
	ast.Inspect(parse(t, "fail.go"), func(n ast.Node) bool {
		if s, ok := n.(*ast.ValueSpec); ok && len(s.Values) == 1 {
			if lit, ok := s.Values[0].(*ast.BasicLit); ok {
				names[s.Names[0].Name] = strings.Trim(lit.Value, `"`)
			}
		}
		return true
	})
	return names
}

// calls lists what fail.Here is called with in a file.
func calls(t *testing.T, file string) []string {
	var all []string
	ast.Inspect(parse(t, file), func(n ast.Node) bool {
		c, ok := n.(*ast.CallExpr)
		if !ok || !selects(c.Fun, "Here") || len(c.Args) != 1 {
			return true
		}
		name := "something that is no constant"
		if s, ok := c.Args[0].(*ast.SelectorExpr); ok {
			name = s.Sel.Name
		}
		all = append(all, name)
		return true
	})
	return all
}

// selects reports whether e is a package's name, of whatever alias, with this
// one behind it.
func selects(e ast.Expr, name string) bool {
	s, ok := e.(*ast.SelectorExpr)
	if !ok || s.Sel.Name != name {
		return false
	}
	_, ok = s.X.(*ast.Ident)
	return ok
}

func parse(t *testing.T, file string) *ast.File {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// sources lists the files of the module that are no tests.
func sources(t *testing.T) []string {
	var all []string
	err := filepath.WalkDir(filepath.Join("..", ".."), func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && strings.HasPrefix(d.Name(), ".") && len(d.Name()) > 2:
			return fs.SkipDir
		case strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, "_test.go"):
			all = append(all, path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}
