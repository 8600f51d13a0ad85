package store

import (
	"fmt"
	"strings"
)

// conditions pick rows, all of them together.
type conditions struct {
	list []string
	args []any
}

// add adds a condition, if it is asked for, that names its argument as $%d.
func (c *conditions) add(asked bool, cond string, arg any) {
	if asked {
		c.list = append(c.list, fmt.Sprintf(cond, c.arg(arg)))
	}
}

// has adds one without an argument.
func (c *conditions) has(asked bool, cond string) {
	if asked {
		c.list = append(c.list, cond)
	}
}

// arg adds an argument, and returns its number.
func (c *conditions) arg(x any) int {
	c.args = append(c.args, x)
	return len(c.args)
}

func (c *conditions) String() string { return strings.Join(c.list, " AND ") }
