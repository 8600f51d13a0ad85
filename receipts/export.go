package receipts

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"time"

	"github.com/botd-chat/botd/chat"
)

// Source is where an export comes from.
type Source interface {
	// Span returns the first of the receipts of a part of a chain, up to limit.
	Span(ctx context.Context, s chat.Span, limit int) ([]chat.Sealed, error)
}

// Export says what an export is to have.
type Export struct {
	Spans  []chat.Span             // in the order of their lanes
	Shows  func(*chat.Sealed) bool // those whose bodies are shown; nil is all
	Keys   bool                    // with the keys of content and readings
	Picked string                  // what was asked for, in words
	At     time.Time
}

// page is how many receipts are read at once.
const page = 200

// Write writes the export, and returns how many receipts it shows.
func (x Export) Write(ctx context.Context, from Source, to io.Writer) (n int, err error) {
	w := bufio.NewWriter(to)
	if err := x.header(w); err != nil {
		return 0, err
	}
	for _, s := range x.Spans {
		shown, err := x.span(ctx, from, s, w)
		if n += shown; err != nil {
			return n, fmt.Errorf("export receipts of lane %s: %w", s.Lane, err)
		}
	}
	return n, w.Flush()
}

func (x Export) header(w io.Writer) (err error) {
	h := Header{Receipts: Format, At: Moment{x.At}, Picked: x.Picked, Lanes: []Part{}}
	for _, s := range x.Spans {
		h.Lanes = append(h.Lanes, Part{s.Lane, s.First, s.Last, s.Picked})
	}
	if h.Sum, err = h.sum(); err != nil {
		return err
	}
	return write(w, h)
}

func (x Export) span(ctx context.Context, from Source, s chat.Span, w io.Writer) (n int, err error) {
	for s.First <= s.Last {
		list, err := from.Span(ctx, s, page)
		if err != nil {
			return n, err
		}
		if len(list) == 0 {
			return n, fmt.Errorf("receipt %d is not there; if old ones were deleted meanwhile, try again", s.First)
		}
		for _, r := range list {
			line, err := LineOf(r, x.Keys)
			if err != nil {
				return n, err
			}
			if x.Shows != nil && !x.Shows(&r) {
				line = line.without()
			} else {
				n++
			}
			if err := write(w, line); err != nil {
				return n, err
			}
		}
		s.First = list[len(list)-1].N + 1
	}
	return n, nil
}

func write(w io.Writer, v any) error {
	b, err := canonical(v)
	if err == nil {
		_, err = w.Write(append(b, '\n'))
	}
	return err
}
