package bots

import (
	"fmt"

	"github.com/botd-chat/botd/expression"
)

// names are what a group: or sender: expression can speak of.
var names = expression.Names{"payload": expression.Any}

// CheckExpression reports what is wrong with a group: or sender: expression.
func CheckExpression(source string) error {
	_, err := compile(source)
	return err
}

func compile(source string) (*expression.Program, error) {
	program, err := expression.Compile(source, names)
	if err != nil {
		return nil, fmt.Errorf("the expression does not compile: %w", err)
	}
	return program, nil
}
