// Command homework-program is the homework plugin as a program of its own.
package main

import (
	"github.com/botd-chat/botd/docs/examples/homework"
	"github.com/botd-chat/botd/plugins"
)

func main() { plugins.Main(homework.Plugin) }
