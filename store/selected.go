package store

import (
	"context"
	"fmt"
	"strings"
)

// CountLetters says how many events and messages [Store.Letters] would list, on
// all its pages.
func (s *Store) CountLetters(ctx context.Context, f Letters) (events, messages int, err error) {
	f.Before = ""
	parts, err := f.parts()
	if err == nil {
		err = s.reader.view(ctx, func(v view) error {
			for _, p := range parts {
				into := &messages
				if p.events {
					into = &events
				}
				text, args := f.query(p)
				if err := v.one(counting(text), args[:len(args)-1]...).Scan(into); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err != nil {
		return 0, 0, fmt.Errorf("count what waits for a person: %w", err)
	}
	return events, messages, nil
}

// CountEvents says how many events [Store.Events] would list, on all its pages.
func (s *Store) CountEvents(ctx context.Context, f Filter) (n int, err error) {
	f.Before = 0
	text, args, err := f.query()
	if err == nil {
		err = s.reader.view(ctx, func(v view) error { return v.one(counting(text), args[:len(args)-1]...).Scan(&n) })
	}
	if err != nil {
		return 0, fmt.Errorf("count events: %w", err)
	}
	return n, nil
}

// counting turns a statement that lists a page into one that counts all; the
// limit, its last parameter, is not in it.
func counting(text string) string {
	return "SELECT COUNT(*) FROM (" + text[:strings.LastIndex(text, " ORDER BY ")] + ") AS listed"
}
