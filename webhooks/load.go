package webhooks

import (
	"errors"
	"io"
	"sync"
)

// load is how much of bodies is in memory. A body counts from its first bytes
// until its request is answered, and what goes beyond smallBody of it alone: many
// large ones at a time would not fit, and a few of them must not turn away those
// that are small, as nearly all are.
type load struct {
	mu   sync.Mutex
	held int64
}

const (
	smallBody = 16 << 10
	// mostHeld is how many bytes of large bodies are held at a time. What is done
	// with one takes a few times as much.
	mostHeld = 256 << 20
	// mostOfStrangers is how many of them can be of those who have not proved yet
	// who they are, so that those who have find room beside them. It is more than
	// any hook's largest body.
	mostOfStrangers = mostHeld / 2
)

// errLoaded says that there is no room for more of a body now.
var errLoaded = errors.New("too many large bodies at a time")

// upload is a body that counts in a load. Call done when it is no longer held. The
// zero value is none.
type upload struct {
	io.Reader
	load *load
	most int64 // that may be held, the others included
	read int64
	held int64 // of the load by this one
}

// Read reads on, as long as there is room.
func (u *upload) Read(p []byte) (int, error) {
	n, err := u.Reader.Read(p)
	u.read += int64(n)
	if more := u.read - smallBody - u.held; more > 0 {
		if !u.load.take(more, u.most) {
			return n, errLoaded
		}
		u.held += more
	}
	return n, err
}

func (u *upload) done() {
	if u.held > 0 {
		u.load.give(u.held)
	}
}

func (l *load) take(n, most int64) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.held+n > most {
		return false
	}
	l.held += n
	return true
}

func (l *load) give(n int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.held -= n
}
