package expression

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/expr-lang/expr"
)

// ordered are the functions that the library answers in the order of Go's maps,
// which is another each time. These go by the keys.
var ordered = []expr.Option{
	overMap("keys", func(key string, _ any) any { return key }),
	overMap("values", func(_ string, value any) any { return value }),
	overMap("toPairs", func(key string, value any) any { return []any{key, value} }),
	expr.Function("fromJSON", func(args ...any) (any, error) { return Decode([]byte(args[0].(string))) }, new(func(string) any)),
}

func overMap(name string, item func(key string, value any) any) expr.Option {
	return expr.Function(name, func(args ...any) (any, error) {
		m, ok := args[0].(map[string]any)
		if !ok {
			return nil, fmt.Errorf("%s wants an object", name)
		}
		list := make([]any, 0, len(m))
		for _, key := range slices.SortedFunc(maps.Keys(m), cmp.Compare) {
			list = append(list, item(key, m[key]))
		}
		return list, nil
	}, new(func(any) []any))
}
