package simulator

import "sync"

// signal tells a live page of one message, or, with nil, that groups, members or
// roles have changed.
type signal *Message

// maxSignals is how far a page may lag before it is cut off; it then connects
// again and catches up from the messages kept.
const maxSignals = 256

// hub hands signals to live pages and never waits for one.
type hub struct {
	mu    sync.Mutex
	pages map[chan signal]struct{}
}

func (h *hub) subscribe() chan signal {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.pages == nil {
		h.pages = map[chan signal]struct{}{}
	}
	page := make(chan signal, maxSignals)
	h.pages[page] = struct{}{}
	return page
}

func (h *hub) unsubscribe(page chan signal) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.drop(page)
}

func (h *hub) drop(page chan signal) {
	if _, ok := h.pages[page]; ok {
		delete(h.pages, page)
		close(page)
	}
}

func (h *hub) publish(m *Message) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for page := range h.pages {
		select {
		case page <- m:
		default:
			h.drop(page)
		}
	}
}

func (h *hub) changed() { h.publish(nil) }
