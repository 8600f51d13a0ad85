package plugins

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"runtime/debug"
	"sync"
	"time"

	"github.com/botd-chat/botd/chat"
)

// MaxRequest is the largest event a served plugin takes, in bytes: a payload, the
// state, the session, and who is in a group of 6,000.
const MaxRequest = 8 << 20

// maxHandlers is how many sets of options a served plugin keeps a handler for.
const maxHandlers = 64

// Serve is the plugin as a web service that a botd elsewhere asks: GET is its
// [Manifest], POST an event, which it answers with a [Reply]. With a key, a request
// that is not signed with it is refused; the zero key takes every request.
//
// A panic is an answer of status 500 and says on the default logger where it was. An
// error made by [Permanent] is 422, and every other one 500, which has the host try
// again.
func Serve(p Plugin, key SigningKey) http.Handler {
	s := &service{plugin: p, key: key, handlers: map[string]Handler{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", s.manifest)
	mux.HandleFunc("POST /{$}", s.event)
	return mux
}

type service struct {
	plugin   Plugin
	key      SigningKey
	mu       sync.Mutex
	handlers map[string]Handler // by options
}

func (s *service) manifest(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, s.plugin.Manifest())
}

func (s *service) event(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, MaxRequest))
	if err != nil {
		http.Error(w, "the event cannot be read, or has more than 8 MB", http.StatusRequestEntityTooLarge)
		return
	}
	h := r.Header
	if err := s.key.Verify(h.Get(HeaderID), h.Get(HeaderTimestamp), h.Get(HeaderSignature), time.Now(), body); err != nil && !s.key.IsZero() {
		http.Error(w, err.Error(), http.StatusUnauthorized)
		return
	}
	var e chat.Event
	if err := json.Unmarshal(body, &e); err != nil || e.Botd != chat.Contract {
		http.Error(w, fmt.Sprintf("this is no event of version %d of the contract, which this plugin speaks", chat.Contract), http.StatusBadRequest)
		return
	}
	reply, err := s.answer(r.Context(), e)
	switch {
	case errors.Is(err, ErrPermanent):
		http.Error(w, err.Error(), http.StatusUnprocessableEntity)
	case err != nil:
		http.Error(w, err.Error(), http.StatusInternalServerError)
	default:
		writeJSON(w, reply)
	}
}

func (s *service) answer(ctx context.Context, e chat.Event) (reply Reply, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("panic: %.300v", v)
			slog.Error("the plugin panicked", "event", e.ID, "error", err, "stack", string(debug.Stack()))
		}
	}()
	h, err := s.handler(e.Config)
	if err != nil {
		return reply, Permanent(fmt.Errorf("options: %w", err))
	}
	return Answer(ctx, h, e)
}

// handler is the one of these options.
func (s *service) handler(options json.RawMessage) (Handler, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if h, ok := s.handlers[string(options)]; ok {
		return h, nil
	}
	h, err := s.plugin.New(bytes.Clone(options))
	if err != nil {
		return nil, err
	}
	if len(s.handlers) == maxHandlers {
		clear(s.handlers) // an old one may still be at work, so it is left to the garbage collector
	}
	s.handlers[string(options)] = h
	return h, nil
}

// Answer hands an event to a handler and collects all that it answers. The event's
// State, Session and Timers may be nil.
func Answer(ctx context.Context, h Handler, e chat.Event) (Reply, error) {
	if e.State == nil {
		e.State = chat.State{}
	}
	if e.Session == nil {
		e.Session = chat.State{}
	}
	e.Timers = new(chat.Timers)
	messages, err := h.Handle(ctx, e)
	if err != nil {
		return Reply{}, err
	}
	return Reply{Messages: messages, State: e.State, Session: e.Session, Later: e.Timers.List()}, nil
}

func writeJSON(w http.ResponseWriter, v any) {
	raw, err := json.Marshal(v)
	if err != nil {
		http.Error(w, fmt.Sprintf("the plugin's answer cannot be written as JSON: %v", err), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(raw)
}
