package simulator

import (
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"
)

// spoil answers a call the way a fault wants; answer is the right one, or nil
// where the call had no effect.
func (s *Simulator) spoil(c echo.Context, in *call, f *Fault, answer []byte) error {
	if f.When == After || f.before() {
		s.wait(c.Request(), f.Delay)
	}
	switch f.Kind {
	case BadStatus:
		return s.answerStatus(c, in, f.Status)
	case HangUp:
		return s.hangUp(c, in)
	case Truncated:
		answer = half(answer)
	case Empty:
		answer = nil
	case ErrorCode:
		in.note.Code = f.Code
		answer, _ = encode(nil, refuse(f.Code, "a fault asked for this code"))
	case Dropped:
		in.note.Code = 0
		answer, _ = encode(dropAnswer(s.Now()), nil)
	}
	s.keep(in)
	return writeJSON(c, answer)
}

func (s *Simulator) answerStatus(c echo.Context, in *call, status int) error {
	in.note.Code = 0
	s.keep(in)
	page := fmt.Sprintf("<html><head><title>%d %[2]s</title></head><body><center><h1>%[1]d %[2]s</h1></center></body></html>\n",
		status, http.StatusText(status))
	return c.HTML(status, page)
}

// half is a JSON text broken off; of no text, a beginning.
func half(answer []byte) []byte {
	if answer == nil {
		return []byte(`{"ActionStatus":"O`)
	}
	return answer[:len(answer)/2]
}

// hangUp resets the connection, so that the caller cannot take it for an empty
// answer.
func (s *Simulator) hangUp(c echo.Context, in *call) error {
	in.note.Code = 0
	s.keep(in)
	conn, _, err := c.Response().Hijack()
	if err != nil {
		panic(http.ErrAbortHandler) // the other way to break a connection off
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
	return nil
}

// waitBefore delays a call that a Slow fault meets before its effect. It is
// false when the caller went away meanwhile: then the call is never carried out.
func (f *Fault) waitBefore(s *Simulator, r *http.Request) bool {
	if f == nil || f.When == After {
		return true
	}
	return s.wait(r, f.Delay)
}

// wait returns after d by the clock given in Options, or false when the caller
// or the simulator goes away first.
func (s *Simulator) wait(r *http.Request, d time.Duration) bool {
	if d <= 0 {
		return true
	}
	timer := s.clock.inner.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.Chan():
		return true
	case <-r.Context().Done():
	case <-s.done:
	}
	return false
}
