// Mybotd is botd with a plugin of one's own.
package main

import (
	"github.com/botd-chat/botd/daemon"
	"github.com/botd-chat/botd/docs/examples/homework"
)

func main() { daemon.Main(homework.Plugin) }
