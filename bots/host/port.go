package host

import (
	"context"
	"fmt"
	"net"
	"sync"
)

// ports are those that were given to programs of ours which may not listen yet, so that
// no two get the same.
var ports = struct {
	sync.Mutex
	taken map[int]bool
}{taken: map[int]bool{}}

// takePort finds a port of this machine at which nobody listens. Until the program
// listens, somebody else may take it; the program then ends, and the next gets another.
func takePort() (int, error) {
	ports.Lock()
	defer ports.Unlock()
	for range 100 {
		l, err := listen()
		if err != nil {
			return 0, err
		}
		port := portOf(l)
		_ = l.Close()
		if !ports.taken[port] {
			ports.taken[port] = true
			return port, nil
		}
	}
	return 0, fmt.Errorf("no port is free at 127.0.0.1")
}

func freePort(port int) {
	ports.Lock()
	defer ports.Unlock()
	delete(ports.taken, port)
}

func listen() (net.Listener, error) {
	return (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
}

func portOf(l net.Listener) int {
	a, ok := l.Addr().(*net.TCPAddr)
	if !ok {
		return 0
	}
	return a.Port
}
