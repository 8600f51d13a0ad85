package daemon

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
)

// log is one that the author reads: what the plugin wrote, and what is wrong. What is
// told of each event is not said again.
func (w *workshop) log() *slog.Logger { return slog.New(&devLog{tell: w.tell.Say}) }

type devLog struct {
	tell  func(format string, args ...any)
	attrs []slog.Attr
}

// toldOtherwise are the lines that botd dev tells in its own way.
var toldOtherwise = []string{"event given up", "event will be tried again", "the configuration was not reloaded: botd goes on as it was", "event handled", "an event was made by hand"}

// Enabled is for what a plugin wrote, and what is wrong.
func (*devLog) Enabled(_ context.Context, l slog.Level) bool { return l >= slog.LevelInfo }

// Handle writes a line.
func (d *devLog) Handle(_ context.Context, r slog.Record) error {
	if slices.Contains(toldOtherwise, r.Message) {
		return nil
	}
	values := map[string]string{}
	var order []string
	note := func(a slog.Attr) bool {
		a = redact(nil, a)
		values[a.Key] = a.Value.String()
		order = append(order, a.Key)
		return true
	}
	for _, a := range d.attrs {
		note(a)
	}
	r.Attrs(note)
	switch {
	case values["line"] != "":
		d.tell("  %s | %s", values["plugin"], values["line"])
	case values["stack"] != "":
		d.tell("  %s\n%s", values["error"], indented(values["stack"], 4))
	case r.Level >= slog.LevelWarn && values["error"] != "":
		d.tell("  %s: %s", r.Message, values["error"])
	case r.Level >= slog.LevelWarn:
		var rest []string
		for _, name := range order {
			rest = append(rest, fmt.Sprintf("%s=%s", name, values[name]))
		}
		d.tell("  %s (%s)", r.Message, strings.Join(rest, " "))
	}
	return nil
}

// WithAttrs is the log with more that stands in each line.
func (d *devLog) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &devLog{d.tell, slices.Concat(d.attrs, attrs)}
}

// WithGroup is the log itself: botd uses no groups.
func (d *devLog) WithGroup(string) slog.Handler { return d }
