package delivery

import (
	"crypto/rand"
	"encoding/binary"
	"sync"
	"time"

	"github.com/jonboulle/clockwork"

	"github.com/botd-chat/botd/chat"
)

// unused is how long a Random is not drawn again for the same group. The
// service drops a repeat for five minutes (product/1047/34959); twice that is
// out of reach of any clock's error.
const unused = 10 * time.Minute

// randoms draws numbers that were not used in a group lately. It remembers
// those of this process only: after a restart the chance of a repeat is that
// of a 32-bit number.
type randoms struct {
	clock clockwork.Clock
	mu    sync.Mutex
	used  map[used]struct{}
	order []use // oldest first
}

type used struct {
	app    chat.AppName
	group  chat.GroupID
	random uint32
}

type use struct {
	used
	at time.Time
}

func newRandoms(clock clockwork.Clock) *randoms {
	return &randoms{clock: clock, used: map[used]struct{}{}}
}

// draw returns a number that is not 0, which means none drawn yet.
func (r *randoms) draw(app chat.AppName, group chat.GroupID) uint32 {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.forget()
	for {
		n := random32()
		if n != 0 && r.add(used{app, group, n}) {
			return n
		}
	}
}

// keep remembers a number that was drawn before, by another process perhaps.
func (r *randoms) keep(app chat.AppName, group chat.GroupID, random uint32) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.add(used{app, group, random})
}

// add remembers u; false if it was known.
func (r *randoms) add(u used) bool {
	if _, known := r.used[u]; known {
		return false
	}
	r.used[u] = struct{}{}
	r.order = append(r.order, use{u, r.clock.Now()})
	return true
}

func (r *randoms) forget() {
	n := 0
	for ; n < len(r.order) && r.clock.Since(r.order[n].at) > unused; n++ {
		delete(r.used, r.order[n].used)
	}
	r.order = r.order[n:]
}

func random32() uint32 {
	var b [4]byte
	_, _ = rand.Read(b[:]) // never fails, by its contract
	return binary.LittleEndian.Uint32(b[:])
}
