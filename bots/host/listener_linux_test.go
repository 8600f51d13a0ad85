package host

import (
	"net"
	"os"
	"slices"
	"strings"
	"testing"
)

const sockets = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1B59 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 143 1 0000000000000000 100 0 0 10 0
   1: 0100007F:1B59 0100007F:D2F0 01 00000000:00000000 00:00000000 00000000  1001        0 144 1 0000000000000000 100 0 0 10 0
   2: 0100007F:D2F0 0100007F:1B59 01 00000000:00000000 00:00000000 00000000  1002        0 145 1 0000000000000000 100 0 0 10 0
   3: 00000000:1B5A 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 146 1 0000000000000000 100 0 0 10 0
`

func TestWhoListensIsReadFromTheKernelsTable(t *testing.T) {
	for port, want := range map[int][]int{7001: {1000}, 7002: {0}, 54000: nil, 80: nil} {
		if got, err := listenersIn(strings.NewReader(sockets), port); err != nil || !slices.Equal(got, want) {
			t.Errorf("on %d: %v, %v", port, got, err)
		}
	}
}

func TestWhoListensOnThisMachine(t *testing.T) {
	for _, network := range []string{"tcp4", "tcp6", "tcp"} {
		l, err := net.Listen(network, "localhost:0")
		if err != nil {
			t.Log(err) // a machine without IPv6
			continue
		}
		if got, err := listeners(portOf(l)); err != nil || !slices.Equal(got, []int{os.Geteuid()}) {
			t.Errorf("%s: %v, %v", network, got, err)
		}
		port := portOf(l)
		_ = l.Close()
		if err := checkListener(port, true, nil); err == nil {
			t.Errorf("%s: nobody listens, and there was somebody", network)
		}
	}
	if got := userOf(os.Getpid()); got != os.Geteuid() {
		t.Errorf("of this process: %d", got)
	}
}
