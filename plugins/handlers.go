package plugins

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"sync"
)

// maxHandlers is how many sets of options a served plugin keeps a handler for.
const maxHandlers = 64

// handlers are those of a served plugin, each for other options: one for each bot that
// it answers, and for what those were before.
type handlers struct {
	plugin Plugin
	mu     sync.Mutex
	kept   map[string]*handler
}

// handler is one that is kept, with how many events it handles now.
type handler struct {
	Handler
	busy int
}

// take is the handler of these options, which is not closed until release.
func (s *handlers) take(options json.RawMessage) (*handler, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	h, ok := s.kept[string(options)]
	if !ok {
		made, err := s.plugin.New(bytes.Clone(options))
		if err != nil {
			return nil, err
		}
		s.makeRoom()
		h = &handler{Handler: made}
		s.kept[string(options)] = h
	}
	h.busy++
	return h, nil
}

func (s *handlers) release(h *handler) {
	s.mu.Lock()
	defer s.mu.Unlock()
	h.busy--
}

// makeRoom closes one that is idle when there are many. Where all are at work, they
// are only so many as there are requests.
func (s *handlers) makeRoom() {
	if len(s.kept) < maxHandlers {
		return
	}
	for options, h := range s.kept {
		if h.busy == 0 {
			delete(s.kept, options)
			h.close()
			return
		}
	}
}

// close closes all of them, when nothing is asked any more.
func (s *handlers) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, h := range s.kept {
		h.close()
	}
	clear(s.kept)
}

func (h *handler) close() {
	c, ok := h.Handler.(io.Closer)
	if !ok {
		return
	}
	if err := c.Close(); err != nil {
		slog.Error("the plugin's handler does not close", "error", err)
	}
}
