package host

import (
	"fmt"
	"os"
	"sync/atomic"
	"time"

	"github.com/botd-chat/botd/plugins"
)

// EnvPlugin names, in the environment of botd's own binary, the plugin that this is to
// be instead of a botd.
const EnvPlugin = "BOTD_PLUGIN"

// hooked says that Child was called, so that this program knows what to do when it is
// started as a keeper or as a plugin, rather than doing once more whatever it does.
var hooked atomic.Bool

// Child is what a program that has placements calls first of all in its main, and a
// test of them in TestMain, with the plugins that can be isolated. In a process that a
// host started it is what that was started for, and ends it; in every other it returns
// at once. Without it neither [Program] nor [Isolated] makes a handler.
func Child(list ...plugins.Plugin) {
	hooked.Store(true)
	if orders := os.Getenv(envKeeper); orders != "" {
		_ = os.Unsetenv(envKeeper)
		os.Exit(keep(orders, os.Args[1:]))
	}
	if name := os.Getenv(EnvPlugin); name != "" {
		nameProcess("botd-plugin")
		p, err := plugins.NewRegistry(list...).Find(name)
		if err != nil {
			fmt.Fprintf(os.Stderr, "%s: %v\n", EnvPlugin, err)
			os.Exit(2)
		}
		plugins.Main(p)
	}
}

// envKeeper has the orders of a keeper, as JSON.
const envKeeper = "BOTD_KEEPER"

// orders are what a keeper is told when it is started.
type orders struct {
	Path     string `json:"path"`             // of the program; its arguments are those of the keeper
	Memory   int64  `json:"memory,omitempty"` // bytes of data of each process; zero: any
	Dir      string `json:"dir,omitempty"`
	Listener bool   `json:"listener,omitempty"` // descriptor 4 is a listening socket for the program, which gets it as 3
}

// report is what a keeper says of the program that it keeps.
type report struct {
	PID    int    `json:"pid,omitempty"`    // it was started
	Failed string `json:"failed,omitempty"` // it could not be started
	Ended  string `json:"ended,omitempty"`  // it ended: "exit status 2", "signal: killed"
	RSS    int64  `json:"rss,omitempty"`    // the most memory it had, in bytes, when it ended
}

// The descriptors of a keeper besides its log, 1 and 2. At the end of what it reads of
// the first, it ends the program and all that came of it.
const (
	fdControl  = 0
	fdReport   = 3
	fdListener = 4
)

// term is what a keeper is written on its control to have the program asked to end.
const term = 'T'

// ending is how long a keeper tries to end what the program left behind.
const ending = 5 * time.Second
