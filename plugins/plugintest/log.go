package plugintest

import (
	"io"
	"log/slog"
)

// Log is a log for whoever reads why a transcript failed. It has no times: in a
// transcript none passes.
func Log(w io.Writer) *slog.Logger {
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
		if len(groups) == 0 && a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}}))
}
