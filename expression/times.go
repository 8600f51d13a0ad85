package expression

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
)

// calendar are the functions that find the beginning of a day and of a week. They are
// given the time to begin from, since an expression reads no clock.
var calendar = []expr.Option{
	expr.Function("midnight", func(args ...any) (any, error) { return dayOf(args, 0) },
		new(func(any) time.Time), new(func(any, string) time.Time)),
	expr.Function("monday", func(args ...any) (any, error) { return dayOf(args, 1) },
		new(func(any) time.Time), new(func(any, string) time.Time)),
}

// remembered are the functions over what is remembered of many, by name.
var remembered = []expr.Option{
	expr.Function("since", since, new(func(any, any) []any)),
	expr.Function("merge", merge, new(func(any, any) map[string]any)),
}

// ours are the functions that are called as others are, but that are not known to the
// language without [Compile]. Those of the calendar a condition has, too.
var ours = map[string]bool{"midnight": true, "monday": true, "since": true, "merge": true}

// ofCalendar are those of them that a condition has.
var ofCalendar = map[string]bool{"midnight": true, "monday": true}

// calls is the name of the function of ours that a node calls; empty if it does not.
func calls(n ast.Node) string {
	call, ok := n.(*ast.CallNode)
	if !ok {
		return ""
	}
	if id, ok := call.Callee.(*ast.IdentifierNode); ok && ours[id.Value] {
		return id.Value
	}
	return ""
}

// dayOf is when the day of a time began, in the time zone that is named second, or UTC;
// of its week's Monday, if that is the weekday to begin with.
func dayOf(args []any, monday int) (any, error) {
	t, ok := args[0].(time.Time)
	if !ok {
		return nil, errors.New("a time is wanted")
	}
	zone := time.UTC
	if len(args) > 1 {
		name, _ := args[1].(string)
		var err error
		if zone, err = zoneOf(name); err != nil {
			return nil, err
		}
	}
	t = t.In(zone)
	back := 0
	if monday > 0 {
		back = (int(t.Weekday()) + 6) % 7
	}
	return beginning(t.Year(), t.Month(), t.Day()-back, zone), nil
}

// beginning is the first moment of a day. Where clocks are set forward at midnight that
// is later than midnight, and where they are set back to it, it is the first of the two.
func beginning(y int, m time.Month, d int, zone *time.Location) time.Time {
	t := time.Date(y, m, d, 0, 0, 0, 0, zone)
	day := time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Day()
	for range 4 { // at most two hours, half an hour at a time
		if t.Day() == day {
			break
		}
		t = t.Add(30 * time.Minute)
	}
	if first := t.Add(-time.Hour); first.Day() == day {
		return first
	}
	return t
}

// zones are those that were asked for, which are read from files.
var zones sync.Map

func zoneOf(name string) (*time.Location, error) {
	if z, ok := zones.Load(name); ok {
		return z.(*time.Location), nil
	}
	z, err := time.LoadLocation(name)
	if err != nil || name == "" || name == "Local" {
		return nil, errors.New("no such time zone; have names such as Asia/Seoul")
	}
	zones.Store(name, z)
	return z, nil
}

// since lists the names under which a time stands that is not before another one, in
// order. Times are texts where they were remembered.
func since(args ...any) (any, error) {
	from, ok := args[1].(time.Time)
	if !ok {
		return nil, errors.New("since wants a time second")
	}
	if args[0] == nil {
		return []any{}, nil
	}
	m, ok := args[0].(map[string]any)
	if !ok {
		return nil, errors.New("since wants an object with times")
	}
	names := []any{}
	for _, name := range slices.SortedFunc(maps.Keys(m), cmp.Compare) {
		t, err := timeOf(m[name])
		if err != nil {
			return nil, err
		}
		if !t.Before(from) {
			names = append(names, name)
		}
	}
	return names, nil
}

func timeOf(v any) (time.Time, error) {
	switch v := v.(type) {
	case time.Time:
		return v, nil
	case string:
		return time.Parse(time.RFC3339, v)
	}
	return time.Time{}, errors.New("since wants times")
}

// merge is all that is in one of two objects, and of what is in both the second.
// Nothing counts as an empty one.
func merge(args ...any) (any, error) {
	all := map[string]any{}
	for _, arg := range args {
		m, ok := arg.(map[string]any)
		if !ok && arg != nil {
			return nil, fmt.Errorf("merge wants objects")
		}
		maps.Copy(all, m)
	}
	return all, nil
}

// moment is a time as an expression has it.
func moment(t time.Time) ast.Node {
	return &ast.BuiltinNode{Name: "date", Arguments: []ast.Node{&ast.StringNode{Value: t.Format(time.RFC3339Nano)}}}
}

// span is a duration as an expression has it.
func span(d time.Duration) ast.Node {
	return &ast.BuiltinNode{Name: "duration", Arguments: []ast.Node{&ast.StringNode{Value: d.String()}}}
}

// fixed works out dates and durations that are written out once, and not each time the
// expression is run.
type fixed struct{ wrong error }

// Visit is called for children first.
func (f *fixed) Visit(n *ast.Node) {
	x, ok := (*n).(*ast.BuiltinNode)
	if !ok || len(x.Arguments) != 1 || x.Name != "date" && x.Name != "duration" {
		return
	}
	text, ok := x.Arguments[0].(*ast.StringNode)
	if !ok {
		return
	}
	v, err := expr.Eval(x.Name+"(v)", map[string]any{"v": text.Value})
	if err != nil {
		if f.wrong == nil {
			f.wrong = fmt.Errorf(`%s(%.40q) is none; write date("2026-12-24"), or duration("72h")`, x.Name, text.Value)
		}
		return
	}
	ast.Patch(n, &ast.ConstantNode{Value: v})
}
