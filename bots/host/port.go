package host

import (
	"context"
	"fmt"
	"net"
	"strconv"
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
// Whoever that is is told nothing, where it can be seen whose a port is ([process.dial]).
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

func listen() (*net.TCPListener, error) {
	return net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
}

func portOf(l net.Listener) int {
	a, ok := l.Addr().(*net.TCPAddr)
	if !ok {
		return 0
	}
	return a.Port
}

// exposed reports whether whoever listens on a port does so for other machines, too.
func exposed(ctx context.Context, port int) bool {
	addresses, err := net.InterfaceAddrs()
	if err != nil {
		return false
	}
	for _, a := range addresses {
		n, ok := a.(*net.IPNet)
		if !ok || !n.IP.IsGlobalUnicast() {
			continue
		}
		c, err := (&net.Dialer{}).DialContext(ctx, "tcp", net.JoinHostPort(n.IP.String(), strconv.Itoa(port)))
		if err == nil {
			_ = c.Close()
			return true
		}
	}
	return false
}
