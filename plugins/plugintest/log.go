package plugintest

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"sync"
)

// Log is a log for whoever reads why a transcript failed. It has no times, since in a
// transcript none passes, does not say which plugin, since there is one, and says nothing
// twice. What has several lines, as the stack of a panic, has them below its own.
func Log(w io.Writer) *slog.Logger {
	return slog.New(&printed{page: &page{w: w, had: map[string]bool{}}})
}

// page is where a log is printed.
type page struct {
	w   io.Writer
	mu  sync.Mutex
	had map[string]bool // what stands on it
}

type printed struct {
	*page
	attrs []slog.Attr
}

// Enabled leaves out what is for whoever looks for a mistake in botd.
func (*printed) Enabled(_ context.Context, l slog.Level) bool { return l >= slog.LevelInfo }

// Handle writes a record.
func (p *printed) Handle(_ context.Context, r slog.Record) error {
	var line, below strings.Builder
	fmt.Fprintf(&line, "%s: %s", strings.ToLower(r.Level.String()), r.Message)
	write := func(a slog.Attr) bool {
		if a.Key == "plugin" || a.Key == "version" {
			return true
		}
		value := strings.TrimRight(a.Value.String(), "\n")
		if strings.Contains(value, "\n") {
			below.WriteString("\n" + a.Key + ":\n  " + strings.ReplaceAll(value, "\n", "\n  "))
			return true
		}
		fmt.Fprintf(&line, " %s=%s", a.Key, value)
		return true
	}
	for _, a := range p.attrs {
		write(a)
	}
	r.Attrs(write)
	return p.print(line.String() + below.String() + "\n")
}

// WithAttrs is the same with attributes for every record.
func (p *printed) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &printed{p.page, append(slices.Clip(p.attrs), attrs...)}
}

// WithGroup is the same: nobody groups what is logged about a plugin.
func (p *printed) WithGroup(string) slog.Handler { return p }

func (p *page) print(text string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.had[text] {
		return nil
	}
	p.had[text] = true
	_, err := io.WriteString(p.w, text)
	return err
}
