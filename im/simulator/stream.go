package simulator

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"
)

// live is one message as a page receives it: as data, and as the list item that
// belongs into the columns of its recipients.
type live struct {
	Message Message `json:"message"`
	HTML    string  `json:"html"`
}

// serveStream sends messages as server-sent events: "message" with the message's
// ID as event id, and "world" when the page should be read again. It begins
// after the ID in Last-Event-ID or, on the first connection, in ?after.
func (s *Simulator) serveStream(c echo.Context) error {
	last := lastSeen(c.Request())
	h := c.Response().Header()
	h.Set("Content-Type", "text/event-stream")
	_ = http.NewResponseController(c.Response()).SetWriteDeadline(time.Time{}) // not every server has one
	page := s.hub.subscribe()
	defer s.hub.unsubscribe(page)
	if _, err := fmt.Fprint(c.Response(), "retry: 1000\n\n"); err != nil {
		return nil
	}
	for _, m := range s.shown() {
		if m.ID > last {
			last = m.ID
			if s.writeMessage(c, m) != nil {
				return nil
			}
		}
	}
	c.Response().Flush()
	s.follow(c, page, last)
	return nil
}

func lastSeen(r *http.Request) uint64 {
	text := r.Header.Get("Last-Event-ID")
	if text == "" {
		text = r.URL.Query().Get("after")
	}
	id, _ := strconv.ParseUint(text, 10, 64) // anything else: from the start
	return id
}

// follow sends what comes until the page or the simulator goes away.
func (s *Simulator) follow(c echo.Context, page chan signal, last uint64) {
	for {
		select {
		case m, ok := <-page:
			if !ok || s.writeSignal(c, m, last) != nil {
				return
			}
		case <-c.Request().Context().Done():
			return
		case <-s.done:
			return
		}
	}
}

func (s *Simulator) writeSignal(c echo.Context, m signal, last uint64) error {
	var err error
	switch {
	case m == nil:
		_, err = fmt.Fprint(c.Response(), "event: world\ndata: {}\n\n")
	case m.ID > last:
		err = s.writeMessage(c, *m)
	}
	c.Response().Flush()
	return err
}

func (s *Simulator) writeMessage(c echo.Context, m Message) error {
	html, err := renderBubble(s.bubble(m))
	if err != nil {
		return err
	}
	data, err := json.Marshal(live{m, html})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(c.Response(), "id: %d\nevent: message\ndata: %s\n\n", m.ID, data)
	return err
}
