package plugins

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"time"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/internal/trace"
)

// MaxRequest is the largest event a served plugin takes, in bytes: a payload, the
// state, the session, and who is in a group of 6,000.
const MaxRequest = 8 << 20

// MaxReply is the largest reply, and the largest manifest, that a host reads, in bytes.
const MaxReply = 1 << 20

// Serve is the plugin as a web service that a botd elsewhere asks: GET is its
// [Manifest], POST an event, which it answers with a [Reply]. With a key, a request
// that is not signed with it is refused; the zero key takes every request.
//
// A panic is an answer of status 500 and says on the default logger where it was. An
// error made by [Permanent] is 422, and every other one 500, which has the host try
// again.
func Serve(p Plugin, key SigningKey) http.Handler { return newService(p, key) }

type service struct {
	*http.ServeMux
	key      SigningKey
	handlers handlers
}

func newService(p Plugin, key SigningKey) *service {
	s := &service{ServeMux: http.NewServeMux(), key: key, handlers: handlers{plugin: p, kept: map[string]*handler{}}}
	s.HandleFunc("GET /{$}", s.manifest)
	s.HandleFunc("POST /{$}", s.event)
	return s
}

func (s *service) manifest(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, s.handlers.plugin.Manifest())
}

func (s *service) event(w http.ResponseWriter, r *http.Request) {
	body, err := readBody(w, r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusRequestEntityTooLarge)
		return
	}
	if err := s.signed(r.Header, body); err != nil {
		http.Error(w, err.Error(), http.StatusUnauthorized)
		return
	}
	e, err := readEvent(body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
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

// bodyTimeout is how long an event may take to arrive.
const bodyTimeout = 30 * time.Second

// readBody bounds only the reading: how long an event is handled is the host's to say.
func readBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	// A server without deadlines, such as one in a test, reads as it does.
	deadline := http.NewResponseController(w).SetReadDeadline
	_ = deadline(time.Now().Add(bodyTimeout))
	defer func() { _ = deadline(time.Time{}) }()
	var body bytes.Buffer
	body.Grow(int(min(max(r.ContentLength, 0), 64<<10)) + bytes.MinRead)
	if _, err := body.ReadFrom(http.MaxBytesReader(w, r.Body, MaxRequest)); err != nil {
		return nil, fmt.Errorf("the event cannot be read, which may have %d bytes: %w", MaxRequest, err)
	}
	return body.Bytes(), nil
}

func (s *service) signed(h http.Header, body []byte) error {
	if s.key.IsZero() {
		return nil
	}
	return s.key.Verify(h.Get(HeaderID), h.Get(HeaderTimestamp), h.Get(HeaderSignature), time.Now(), body)
}

// readEvent reads an event, and says of one that cannot be read whether it is of
// another version of the contract.
func readEvent(body []byte) (chat.Event, error) {
	e, err := ReadEvent(body)
	if err == nil && e.Botd == chat.Contract {
		return e, nil
	}
	var version struct{ Botd int }
	if err := json.Unmarshal(body, &version); err != nil {
		return e, fmt.Errorf("the event is not JSON that this plugin can read: %w", explain(err))
	}
	if version.Botd != chat.Contract {
		return e, fmt.Errorf("the event is of version %d of the contract, and this plugin speaks %d; build it with a newer SDK, or use another botd", version.Botd, chat.Contract)
	}
	return e, fmt.Errorf("the event cannot be read: %w", err)
}

func (s *service) answer(ctx context.Context, e chat.Event) (reply Reply, err error) {
	defer func() {
		if v := recover(); v != nil {
			at, stack := trace.Panic()
			err = fmt.Errorf("panic: %.300v", v)
			slog.Error("the plugin panicked", "event", e.ID, "error", err, "at", at, "stack", stack)
			if at != "" {
				err = fmt.Errorf("%w\nat %s", err, at) // below the reason, where transcripts do not read it
			}
		}
	}()
	h, err := s.handlers.take(e.Config)
	if err != nil {
		return reply, Permanent(fmt.Errorf("options: %w", err))
	}
	defer s.handlers.release(h)
	return Answer(ctx, h, e)
}

// Answer hands an event to a handler and collects all that it answers, with a state and
// a session that it did not change as nil. The event's State, Session and Timers may be
// nil.
func Answer(ctx context.Context, h Handler, e chat.Event) (Reply, error) {
	if e.State == nil {
		e.State = chat.State{}
	}
	if e.Session == nil {
		e.Session = chat.State{}
	}
	e.Timers = new(chat.Timers)
	state, session := cloned(e.State), cloned(e.Session)
	messages, err := h.Handle(ctx, e)
	if err != nil {
		return Reply{}, err
	}
	return Reply{Messages: messages, State: changed(state, e.State), Session: changed(session, e.Session), Later: e.Timers.List()}, nil
}

// cloned is a copy of a state, down to its bytes.
func cloned(s chat.State) chat.State {
	own := maps.Clone(s)
	for key, value := range own {
		own[key] = bytes.Clone(value)
	}
	return own
}

// changed is what a state became; nil if it stayed as it was.
func changed(before, after chat.State) chat.State {
	if maps.EqualFunc(before, after, func(a, b json.RawMessage) bool { return bytes.Equal(a, b) }) {
		return nil
	}
	return after
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
